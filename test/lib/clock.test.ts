import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  formatDuration,
  iso,
  isoDay,
  parseDuration,
} from '../../src/lib/clock.ts';

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['5m', 5 * MINUTE_MS],
  ['24h', 24 * HOUR_MS],
  ['7d', 7 * DAY_MS],
])('%s is %d ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each(['', '5', 'h', '-1h', '1.5h', '1 h', '5w'])('%j is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test.each([
  [800, '800 ms'],
  [1000, '1 s'],
  [61_000, '1 m 1 s'],
  [2 * DAY_MS + 3 * HOUR_MS + 5 * MINUTE_MS, '2 d 3 h'],
  [DAY_MS + 1000, '1 d 1 s'],
])('%d ms reads as %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});

test('a duration never shows more than two units', () => {
  fc.assert(
    fc.property(fc.nat(1e12), (ms) => {
      expect(formatDuration(ms).split(' ').length).toBeLessThanOrEqual(4);
    }),
  );
});

test('times are ISO 8601 in UTC', () => {
  expect(iso(0)).toBe('1970-01-01T00:00:00.000Z');
  expect(isoDay(Date.UTC(2026, 2, 2, 23, 59))).toBe('2026-03-02');
});
