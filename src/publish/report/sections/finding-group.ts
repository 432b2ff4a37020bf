import type { Finding } from '../../../domain/finding.ts';
import type { FindingGroup } from '../grouping.ts';
import { html } from '../html.ts';
import type { Html, HtmlValue } from '../html.ts';
import type { Model } from '../model.ts';
import { code, exactly, levelMark, resource, shortened, soft, statusMark, table, when } from '../parts.ts';
import { clipped, count, lasting, number } from '../text.ts';
import { ownerOf } from './wrong-now.ts';

/** One cause: what all its findings share stands above, what tells them apart stands in the rows. */
export function findingGroup(model: Model, group: FindingGroup): Html {
  const rules = [...Map.groupBy(group.shown, rule).values()].flatMap(([finding]) => finding ?? []);
  const resources = new Set(group.shown.map(({ resourceId }) => resourceId));
  const oneRule = rules.length === 1;
  const oneResource = resources.size === 1;
  const left = group.total - group.shown.length;
  return html`<article class="group" id="i-${group.key}">
    <h3>${levelMark(group.level)}<span>${clipped(group.title)}</span></h3>
    <p class="bears">${stateText(group, model)}</p>
    ${shared(model, group, rules, oneResource ? group.shown[0]?.resourceId : undefined)}
    ${
      group.shown.length === 0
        ? undefined
        : table(
            html`<span class="hidden">Findings of ${clipped(group.title)}, newest first</span>`,
            [
              { title: 'Time', label: 'Time' },
              { title: 'What matched', label: 'What matched' },
              { title: 'Actor', label: 'Actor' },
              { title: 'Evidence', label: 'Evidence' },
            ],
            group.shown.map((finding) => row(finding, oneRule, oneResource)),
            'findings',
          )
    }${
      left === 0
        ? undefined
        : html`<p class="note">
            ${count(left, 'older finding')} of this cause ${left === 1 ? 'is' : 'are'} not shown; table
            <code>findings</code> of the evidence lake has ${left === 1 ? 'it' : 'them'} under this assertion
            and resource.
          </p>`
    }
  </article> `;
}

const rule = ({ detectionName, detectionVersion }: Finding): string => `${detectionName} ${detectionVersion}`;

function stateText({ incident, total }: FindingGroup, model: Model): Html {
  if (incident === undefined) return html`${count(total, 'finding')} in the window, no incident recorded.`;
  const state =
    incident.state === 'open'
      ? html`Open since ${when(incident.firstSeen)} (${lasting(incident.firstSeen, model.now)}).`
      : html`Resolved. First seen ${when(incident.firstSeen)}, last seen ${when(incident.lastSeen)}.`;
  const outside = incident.count - total;
  const more = outside > 0 ? `, ${number(outside)} more outside it` : '';
  return html`${state} ${count(total, 'finding')} in the window${more}.`;
}

function shared(model: Model, group: FindingGroup, rules: readonly Finding[], on: string | undefined): Html {
  const status = model.data.posture.assertions.find(({ assertion }) => assertion === group.assertion);
  const entries: (readonly [string, HtmlValue])[] = [
    [
      'Assertion',
      html`${code(group.assertion)} ${status === undefined ? undefined : statusMark(status.status)}`,
    ],
    ['Owner', ownerOf(model, group.assertion)],
    ...(on === undefined ? [] : [['Resource', resource(on)] as const]),
    [
      rules.length === 1 ? 'Detection, rule version' : 'Detections, rule versions',
      rules.map(
        ({ detectionName, detectionVersion }) =>
          html`<div>${code(detectionName)} ${shortened(detectionVersion, 6, 6)}</div>`,
      ),
    ],
    ['Incident', shortened(group.key, 10, 4)],
  ];
  return html`<dl class="lines">
    ${entries.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function row(finding: Finding, oneRule: boolean, oneResource: boolean): readonly HtmlValue[] {
  const { actor, evidence } = finding;
  const name = actor.name ?? actor.id;
  const by = [actor.type.replaceAll('_', ' '), ...(actor.ip === undefined ? [] : [actor.ip])].join(', ');
  return [
    exactly(finding.time),
    html`${
        oneRule
          ? undefined
          : html`<p>${clipped(finding.title)} ${shortened(finding.detectionVersion, 6, 6)}</p>`
      }
      <dl class="matched">
        ${finding.matched.map(
          ({ field, value, test }) =>
            html`<div>
              <dt>${code(field)}</dt>
              <dd><code>${clipped(value)}</code> <span class="quiet">${clipped(test)}</span></dd>
            </div>`,
        )}
      </dl>`,
    html`${name === undefined ? 'unknown' : soft(clipped(name))}<br /><span class="quiet">${by}</span>
      ${finding.target === undefined || [name, finding.resourceId].includes(finding.target) ? undefined : html`<br /><span class="quiet">on</span> ${soft(clipped(finding.target))}`}
      ${oneResource ? undefined : html`<br />${resource(finding.resourceId)}`}`,
    html`leaf ${number(evidence.leaf)}<br />record ${number(evidence.record)}<br />${shortened(finding.eventId, 6, 5)}`,
  ];
}
