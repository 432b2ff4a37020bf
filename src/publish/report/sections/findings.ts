import { levels } from '../../../domain/severity.ts';
import { MAX_FINDING_ROWS } from '../grouping.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { axis, levelMark, section, table, tick } from '../parts.ts';
import { bins, strip } from '../strip.ts';
import { count, number } from '../text.ts';
import { findingGroup } from './finding-group.ts';

/** Groups without a shown row still get their line, up to this many. */
const MAX_GROUPS = 400;

/** Everything that was found in the window, by cause, each finding with the fields that made it match. */
export function findings(model: Model): Html {
  const { groups, data } = model;
  if (groups.length === 0)
    return section(
      'findings',
      'Findings and their evidence',
      html`<p class="empty">
        No detection matched in the window. That says something only where events arrived: see
        <a href="#sources">sources and coverage</a>.
      </p>`,
    );
  const shown = groups.reduce((sum, group) => sum + group.shown.length, 0);
  const left = data.findings.length - shown;
  return section('findings', 'Findings and their evidence', [
    levelTable(model),
    left === 0
      ? undefined
      : html`<p class="note">
          <strong
            >${number(shown)} of ${count(data.findings.length, 'finding')} are shown in detail, at most
            ${number(MAX_FINDING_ROWS)}; ${number(left)} are left out.</strong
          >
          All are in table <code>findings</code> of the evidence lake; each group says how many of its own are
          missing here.
        </p>`,
    groups.slice(0, MAX_GROUPS).map((group) => findingGroup(model, group)),
    groups.length > MAX_GROUPS
      ? html`<p class="note">
          ${count(groups.length - MAX_GROUPS, 'further cause')} not listed; their findings are in table
          <code>findings</code> of the evidence lake.
        </p>`
      : undefined,
  ]);
}

function levelTable({ data }: Model): Html {
  const { from, to } = data.posture;
  const times = levels.map((level) =>
    data.findings.filter((finding) => finding.level === level).map(({ time }) => time),
  );
  const scale = Math.max(1, ...times.flatMap((all) => bins(all, from, to)));
  return table(
    `Findings by level over the window. Bars count from zero; the tallest stands for ${count(scale, 'finding')}.`,
    [
      { title: 'Level', label: 'Level' },
      {
        title: axis(from, to),
        label: `${tick(from, to - from)} to ${tick(to, to - from)}`,
      },
      { title: 'Findings', label: 'Findings', className: 'c-number' },
      { title: 'Incidents', label: 'Incidents', className: 'c-number' },
      { title: 'Open now', label: 'Open now', className: 'c-number' },
    ],
    levels
      .map((level, rank) => {
        const incidents = data.incidents.filter((incident) => incident.level === level);
        const of = times[rank] ?? [];
        return [
          levelMark(level),
          strip(of, { from, to }, scale, `l-${rank}`),
          number(of.length),
          number(incidents.length),
          number(incidents.filter(({ state }) => state === 'open').length),
        ];
      })
      .toReversed(),
    'levels',
  );
}
