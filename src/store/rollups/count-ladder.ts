import type { Bucketed, TimeRange } from '../../domain/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/clock.ts';

/** Coarsest first; each is whole in the one before. */
const rungs = [DAY_MS, HOUR_MS, MINUTE_MS] as const;

/** Counts by minute, hour and day, so that a window of any length is summed in few steps. */
export interface CountLadder {
  /** @param time epoch ms. */
  add(time: number, key: string, count: number): void;
  /**
   * Counts per bucket and key, in their order, none of them zero; undefined when the window or its buckets do not begin
   * and end with a minute.
   */
  counts(range: TimeRange, bucketMs: number): readonly Bucketed[] | undefined;
}

type Steps = readonly Map<number, number>[];

export function createCountLadder(): CountLadder {
  const byKey = new Map<string, Steps>();
  let [first, last] = [Infinity, -Infinity];

  const stepsOf = (key: string): Steps => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const made = rungs.map(() => new Map<number, number>());
    byKey.set(key, made);
    return made;
  };

  return {
    add(time, key, count) {
      first = Math.min(first, time);
      last = Math.max(last, time);
      for (const [i, steps] of stepsOf(key).entries()) {
        const step = Math.floor(time / (rungs[i] ?? MINUTE_MS));
        steps.set(step, (steps.get(step) ?? 0) + count);
      }
    },
    counts({ from, to }, bucketMs) {
      if ([from, to, bucketMs].some((bound) => bound % MINUTE_MS !== 0)) return undefined;
      const begin = Math.max(from, Math.floor(first / MINUTE_MS) * MINUTE_MS);
      const end = Math.min(to, Math.floor(last / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
      // The longest steps that fill the window and no two buckets.
      const fits = rungs.map((rung) => bucketMs % rung === 0);
      const found: Bucketed[] = [];
      const sums = new Map<string, number>();
      const keys = [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1));
      let time = begin;
      while (time < end) {
        const bucket = Math.floor(time / bucketMs) * bucketMs;
        const bucketEnd = Math.min(end, bucket + bucketMs);
        sums.clear();
        while (time < bucketEnd) {
          const now = time;
          const at = rungs.findIndex(
            (rung, i) => fits[i] === true && now % rung === 0 && now + rung <= bucketEnd,
          );
          const rung = rungs[at] ?? MINUTE_MS;
          for (const [key, steps] of keys) {
            const count = steps[at]?.get(now / rung);
            if (count !== undefined) sums.set(key, (sums.get(key) ?? 0) + count);
          }
          time += rung;
        }
        for (const [key] of keys) {
          const count = sums.get(key);
          if (count !== undefined) found.push({ time: bucket, key, count });
        }
      }
      return found;
    },
  };
}
