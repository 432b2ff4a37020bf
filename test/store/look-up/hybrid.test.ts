import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hybridAt, hybridRuns } from '../../../src/store/look-up/hybrid.ts';
import { hybridBound, writeHybrid } from '../../../src/store/parquet/hybrid.ts';

/** Numbers as a page has them: their bytes begin at the third. */
function written(values: readonly number[], width: number): Buffer {
  const out = Buffer.alloc(2 + hybridBound(values.length, width));
  return out.subarray(0, writeHybrid(Uint32Array.from(values), 0, values.length, width, out, 2));
}

test('numbers that are alike and next to each other are one run, whether they are packed or not', () => {
  const values = [1, 1, 0, ...Array<number>(500).fill(1)];
  const bytes = written(values, 1);
  expect(hybridRuns(bytes, 2, bytes.length, 1, values.length)).toEqual([
    { value: 1, count: 2 },
    { value: 0, count: 1 },
    { value: 1, count: 500 },
  ]);
  expect(hybridRuns(bytes, 2, bytes.length, 1, 3)).toEqual([
    { value: 1, count: 2 },
    { value: 0, count: 1 },
  ]);
  expect(hybridRuns(bytes, 2, 2, 0, 7)).toEqual([{ value: 0, count: 7 }]);
  expect(hybridAt(bytes, 2, bytes.length, 1, [0, 2, 502])).toEqual([1, 0, 1]);
});

test('whatever the numbers, all at once are the same as each at its place', () => {
  const repeated = fc.tuple(fc.nat({ max: 2 ** 20 }), fc.integer({ min: 1, max: 70 }));
  fc.assert(
    fc.property(fc.array(repeated, { minLength: 1 }), fc.integer({ min: 1, max: 20 }), (runs, width) => {
      const values = runs.flatMap(([value, count]) => Array<number>(count).fill(value % 2 ** width));
      const bytes = written(values, width);
      const all = hybridRuns(bytes, 2, bytes.length, width, values.length);
      expect(all.flatMap(({ value, count }) => Array<number>(count).fill(value))).toEqual(values);
      expect(hybridAt(bytes, 2, bytes.length, width, values.keys())).toEqual(values);
    }),
  );
});

test('numbers that are cut short are an error, wherever the cut is', () => {
  const values = [3, 1, 2, 0, 1, 1, 2, 3, ...Array<number>(300).fill(2)];
  const bytes = written(values, 2);
  for (let end = 2; end < bytes.length; end++)
    for (const read of [
      () => hybridRuns(bytes, 2, end, 2, values.length),
      () => hybridAt(bytes, 2, end, 2, values.keys()),
    ])
      expect(read).toThrow('levels or ids are cut short');
  for (const [end, width, count] of [
    [bytes.length + 1, 2, 8],
    [bytes.length, 33, 8],
    [bytes.length, 2, values.length + 1],
  ] as const)
    expect(() => hybridRuns(bytes, 2, end, width, count)).toThrow('cut short');
  // A header without an end, and a run of none.
  for (const damaged of [Buffer.alloc(9, 255), Buffer.alloc(9)])
    expect(() => hybridRuns(damaged, 0, 9, 2, 8)).toThrow('cut short');
});
