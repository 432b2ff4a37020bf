import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BOUND_BYTES, joinBounds, textBounds, textRange } from '../../../src/store/parquet/bounds.ts';
import type { Bounds } from '../../../src/store/parquet/bounds.ts';
import { encodeDelta, fitsDelta } from '../../../src/store/parquet/delta-binary-packed.ts';
import { hybridBound, writeHybrid } from '../../../src/store/parquet/hybrid.ts';
import { numberBytes } from '../../../src/store/parquet/numbers.ts';
import { plainOfDelta, readDelta } from '../../../src/verifier/parquet/delta-binary-packed.ts';
import { readHybrid } from '../../../src/verifier/parquet/hybrid.ts';

const runs = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom(1, 1, 3, 8, 9, 40, 200)), { maxLength: 30 })
  .map((pairs) => pairs.flatMap(([value, times]) => Array.from({ length: times }, () => value)));

test('ids and levels in runs and packed bits are read back, and fit the room that was asked for', () => {
  fc.assert(
    fc.property(runs, fc.integer({ min: 1, max: 24 }), (values, width) => {
      const ids = Uint32Array.from(values, (value) => value % 2 ** width);
      const out = new Uint8Array(hybridBound(ids.length, width));
      const end = writeHybrid(ids, 0, ids.length, width, out, 0);
      expect(end).toBeLessThanOrEqual(out.length);
      expect([...readHybrid(out, 0, end, width, ids.length)]).toEqual([...ids]);
    }),
    { numRuns: 500 },
  );
});

test('numbers by their differences are read back, whatever the steps and the signs', () => {
  const near = fc.array(fc.integer({ min: -5, max: 900 }), { minLength: 1, maxLength: 400 });
  const far = fc.array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), { minLength: 1, maxLength: 300 });
  const high = near.map((steps) => steps.map((step) => Number.MAX_SAFE_INTEGER - 1000 + step));
  fc.assert(
    fc.property(fc.oneof(near, far, high), (values) => {
      expect(fitsDelta(Math.min(...values), Math.max(...values), true)).toBe(true);
      const bytes = encodeDelta(Float64Array.from(values));
      expect([...readDelta(bytes, 0, values.length)]).toEqual(values);
      const plain = new DataView(plainOfDelta(bytes, values.length).buffer);
      expect(values.map((_, i) => plain.getBigInt64(8 * i, true))).toEqual(values.map(BigInt));
    }),
    { numRuns: 400 },
  );
});

const outcomeOf = (attempt: () => string): string => {
  try {
    return attempt();
  } catch (thrown) {
    return String(thrown);
  }
};

test('a page of differences that was cut short or is of another length is refused, and never read past', () => {
  const values = Float64Array.from({ length: 300 }, (_, i) => (i * 7919) % 1000);
  const bytes = encodeDelta(values);
  for (let length = 0; length < bytes.length; length += 7)
    expect(() => readDelta(bytes.subarray(0, length), 0, values.length)).toThrow(
      /page of numbers|number is cut short/,
    );
  expect(() => readDelta(bytes, 0, 299)).toThrow('as many values');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(1000), (junk, count) => {
      expect(outcomeOf(() => String(readDelta(junk, 0, count).length))).toMatch(
        new RegExp(`^${count}$|page of numbers|number is cut short`),
      );
    }),
    { numRuns: 500 },
  );
});

test('a number stands in 64 bits as it is, times far ahead in microseconds too', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(numberBytes('long', value).readBigInt64LE()).toBe(BigInt(value));
      const time = value % 9_000_000_000_000_000;
      expect(numberBytes('timestamp', time).readBigInt64LE()).toBe(BigInt(time) * 1000n);
    }),
  );
});

const bytesOf = (text: string): Buffer => Buffer.from(text.toWellFormed());
const span = (text: string) => ({ bytes: bytesOf(text), from: 0, to: bytesOf(text).length });
const isValid = (bytes: Uint8Array): boolean => {
  new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return true;
};

function holds(bounds: Bounds | undefined, texts: readonly string[]): void {
  if (bounds?.kind !== 'texts') throw new Error('no bounds of texts');
  const { min, max } = bounds;
  expect(min.length).toBeLessThanOrEqual(BOUND_BYTES);
  expect(isValid(min) && (max === undefined || isValid(max))).toBe(true);
  const sorted = texts.map(bytesOf).toSorted((a, b) => Buffer.compare(a, b));
  const [first, last] = [sorted[0] ?? min, sorted.at(-1) ?? min];
  expect(Buffer.compare(min, first) <= 0 && (max === undefined || Buffer.compare(max, last) >= 0)).toBe(true);
  expect(bounds.isMinExact).toBe(sorted[0]?.equals(min));
  expect(bounds.isMaxExact).toBe(max !== undefined && sorted.at(-1)?.equals(max));
}

test('bounds of texts hold all of them, in the order of their bytes, cut between characters', () => {
  const long = fc
    .array(fc.integer({ min: 0, max: 0x10ffff }), { maxLength: 40 })
    .map((points) => String.fromCodePoint(...points));
  const nearTheEnd = fc.nat(80).map((n) => '\u{10ffff}'.repeat(n) + 'x');
  const text = fc.oneof(
    long,
    nearTheEnd,
    fc.constantFrom('', '\uffff', '\u{10000}', '\ud7ff'.repeat(40), '\u007f'.repeat(70)),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), (texts) => {
      const range = textRange();
      for (const one of texts) range.add(bytesOf(one), 0, bytesOf(one).length);
      holds(range.bounds(), texts);
    }),
    { numRuns: 200 },
  );
});

test('of a text that nothing can be greater than, no upper bound is told', () => {
  const last = '\u{10ffff}'.repeat(17);
  expect(textBounds(span('a'), span(last))).toMatchObject({
    max: undefined,
    isMaxExact: false,
    isMinExact: true,
  });
  expect(textRange().bounds()).toBeUndefined();
});

test('bounds of pages add up to those of their chunk; a page that tells none adds nothing', () => {
  const numbers = (min: number, max: number): Bounds => ({ kind: 'numbers', min, max });
  expect(joinBounds([undefined, numbers(3, 9), undefined, numbers(-1, 4)])).toEqual(numbers(-1, 9));
  expect(joinBounds([undefined])).toBeUndefined();
  const texts = joinBounds([textBounds(span('b'), span('y')), textBounds(span('a'), span('c'))]);
  expect(texts).toMatchObject({ min: new Uint8Array(bytesOf('a')), max: new Uint8Array(bytesOf('y')) });
});
