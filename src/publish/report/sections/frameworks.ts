import type { Posture } from '../../../domain/control.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { bar, section, statusMark, table } from '../parts.ts';
import { shownStatuses, statusLook } from '../status.ts';
import { number, percent } from '../text.ts';

/** Every framework on one scale: how many controls have which status, and how many are judged by evidence at all. */
export function frameworks({ data }: Model): Html {
  const all = data.posture.frameworks;
  if (all.length === 0)
    return section(
      'frameworks',
      'Frameworks at a glance',
      html`<p class="empty">
        No framework is loaded. Put a mapping file into the mappings folder to see its controls here.
      </p>`,
    );
  return section(
    'frameworks',
    'Frameworks at a glance',
    table(
      'Controls by status. Each bar is a share of the controls of its own framework, from zero.',
      [
        { title: 'Framework', label: 'Framework', className: 'c-framework' },
        ...shownStatuses.map((status) => ({
          title: statusMark(status),
          label: `${statusLook[status].glyph} ${statusLook[status].word}`,
          className: 'c-count',
        })),
        { title: 'Automated share', label: 'Automated share', className: 'c-share' },
      ],
      all.map(row),
      'glance',
    ),
  );
}

const row = (framework: Posture['frameworks'][number]): readonly Html[] => [
  html`<a href="#f-${framework.id}">${framework.title}</a><br />
    <span class="quiet">${framework.version}</span>`,
  ...shownStatuses.map((status) => {
    const controls = framework.counts[status];
    const share = bar(controls, framework.controls.length, `b-${statusLook[status].name}`);
    return html`<span class="${controls === 0 ? 'zero' : 'n'}">${number(controls)}</span>${share}`;
  }),
  html`${automatedShare(framework)}`,
];

/** Evidence that never came is no evidence: mapped controls without any are told apart. */
export function automatedShare(framework: Posture['frameworks'][number]): string {
  const { controls } = framework;
  const mapped = controls.filter(({ assertions }) => assertions.length > 0);
  const silent = mapped.filter(({ status }) => status === 'NO_EVIDENCE').length;
  const withEvidence = mapped.length - silent;
  const rest = silent === 0 ? '' : `; ${number(silent)} more mapped, without evidence now`;
  return `${number(withEvidence)} of ${number(controls.length)} controls have automated evidence (${percent(withEvidence, controls.length)})${rest}`;
}
