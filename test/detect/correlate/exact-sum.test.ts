import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createExactSum } from '../../../src/detect/correlate/exact-sum.ts';
import { createSortedValues } from '../../../src/detect/correlate/sorted-values.ts';
import { createWaiting } from '../../../src/detect/correlate/waiting.ts';

test('a sum forgets what leaves it: no rounding stays behind', () => {
  const sum = createExactSum();
  for (const value of [0.1, 1e300, 0.2, -1e300, 5e-324]) sum.add(value);
  for (const value of [1e300, -1e300, 5e-324]) sum.remove(value);
  expect(sum.compare(0.3, 1)).toBeGreaterThan(-1);
  sum.remove(0.1);
  expect(sum.compare(0.2, 1)).toBe(0);
  expect(sum.over(1)).toBe(0.2);
});

test('sums are compared without rounding: ten tenths are more than one, by the doubles they are', () => {
  const sum = createExactSum();
  for (let i = 0; i < 10; i++) sum.add(0.1);
  expect(sum.compare(1, 1)).toBeGreaterThan(0);
  expect(sum.compare(0.1, 10)).toBe(0);
  expect(sum.over(10)).toBeCloseTo(0.1, 15);
});

test('whole numbers beyond 2^53 are kept', () => {
  const sum = createExactSum();
  for (const value of [2 ** 53, 1, 1, -(2 ** 53)]) sum.add(value);
  expect(sum.compare(2, 1)).toBe(0);
  expect(sum.over(2)).toBe(1);
});

test('any numbers, added and taken out again in any order, leave nothing', () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 20 }), finite, (values, kept) => {
      const sum = createExactSum();
      for (const value of values) sum.add(value);
      sum.add(kept);
      for (const value of values.toReversed()) sum.remove(value);
      expect(sum.compare(kept, 1)).toBe(0);
      expect(sum.over(1)).toBe(kept === 0 ? 0 : kept);
    }),
  );
});

test('sorted values are those of a sorted array, over many chunks', () => {
  const sorted = createSortedValues();
  const values = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 1000);
  for (const value of values) sorted.add(value);
  for (const value of values.slice(0, 2500)) sorted.remove(value);
  sorted.remove(-1);
  const rest = values.slice(2500).toSorted((a, b) => a - b);
  expect(sorted.size).toBe(2500);
  for (const rank of [0, 1, 700, 1250, 2499]) expect(sorted.at(rank)).toBe(rest[rank]);
  expect(sorted.at(2500)).toBeUndefined();
});

test('what waits comes out by instant, oldest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const waiting = createWaiting<number>();
      for (const time of times) waiting.add(time, time);
      const out: number[] = [];
      while (waiting.size > 0) {
        const { oldest } = waiting;
        const taken = waiting.shift();
        expect(taken.every((time) => time === oldest)).toBe(true);
        out.push(...taken);
      }
      expect(out).toEqual(times.toSorted((a, b) => a - b));
      expect(waiting.shift()).toEqual([]);
    }),
  );
});
