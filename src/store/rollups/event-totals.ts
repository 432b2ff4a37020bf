import type { TimeRange } from '../../domain/ports.ts';
import { createCountLadder } from './count-ladder.ts';
import type { CountLadder } from './count-ladder.ts';

/** What arrived from one source and event class. */
export interface SourceTotals {
  readonly source: string;
  readonly eventClass: string;
  events: number;
  firstEvent: number;
  lastEvent: number;
  missing: number;
  coerced: number;
}

/** Events of one source and class within one minute. */
export interface EventMinute {
  readonly source: string;
  readonly eventClass: string;
  readonly events: number;
  /** Times of the first and the last, epoch ms. */
  readonly first: number;
  readonly last: number;
  /** Events that lack a field, and with a mended one. */
  readonly missing: number;
  readonly coerced: number;
  /** First and last that have a time of their own; undefined when none has. */
  readonly ownFirst: number | undefined;
  readonly ownLast: number | undefined;
}

/** Events of a lake, summed up. */
export interface EventTotals {
  readonly counts: CountLadder;
  add(minute: EventMinute): void;
  /** Ordered by source, then class. */
  sources(): readonly Readonly<SourceTotals>[];
  /** First and last time that events have of their own, both included; undefined when none has. */
  range(): TimeRange | undefined;
}

export function createEventTotals(): EventTotals {
  const counts = createCountLadder();
  const sources = new Map<string, SourceTotals>();
  let [from, to] = [Infinity, -Infinity];
  return {
    counts,
    add({ source, eventClass, events, first, last, missing, coerced, ownFirst, ownLast }) {
      counts.add(first, eventClass, events);
      from = Math.min(from, ownFirst ?? Infinity);
      to = Math.max(to, ownLast ?? -Infinity);
      const key = `${source}\n${eventClass}`;
      const known = sources.get(key);
      if (known === undefined) {
        sources.set(key, {
          source,
          eventClass,
          events,
          firstEvent: first,
          lastEvent: last,
          missing,
          coerced,
        });
        return;
      }
      known.events += events;
      known.firstEvent = Math.min(known.firstEvent, first);
      known.lastEvent = Math.max(known.lastEvent, last);
      known.missing += missing;
      known.coerced += coerced;
    },
    sources: () =>
      [...sources.values()].toSorted((a, b) =>
        a.source === b.source ? (a.eventClass < b.eventClass ? -1 : 1) : a.source < b.source ? -1 : 1,
      ),
    range: () => (from > to ? undefined : { from, to }),
  };
}
