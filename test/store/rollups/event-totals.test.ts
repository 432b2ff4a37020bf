import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/lib/clock.ts';
import { countsIn } from '../../../src/store/rollups/count-ladder.ts';
import { createEventTotals } from '../../../src/store/rollups/event-totals.ts';
import type { EventMinute } from '../../../src/store/rollups/event-totals.ts';
import { T0 } from '../../support/samples.ts';

const minute: fc.Arbitrary<EventMinute> = fc
  .record({
    source: fc.constantFrom('activity', 'entra'),
    eventClass: fc.constantFrom('key_vault', 'storage'),
    at: fc.integer({ min: 0, max: 3 * 24 * 60 }),
    events: fc.integer({ min: 1, max: 9 }),
    hasOwn: fc.boolean(),
  })
  .map(({ at, hasOwn, ...of }) => {
    const [first, last] = [T0 + at * MINUTE_MS + 7, T0 + at * MINUTE_MS + 59];
    const own = hasOwn ? { ownFirst: first, ownLast: last } : { ownFirst: undefined, ownLast: undefined };
    return { ...of, first, last, missing: at % 3, coerced: at % 2, ...own };
  });

const summed = (minutes: readonly EventMinute[]) => {
  const totals = createEventTotals();
  for (const one of minutes) totals.add(one);
  return totals;
};

test('sums of parts, added up, are the sums of all', () => {
  fc.assert(
    fc.property(fc.array(fc.array(minute, { maxLength: 12 }), { maxLength: 5 }), (parts) => {
      const all = summed(parts.flat());
      const added = createEventTotals();
      for (const part of parts) added.addAll(summed(part));
      expect(added.sources()).toEqual(all.sources());
      expect(added.range()).toEqual(all.range());
      for (const bucketMs of [5 * MINUTE_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS]) {
        const range = { from: T0, to: T0 + 4 * DAY_MS };
        const wanted = countsIn([all.counts], range, bucketMs);
        expect(countsIn([added.counts], range, bucketMs)).toEqual(wanted);
        const together = parts.map((part) => summed(part).counts);
        expect(countsIn(together, range, bucketMs)).toEqual(wanted);
      }
    }),
  );
});

test('counts of any window and bucket are those of the minutes in it', () => {
  fc.assert(
    fc.property(
      fc.array(minute, { maxLength: 40 }),
      fc.integer({ min: 0, max: 4000 }),
      fc.integer({ min: 1, max: 4000 }),
      fc.constantFrom(1, 7, 60, 90, 180, 1440, 10080),
      (minutes, begin, lasts, bucket) => {
        const bucketMs = bucket * MINUTE_MS;
        const from = T0 + begin * MINUTE_MS;
        const to = from + lasts * MINUTE_MS;
        const counted = new Map<string, { time: number; key: string; count: number }>();
        for (const { first, eventClass, events } of minutes) {
          if (first < from || first >= to) continue;
          const time = Math.floor(first / bucketMs) * bucketMs;
          const known = counted.get(`${time} ${eventClass}`) ?? { time, key: eventClass, count: 0 };
          counted.set(`${time} ${eventClass}`, { ...known, count: known.count + events });
        }
        const wanted = [...counted.values()].toSorted((a, b) => a.time - b.time || (a.key < b.key ? -1 : 1));
        expect(countsIn([summed(minutes).counts], { from, to }, bucketMs)).toEqual(wanted);
      },
    ),
  );
});
