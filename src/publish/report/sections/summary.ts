import type { Status } from '../../../domain/control.ts';
import { compareLevels } from '../../../domain/severity.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import type { Model } from '../model.ts';
import { when } from '../parts.ts';
import { shownStatuses, statusLook } from '../status.ts';
import { count, lasting, number, sentenceList } from '../text.ts';

/** The whole report in one paragraph, every number with what it is a part of. */
export function summary({ data, now }: Model): Html {
  const { posture, evidence } = data;
  const controls = posture.frameworks.flatMap((framework) => framework.controls);
  const of = (status: Status): number => controls.filter((control) => control.status === status).length;
  const manual = of('MANUAL_ONLY');
  const judged = shownStatuses
    .filter((status) => status !== 'MANUAL_ONLY' && of(status) > 0)
    .map((status) => `${number(of(status))} ${statusLook[status].word}`);
  const open = data.incidents.filter(({ state }) => state === 'open');
  const worst = open.toSorted((a, b) => compareLevels(b.level, a.level))[0];
  const oldest = open.toSorted((a, b) => a.firstSeen - b.firstSeen)[0];
  const events = data.sources.reduce((sum, source) => sum + source.events, 0);
  const sources = new Set(data.sources.map(({ source }) => source)).size;

  const incidents =
    worst === undefined || oldest === undefined
      ? 'No incident is open.'
      : `${count(open.length, 'incident')} ${open.length === 1 ? 'is' : 'are'} open; the worst is ${worst.level}, the oldest has been open for ${lasting(oldest.firstSeen, now)}.`;
  const statuses =
    controls.length === 0
      ? 'No framework is loaded, so no control is judged.'
      : `Of ${count(controls.length, 'control')} in ${count(posture.frameworks.length, 'framework')}, ${number(controls.length - manual)} are judged${judged.length === 0 ? '' : `: ${sentenceList(judged)}`}.${manual === 0 ? '' : ` ${number(manual)} more ${manual === 1 ? 'rests' : 'rest'} on manual evidence and ${manual === 1 ? 'is' : 'are'} not judged here.`}`;
  const verified = evidence.verified;
  const proof =
    verified === undefined
      ? 'No verification of the evidence log has run yet.'
      : verified.ok
        ? html`The newest verification, at ${when(verified.at)}, found no fault.`
        : html`<strong
            >The newest verification, at ${when(verified.at)}, found ${count(verified.faults, 'fault')}: do
            not rely on this report before they are explained.</strong
          >`;

  return html`<p class="summary">
    In ${lasting(posture.from, posture.to)} up to ${when(now)}, ${count(events, 'event')} arrived from
    ${count(sources, 'source')} and led to ${count(data.findings.length, 'finding')}. ${incidents} ${statuses}
    The evidence log holds ${count(evidence.captures, 'message')} as received under a checkpoint sealed at
    ${when(evidence.sealedAt)}. ${proof}
  </p> `;
}
