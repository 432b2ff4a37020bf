import type { Observation } from '../../domain/control.ts';
import type { DeadLetter, Event } from '../../domain/event.ts';
import type { Finding } from '../../domain/finding.ts';
import { MINUTE_MS } from '../../lib/clock.ts';
import type { EventMinute } from '../rollups/event-totals.ts';
import type { TailRows } from './messages.ts';

/** Gathers rows as they come, and hands them over summed up. */
export interface PendingRows {
  readonly isEmpty: boolean;
  /** How much work it is to take them in, in minutes of events. */
  readonly weight: number;
  capture(): void;
  event(row: Event): void;
  finding(row: Finding): void;
  observation(row: Observation): void;
  deadLetter(row: DeadLetter): void;
  add(rows: TailRows): void;
  rows(): TailRows;
}

/** A finding, or an observation and what follows from it, is as much work as so many minutes of events. */
const ROW_WEIGHT = 8;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The same as `hasOwnTime` of the summaries asks of a sealed row. */
const hasOwnTime = ({ missing, coerced }: Event): boolean =>
  !missing.includes('time') && !coerced.some((note) => note.includes('received-at'));

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);
const most = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);

export function createPendingRows(): PendingRows {
  let captures = 0;
  const minutes = new Map<string, Mutable<EventMinute>>();
  const findings: Finding[] = [];
  const observations: Observation[] = [];
  const deadLetters = new Map<string, number>();
  /** Most often the next event is of the same minute as the last. */
  let last: Mutable<EventMinute> | undefined;
  let lastMinute = -1;

  const minuteOf = (source: string, eventClass: string, time: number): Mutable<EventMinute> => {
    const minute = Math.floor(time / MINUTE_MS);
    if (minute === lastMinute && last?.eventClass === eventClass && last.source === source) return last;
    const key = `${minute}\n${eventClass}\n${source}`;
    let into = minutes.get(key);
    if (into === undefined) {
      const none = { events: 0, missing: 0, coerced: 0, ownFirst: undefined, ownLast: undefined };
      into = { source, eventClass, first: time, last: time, ...none };
      minutes.set(key, into);
    }
    last = into;
    lastMinute = minute;
    return into;
  };

  const addMinute = (more: EventMinute): void => {
    const into = minuteOf(more.source, more.eventClass, more.first);
    into.events += more.events;
    into.first = Math.min(into.first, more.first);
    into.last = Math.max(into.last, more.last);
    into.missing += more.missing;
    into.coerced += more.coerced;
    into.ownFirst = least(into.ownFirst, more.ownFirst);
    into.ownLast = most(into.ownLast, more.ownLast);
  };

  const addLetters = (reason: string, count: number): void =>
    void deadLetters.set(reason, (deadLetters.get(reason) ?? 0) + count);

  return {
    get isEmpty() {
      return captures + minutes.size + findings.length + observations.length + deadLetters.size === 0;
    },
    get weight() {
      return minutes.size + ROW_WEIGHT * (findings.length + observations.length);
    },
    capture: () => {
      captures++;
    },
    event(row) {
      const { time } = row;
      const into = minuteOf(row.source, row.class, time);
      into.events++;
      if (time < into.first) into.first = time;
      if (time > into.last) into.last = time;
      if (row.missing.length > 0) into.missing++;
      if (row.coerced.length > 0) into.coerced++;
      if (!hasOwnTime(row)) return;
      into.ownFirst = least(into.ownFirst, time);
      into.ownLast = most(into.ownLast, time);
    },
    finding: (row) => void findings.push(row),
    observation: (row) => void observations.push(row),
    deadLetter: ({ reason }) => addLetters(reason, 1),
    add(rows) {
      captures += rows.captures;
      for (const minute of rows.events) addMinute(minute);
      for (const finding of rows.findings) findings.push(finding);
      for (const observation of rows.observations) observations.push(observation);
      for (const [reason, count] of rows.deadLetters) addLetters(reason, count);
    },
    rows: () => ({
      captures,
      events: [...minutes.values()],
      findings,
      observations,
      deadLetters: [...deadLetters],
    }),
  };
}
