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
  /** Adds all that another holds. */
  addAll(other: EventTotals): void;
  /** Ordered by source, then class. */
  sources(): readonly Readonly<SourceTotals>[];
  /** First and last time that events have of their own, both included; undefined when none has. */
  range(): TimeRange | undefined;
}

export function createEventTotals(): EventTotals {
  const counts = createCountLadder();
  const bySource = new Map<string, Map<string, SourceTotals>>();
  let [from, to] = [Infinity, -Infinity];

  const addTotals = (more: Readonly<SourceTotals>): void => {
    let classes = bySource.get(more.source);
    if (classes === undefined) bySource.set(more.source, (classes = new Map()));
    const known = classes.get(more.eventClass);
    if (known === undefined) {
      classes.set(more.eventClass, { ...more });
      return;
    }
    known.events += more.events;
    known.firstEvent = Math.min(known.firstEvent, more.firstEvent);
    known.lastEvent = Math.max(known.lastEvent, more.lastEvent);
    known.missing += more.missing;
    known.coerced += more.coerced;
  };
  const reach = (first: number, last: number): void => {
    from = Math.min(from, first);
    to = Math.max(to, last);
  };
  const all = (): SourceTotals[] => [...bySource.values()].flatMap((classes) => [...classes.values()]);
  const range = (): TimeRange | undefined => (from > to ? undefined : { from, to });

  return {
    counts,
    add({ source, eventClass, events, first, last, missing, coerced, ownFirst, ownLast }) {
      counts.add(first, eventClass, events);
      reach(ownFirst ?? Infinity, ownLast ?? -Infinity);
      addTotals({ source, eventClass, events, firstEvent: first, lastEvent: last, missing, coerced });
    },
    addAll(other) {
      counts.addAll(other.counts);
      const own = other.range();
      if (own !== undefined) reach(own.from, own.to);
      for (const totals of other.sources()) addTotals(totals);
    },
    sources: () =>
      all().toSorted((a, b) =>
        a.source === b.source ? (a.eventClass < b.eventClass ? -1 : 1) : a.source < b.source ? -1 : 1,
      ),
    range,
  };
}
