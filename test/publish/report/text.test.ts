import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clipped,
  count,
  lasting,
  number,
  percent,
  sentence,
  sentenceList,
  share,
  utc,
} from '../../../src/publish/report/text.ts';
import { DAY_MS, HOUR_MS } from '../../../src/lib/clock.ts';
import { T0 } from '../../support/samples.ts';

const plain = (text: string): string => text.replaceAll('\u00A0', ' ');

test('numbers are grouped, counted things agree with their number', () => {
  expect(number(1_204_113)).toBe('1,204,113');
  expect(number(999)).toBe('999');
  expect(count(1, 'finding')).toBe('1 finding');
  expect(count(27_133, 'finding')).toBe('27,133 findings');
});

test.each([
  [0, 10, '0 %'],
  [10, 10, '100 %'],
  [1, 3, '33.3 %'],
  [1, 100_000, '< 0.1 %'],
  [99_999, 100_000, '> 99.9 %'],
  [9994, 10_000, '> 99.9 %'],
  [999, 1000, '99.9 %'],
  [0, 0, 'unknown'],
])('%i of %i is %s', (part, whole, text) => {
  expect(plain(percent(part, whole))).toBe(text);
});

test('0 % and 100 % mean exactly that', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (whole, part) => {
        const of = Math.round(part * whole);
        const text = plain(percent(of, whole));
        expect(text === '0 %').toBe(of === 0);
        expect(text === '100 %').toBe(of === whole);
      },
    ),
  );
});

test('shares print their denominator, times their zone, durations their largest two units', () => {
  expect(plain(share(12, 48_120))).toBe('12 of 48,120 (< 0.1 %)');
  expect(utc(T0)).toBe('2026-03-02 09:00 UTC');
  expect(plain(lasting(T0 - 2 * DAY_MS - 3 * HOUR_MS - 1000, T0))).toBe('2 d 3 h');
  expect(plain(lasting(T0, T0 - 1))).toBe('0 ms');
});

test('lists and phrases read like sentences', () => {
  expect(sentenceList([])).toBe('');
  expect(sentenceList(['a'])).toBe('a');
  expect(sentenceList(['a', 'b', 'c'])).toBe('a, b and c');
  expect(sentence('no event arrived')).toBe('No event arrived');
  expect(sentence('azure_openai arrived')).toBe('azure_openai arrived');
});

test('what is cut says how long it was, and is never cut through a character', () => {
  expect(clipped('short')).toBe('short');
  expect(clipped('💧'.repeat(400), 301)).toBe(`${'💧'.repeat(150)}… (800 characters in all)`);
});
