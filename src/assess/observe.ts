import { observationId } from '../domain/control.ts';
import type { Assertion, Observation } from '../domain/control.ts';
import type { Match } from '../domain/detection.ts';
import type { Event } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import { causeOf } from '../domain/incident.ts';
import { HOUR_MS } from '../lib/clock.ts';
import { watchedResource } from './assertion-steps.ts';
import { lastingOf, postureOf } from './posture-result.ts';

/** Turns matches, posture results and the mere arrival of logs into observations of assertions. */
export interface Observer {
  /** A match speaks about the resource that its finding names. */
  fromMatch(match: Match, finding: Finding): Observation | undefined;
  /**
   * Posture results and signs of life that one event carries. `toldAt` is when the stream took it in, epoch ms:
   * Defender sends an unchanged result again and again with the date of its last change, so that date says since
   * when, not as of when.
   */
  fromEvent(event: Event, toldAt: number | undefined): readonly Observation[];
}

/** Signs of life are recorded once an hour and event class. */
const WATCH_EVERY_MS = HOUR_MS;

export function createObserver(assertions: readonly Assertion[]): Observer {
  const byId = new Map(assertions.map((assertion) => [assertion.id, assertion]));
  const byPosture = new Map<string, Assertion[]>();
  const byClass = new Map<string, Assertion[]>();
  const add = (map: Map<string, Assertion[]>, key: string, assertion: Assertion): void => {
    map.set(key, [...(map.get(key) ?? []), assertion]);
  };
  for (const assertion of assertions) {
    for (const posture of assertion.postures) add(byPosture, posture.toLowerCase(), assertion);
    for (const eventClass of assertion.watches) add(byClass, eventClass, assertion);
  }
  /** `<class>@<hour>`: records come in any order, so every hour that was seen is remembered. */
  const seenHours = new Set<string>();

  function signsOfLife(event: Event): readonly Observation[] {
    const watchers = byClass.get(event.class);
    if (watchers === undefined) return [];
    // Without a time of its own a record says only that something arrived now, not that the log was alive then.
    const isTimeOfReceipt =
      event.missing.includes('time') || event.coerced.some((note) => note.endsWith('received-at'));
    if (isTimeOfReceipt) return [];
    const hour = `${event.class}@${Math.floor(event.time / WATCH_EVERY_MS)}`;
    if (seenHours.has(hour)) return [];
    seenHours.add(hour);
    return watchers.map((assertion) =>
      observation(assertion, event, {
        resource: watchedResource(event.class),
        result: 'pass',
        validUntil: event.time + assertion.freshnessMs,
        onExpiry: 'no_evidence',
        by: `watch:${event.class}`,
        detail: `${event.class} events arrive`,
      }),
    );
  }

  function postures(event: Event, toldAt: number | undefined): readonly Observation[] {
    const posture = postureOf(event);
    if (posture === undefined) return [];
    const [name = ''] = posture.names;
    const time = Math.max(event.time, toldAt ?? event.time);
    const speaksTo = new Set(posture.names.flatMap((one) => byPosture.get(one.toLowerCase()) ?? []));
    const named = byId.get(posture.assertion ?? '');
    if (named !== undefined) speaksTo.add(named);
    return [...speaksTo].map((assertion) => {
      const { forMs, onExpiry } = lastingOf(assertion, posture);
      return observation(assertion, event, {
        resource: posture.resource,
        result: posture.result,
        time,
        validUntil: time + forMs,
        onExpiry,
        by: `posture:${name}`,
        detail: `${name}: ${posture.code}`,
      });
    });
  }

  return {
    fromMatch({ detection, event }, finding) {
      const assertion = byId.get(detection.assertion);
      if (assertion === undefined) return undefined;
      return observation(assertion, event, {
        resource: causeOf(finding).subject,
        result: detection.observes,
        validUntil: event.time + assertion.holdsMs,
        onExpiry: 'nothing',
        by: `detection:${detection.name}`,
        detail: detection.title,
        level: detection.level,
      });
    },
    fromEvent: (event, toldAt) => [...signsOfLife(event), ...postures(event, toldAt)],
  };
}

function observation(
  assertion: Assertion,
  event: Event,
  said: Omit<Observation, 'id' | 'assertion' | 'time' | 'evidence' | 'level'> &
    Partial<Pick<Observation, 'level' | 'time'>>,
): Observation {
  return {
    level: event.severity,
    time: event.time,
    ...said,
    id: observationId(assertion.id, said.resource, said.by, event.id),
    assertion: assertion.id,
    evidence: event.evidence,
  };
}
