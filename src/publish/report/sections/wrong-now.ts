import type { AssertionStatus } from '../../../domain/control.ts';
import type { Incident } from '../../../domain/incident.ts';
import { incidentOrder } from '../grouping.ts';
import { html } from '../html.ts';
import type { Html, HtmlValue } from '../html.ts';
import type { Model } from '../model.ts';
import { code, facts, levelMark, prose, resource, section, soft, statusMark, table, when } from '../parts.ts';
import { clipped, count, lasting, number, sentence } from '../text.ts';

const MAX_INCIDENTS = 60;

/** What is wrong, since when, by which evidence, who owns it, what to do next: in that order. */
export function wrongNow(model: Model): Html {
  const open = model.data.incidents.filter(({ state }) => state === 'open').toSorted(incidentOrder);
  const told = new Set(open.map(({ assertion }) => assertion));
  const failing = model.data.posture.assertions.filter(
    ({ assertion, status }) =>
      status === 'NO_EVIDENCE' || ((status === 'AT_RISK' || status === 'FAIL') && !told.has(assertion)),
  );
  const exceptions = model.data.posture.assertions.flatMap(({ assertion, resources }) =>
    resources.filter(({ status }) => status === 'EXCEPTION').map((of) => ({ assertion, of })),
  );
  return section('now', 'What is wrong now', [
    open.length === 0
      ? html`<p class="empty">
          No incident is open as of ${when(model.now)}. Incidents open when a detection matches; section 4
          lists what was found in the window.
        </p>`
      : open.slice(0, MAX_INCIDENTS).map((incident) => openIncident(model, incident)),
    open.length > MAX_INCIDENTS
      ? html`<p class="note">
          ${count(open.length - MAX_INCIDENTS, 'open incident')} of lower level or younger age
          ${open.length - MAX_INCIDENTS === 1 ? 'is' : 'are'} not repeated here; each has its group in
          <a href="#findings">section 4</a>.
        </p>`
      : undefined,
    failing.length === 0
      ? undefined
      : html`<h3>Assertions without a good answer, beyond the incidents above</h3>
          ${assertionTable(model, failing)}`,
    exceptions.length === 0
      ? undefined
      : html`<h3>Approved deviations in force</h3>
          ${table(
            html`${count(exceptions.length, 'deviation')}: each fails, and a named person approved that until
            a date.`,
            [
              { title: 'Assertion', label: 'Assertion' },
              { title: 'Resource', label: 'Resource' },
              { title: 'Since', label: 'Since' },
              { title: 'Reason and approval', label: 'Reason and approval' },
            ],
            exceptions.map(({ assertion, of }) => [
              code(assertion),
              resource(of.resource),
              when(of.since),
              sentence(clipped(of.reason)),
            ]),
            'deviations',
          )}`,
  ]);
}

function openIncident(model: Model, incident: Incident): Html {
  const { controls } = incident;
  const group = model.groups.find(({ key }) => key === incident.key);
  const first = incident.runbook
    .split('\n')
    .map((line) => line.trim().replace(/^\d+[.)]\s*/, ''))
    .find((line) => line !== '');
  return html`<article class="wrong">
    <h3>${levelMark(incident.level)}<span>${clipped(incident.title)}</span></h3>
    <p class="bears">
      ${
        controls.length === 0
          ? 'No control is mapped to it.'
          : `${count(controls.length, 'control')} ${controls.length === 1 ? 'depends' : 'depend'} on it. ${clipped(model.controlNames(controls), 600)}.`
      }
    </p>
    ${facts([
      [
        'Since',
        html`${when(incident.firstSeen)}<br /><span class="quiet"
            >open for ${lasting(incident.firstSeen, model.now)}</span
          >`,
      ],
      ['Evidence', evidenceOf(model, incident, group !== undefined && group.total > 0)],
      ['Owner', ownerOf(model, incident.assertion)],
      ['Do next', first === undefined ? 'The detection has no runbook: add one.' : prose(clipped(first))],
    ])}
  </article> `;
}

export const ownerOf = (model: Model, assertion: string): HtmlValue => {
  const owner = model.assertion(assertion)?.owner ?? '';
  return owner === '' ? html`<span class="quiet">nobody named</span>` : soft(clipped(owner));
};

function evidenceOf(model: Model, incident: Incident, hasRows: boolean): Html {
  const newest = incident.findingIds.at(-1);
  const finding = newest === undefined ? undefined : model.finding(newest);
  const all = hasRows
    ? html`<a href="#i-${incident.key}">${count(incident.count, 'finding')}</a>`
    : html`${count(incident.count, 'finding')}`;
  return finding === undefined
    ? html`${all}<br /><span class="quiet">outside the window of this report</span>`
    : html`${all}<br /><span class="quiet">newest in leaf ${number(finding.evidence.leaf)}</span>`;
}

function assertionTable(model: Model, failing: readonly AssertionStatus[]): Html {
  return table(
    html`${count(failing.length, 'assertion')} of ${number(model.data.posture.assertions.length)}, as known at
    ${when(model.now)}.`,
    [
      { title: 'Assertion', label: 'Assertion' },
      { title: 'Status', label: 'Status', className: 'c-status' },
      { title: 'Since', label: 'Since' },
      { title: 'Why', label: 'Why' },
      { title: 'Owner', label: 'Owner' },
    ],
    failing.map((status) => [
      html`${clipped(model.assertion(status.assertion)?.title ?? '')}<br />${code(status.assertion)}`,
      statusMark(status.status),
      html`${when(status.since)}<br /><span class="quiet">${lasting(status.since, model.now)}</span>`,
      sentence(clipped(status.reason)),
      ownerOf(model, status.assertion),
    ]),
    'failing',
  );
}
