import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDelta } from '../../src/store/parquet/delta-binary-packed.ts';
import { plainOfDelta, readDelta } from '../../src/verifier/parquet/delta-binary-packed.ts';

const read = (values: readonly number[]): number[] => {
  const bytes = encodeDelta(Float64Array.from(values));
  return [...readDelta(new Uint8Array(bytes), 0, values.length)];
};

test('numbers of streams that lie far from each other come back exactly', () => {
  const sequences = [17_953_352_409_999, 2_855_844_014_199_107, 17_953_361_409_999, 2_855_844_014_196_669];
  expect(read([...sequences, 1, 17_953_365_450_000])).toEqual([...sequences, 1, 17_953_365_450_000]);
});

test('whatever the numbers are, as far as their differences fit a double', () => {
  const wide = fc.integer({ min: 0, max: 2 ** 52 });
  const near = fc.integer({ min: 0, max: 200 });
  fc.assert(
    fc.property(fc.array(fc.oneof(wide, near), { minLength: 1, maxLength: 300 }), (values) => {
      expect(read(values)).toEqual(values);
      const plain = Buffer.from(
        plainOfDelta(new Uint8Array(encodeDelta(Float64Array.from(values))), values.length),
      );
      expect(values.map((_value, i) => Number(plain.readBigInt64LE(8 * i)))).toEqual(values);
    }),
  );
});
