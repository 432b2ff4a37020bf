import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTime } from '../../src/normalise/time.ts';

const at = Date.UTC(2026, 2, 2, 18, 7, 16);

test('reads the time of an ordinary record', () => {
  expect(readTime('2026-03-02T18:07:16.1234567Z')).toEqual({ ms: at + 123, how: undefined });
});

test.each([
  ['2026-03-02T18:07:16Z', 0, undefined],
  ['2026-03-02T18:07:16.9Z', 900, undefined],
  ['2026-03-02T18:07:16.123456789Z', 123, undefined],
  ['2026-03-02T18:07:16.9999999+00:00', 999, undefined],
  ['2026-03-02T20:07:16+02:00', 0, undefined],
  ['2026-03-02T12:37:16-05:30', 0, undefined],
  ['2026-03-02T18:07:16', 0, 'no-zone'],
  ['2026-03-02 18:07:16.500', 500, 'no-zone'],
  ['2026-03-02 18:07:16Z', 0, 'loose-iso'],
  ['2026/03/02 18:07:16.6543210', 654, 'no-zone'],
  ['2026-03-02T18:07:16+0000', 0, 'loose-iso'],
  ['2026-03-02T18:07:16 UTC', 0, 'loose-iso'],
  ['3/2/2026 6:07:16 PM', 0, 'us-date'],
  ['03/02/2026 06:07:16 PM', 0, 'us-date'],
  ['03/02/2026 18:07:16', 0, 'us-date'],
  ['3/2/2026 7:07:16 PM +01:00', 0, 'us-date'],
  ['3/2/2026, 6:07:16.250 pm', 250, 'us-date'],
  [`/Date(${at})/`, 0, 'dotnet-date'],
  [`/Date(${at}+0100)/`, 0, 'dotnet-date'],
  [at / 1000, 0, 'epoch-s'],
  [at, 0, 'epoch-ms'],
  [at * 1000, 0, 'epoch-us'],
  [at * 1e6, 0, 'epoch-ns'],
  [621_355_968_000_000_000 + at * 10_000, 0, 'ticks'],
  [String(at / 1000), 0, 'epoch-s'],
  [String(at), 0, 'epoch-ms'],
])('%s', (value, ms, how) => {
  expect(readTime(value)).toEqual({ ms: at + ms, how });
});

test.each([
  ['3/2/2026 12:00:00 AM', Date.UTC(2026, 2, 2, 0)],
  ['3/2/2026 12:00:00 PM', Date.UTC(2026, 2, 2, 12)],
  ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
  ['2026-03-02', Date.UTC(2026, 2, 2)],
  ['2026-03-02T5:32:08.107Z', Date.UTC(2026, 2, 2, 5, 32, 8, 107)],
])('%s is a moment', (value, ms) => {
  expect(readTime(value)?.ms).toBe(ms);
});

test.each([
  '',
  'yesterday',
  '0001-01-01T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-03-02T24:00:00Z',
  '2026-03-02T18:60:00Z',
  '2026-03-02T1x:00:00Z',
  '2026-03-02T18:07:16.12x4567Z',
  '22/08/2026 18:07:16',
  '3/2/2026 13:00:00 PM',
  '3/2/2026 0:00:00 AM',
  '2026-03-02T18:07:16Z'.repeat(10),
  0,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  undefined,
  true,
  {},
])('%s is no time', (value) => {
  expect(readTime(value)).toBeUndefined();
});

const moments = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2199-12-31T23:59:59Z'),
  noInvalidDate: true,
});

test('every moment survives each form it can be written in (property)', () => {
  fc.assert(
    fc.property(moments, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset) => {
      const ms = date.getTime();
      const local = new Date(ms + offset * 60_000).toISOString().slice(0, -1);
      const sign = offset < 0 ? '-' : '+';
      const zone = `${sign}${String(Math.trunc(Math.abs(offset) / 60)).padStart(2, '0')}:${String(Math.abs(offset) % 60).padStart(2, '0')}`;
      const second = Math.floor(ms / 1000) * 1000;
      const us = new Date(second).toLocaleString('en-US', { timeZone: 'UTC' });
      expect(readTime(date.toISOString())?.ms).toBe(ms);
      expect(readTime(`${local}${zone}`)?.ms).toBe(ms);
      expect(readTime(us)?.ms).toBe(second);
      expect(readTime(`/Date(${ms})/`)?.ms).toBe(ms);
    }),
  );
});

test('text of any kind never throws (property)', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.anything()), (value) => void readTime(value)));
});
