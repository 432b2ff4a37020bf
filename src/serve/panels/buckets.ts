import type { Bucketed, TimeRange } from '../../domain/ports.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/clock.ts';

const sizes = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
];
const MOST_BUCKETS = 90;

/** The smallest round stretch that cuts the window into at most 90 parts. */
export const bucketMsFor = ({ from, to }: TimeRange, most = MOST_BUCKETS): number =>
  sizes.find((size) => (to - from) / size <= most) ?? Math.ceil((to - from) / most / DAY_MS) * DAY_MS;

const startOf = (time: number, bucketMs: number): number => Math.floor(time / bucketMs) * bucketMs;

/** The window grown to whole minutes: what is drawn are stretches no shorter, and counts are kept by the minute. */
export const wholeMinutes = ({ from, to }: TimeRange): TimeRange => ({
  from: startOf(from, MINUTE_MS),
  to: Math.ceil(to / MINUTE_MS) * MINUTE_MS,
});

/** Starts of the buckets that the window touches, oldest first. */
export function bucketStarts({ from, to }: TimeRange, bucketMs: number): readonly number[] {
  const starts: number[] = [];
  for (let start = startOf(from, bucketMs); start < to; start += bucketMs) starts.push(start);
  return starts;
}

/** Counts by bucket and key; what is not there is zero, so that silence shows. */
export function countsByBucket(
  counts: readonly Bucketed[],
  bucketMs: number,
): (bucket: number, key: string) => number {
  const sums = new Map<number, Map<string, number>>();
  for (const { time, key, count } of counts) {
    const bucket = startOf(time, bucketMs);
    let byKey = sums.get(bucket);
    if (byKey === undefined) sums.set(bucket, (byKey = new Map()));
    byKey.set(key, (byKey.get(key) ?? 0) + count);
  }
  return (bucket, key) => sums.get(bucket)?.get(key) ?? 0;
}
