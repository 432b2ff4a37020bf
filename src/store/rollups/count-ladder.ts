import type { Bucketed, TimeRange } from '../../domain/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/clock.ts';

const HOURS = DAY_MS / HOUR_MS;
const MINUTES = HOUR_MS / MINUTE_MS;

/** Counts of one day: all of it, by the hour, and by the minute of the hours in which there is something. */
interface DayCounts {
  total: number;
  readonly hours: number[];
  readonly minutes: (number[] | undefined)[];
}
/** By the number of the day since 1970. */
type Days = Map<number, DayCounts>;

/** Counts by minute, hour and day, so that a window of any length is summed in few steps. */
export interface CountLadder {
  /** @param time epoch ms. */
  add(time: number, key: string, count: number): void;
  /** Adds all that another holds. */
  addAll(other: CountLadder): void;
  /** What it holds, by key. */
  readonly held: ReadonlyMap<string, Days>;
}

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

function addMinute(day: DayCounts, hour: number, minute: number, count: number): void {
  const minutes = (day.minutes[hour] ??= zeros(MINUTES));
  day.total += count;
  day.hours[hour] = (day.hours[hour] ?? 0) + count;
  minutes[minute] = (minutes[minute] ?? 0) + count;
}

function addHour(day: DayCounts, hour: number, counts: readonly number[]): void {
  for (let minute = 0; minute < MINUTES; minute++) {
    const count = counts[minute] ?? 0;
    if (count > 0) addMinute(day, hour, minute, count);
  }
}

export function createCountLadder(): CountLadder {
  const held = new Map<string, Days>();

  const dayOf = (key: string, number: number): DayCounts => {
    let days = held.get(key);
    if (days === undefined) held.set(key, (days = new Map()));
    let day = days.get(number);
    if (day === undefined) days.set(number, (day = { total: 0, hours: zeros(HOURS), minutes: [] }));
    return day;
  };

  return {
    held,
    add(time, key, count) {
      const number = Math.floor(time / DAY_MS);
      const minute = Math.floor((time - number * DAY_MS) / MINUTE_MS);
      addMinute(dayOf(key, number), Math.floor(minute / MINUTES), minute % MINUTES, count);
    },
    addAll(other) {
      for (const [key, days] of other.held)
        for (const [number, { minutes }] of days) {
          const day = dayOf(key, number);
          for (let hour = 0; hour < HOURS; hour++) {
            const counts = minutes[hour];
            if (counts !== undefined) addHour(day, hour, counts);
          }
        }
    },
  };
}

/**
 * Counts of several ladders together per bucket and key, in their order, none of them zero; undefined when the window or
 * its buckets do not begin and end with a minute.
 */
export function countsIn(
  ladders: readonly CountLadder[],
  range: TimeRange,
  bucketMs: number,
): readonly Bucketed[] | undefined {
  if ([range.from, range.to, bucketMs].some((bound) => bound % MINUTE_MS !== 0)) return undefined;
  const keys = [...new Set(ladders.flatMap(({ held }) => [...held.keys()]))].toSorted();
  const byKey = keys.map((key) => {
    const sums = new Map<number, number>();
    for (const { held } of ladders)
      for (const [number, day] of held.get(key) ?? []) addWithin(sums, range, bucketMs, number * DAY_MS, day);
    return { key, sums };
  });
  const times = [...new Set(byKey.flatMap(({ sums }) => [...sums.keys()]))].toSorted((a, b) => a - b);
  return times.flatMap((time) =>
    byKey.flatMap(({ key, sums }) => {
      const count = sums.get(time);
      return count === undefined ? [] : [{ time, key, count }];
    }),
  );
}

/** Adds what of a day lies in the window to its buckets, in the longest steps that cross the bounds of none. */
function addWithin(
  sums: Map<number, number>,
  { from, to }: TimeRange,
  bucketMs: number,
  start: number,
  { total, hours, minutes }: DayCounts,
): void {
  if (start >= to || start + DAY_MS <= from) return;
  const bucketOf = (time: number): number => Math.floor(time / bucketMs) * bucketMs;
  const add = (bucket: number, count: number): void => {
    if (count > 0) sums.set(bucket, (sums.get(bucket) ?? 0) + count);
  };
  const isWhole = (begin: number, lasts: number): boolean =>
    begin >= from && begin + lasts <= to && bucketOf(begin) === bucketOf(begin + lasts - 1);
  if (isWhole(start, DAY_MS)) {
    add(bucketOf(start), total);
    return;
  }
  for (let hour = 0; hour < HOURS; hour++) {
    const counts = minutes[hour];
    if (counts === undefined) continue;
    const begin = start + hour * HOUR_MS;
    if (isWhole(begin, HOUR_MS)) {
      add(bucketOf(begin), hours[hour] ?? 0);
      continue;
    }
    for (let minute = 0; minute < MINUTES; minute++) {
      const time = begin + minute * MINUTE_MS;
      if (time >= from && time < to) add(bucketOf(time), counts[minute] ?? 0);
    }
  }
}
