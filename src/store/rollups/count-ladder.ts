import type { Bucketed, TimeRange } from '../../domain/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/clock.ts';

/** Coarsest first; each is whole in the one before. */
const rungs = [DAY_MS, HOUR_MS, MINUTE_MS] as const;

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
  /**
   * Counts per bucket and key, in their order, none of them zero; undefined when the window or its buckets do not begin
   * and end with a minute.
   */
  counts(range: TimeRange, bucketMs: number): readonly Bucketed[] | undefined;
  /** What it holds, by key, and the first and the last time of it, epoch ms. */
  readonly held: { readonly days: ReadonlyMap<string, Days>; readonly first: number; readonly last: number };
}

const more = (counts: number[], at: number, count: number): void => {
  counts[at] = (counts[at] ?? 0) + count;
};

function addMinute(day: DayCounts, hour: number, minute: number, count: number): void {
  day.total += count;
  more(day.hours, hour, count);
  more((day.minutes[hour] ??= Array.from({ length: MINUTES }, () => 0)), minute, count);
}

function addDay(day: DayCounts, other: DayCounts): void {
  for (const [hour, minutes] of other.minutes.entries())
    for (const [minute, count] of minutes?.entries() ?? [])
      if (count > 0) addMinute(day, hour, minute, count);
}

/** The count of the step of a rung that begins at `time`. */
function stepAt(days: Days, time: number, rung: (typeof rungs)[number]): number {
  const day = days.get(Math.floor(time / DAY_MS));
  if (day === undefined || rung === DAY_MS) return day?.total ?? 0;
  const hour = Math.floor(time / HOUR_MS) % HOURS;
  if (rung === HOUR_MS) return day.hours[hour] ?? 0;
  return day.minutes[hour]?.[Math.floor(time / MINUTE_MS) % MINUTES] ?? 0;
}

export function createCountLadder(): CountLadder {
  const byKey = new Map<string, Days>();
  let [first, last] = [Infinity, -Infinity];

  const dayOf = (key: string, number: number): DayCounts => {
    let days = byKey.get(key);
    if (days === undefined) byKey.set(key, (days = new Map()));
    let day = days.get(number);
    if (day === undefined) {
      const hours = Array.from({ length: HOURS }, () => 0);
      days.set(number, (day = { total: 0, hours, minutes: hours.map(() => undefined) }));
    }
    return day;
  };
  const reach = (from: number, to: number): void => {
    first = Math.min(first, from);
    last = Math.max(last, to);
  };

  return {
    get held() {
      return { days: byKey, first, last };
    },
    add(time, key, count) {
      reach(time, time);
      const [hour, minute] = [Math.floor(time / HOUR_MS), Math.floor(time / MINUTE_MS)];
      addMinute(dayOf(key, Math.floor(time / DAY_MS)), hour % HOURS, minute % MINUTES, count);
    },
    addAll({ held }) {
      reach(held.first, held.last);
      for (const [key, days] of held.days) for (const [number, day] of days) addDay(dayOf(key, number), day);
    },
    counts({ from, to }, bucketMs) {
      if ([from, to, bucketMs].some((bound) => bound % MINUTE_MS !== 0)) return undefined;
      const begin = Math.max(from, Math.floor(first / MINUTE_MS) * MINUTE_MS);
      const end = Math.min(to, Math.floor(last / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
      // The longest steps that fill the window and no two buckets.
      const fits = rungs.filter((rung) => bucketMs % rung === 0);
      const found: Bucketed[] = [];
      const keys = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1));
      const sums = keys.map(() => 0);
      let time = begin;
      while (time < end) {
        const bucket = Math.floor(time / bucketMs) * bucketMs;
        const bucketEnd = Math.min(end, bucket + bucketMs);
        sums.fill(0);
        while (time < bucketEnd) {
          const now = time;
          const rung = fits.find((one) => now % one === 0 && now + one <= bucketEnd) ?? MINUTE_MS;
          for (const [i, [, days]] of keys.entries()) more(sums, i, stepAt(days, now, rung));
          time += rung;
        }
        for (const [i, [key]] of keys.entries()) {
          const count = sums[i] ?? 0;
          if (count > 0) found.push({ time: bucket, key, count });
        }
      }
      return found;
    },
  };
}
