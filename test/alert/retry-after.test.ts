import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryAfterMs } from '../../src/alert/retry-after.ts';

const now = Date.UTC(2026, 2, 2, 9);

test('seconds and HTTP dates are understood', () => {
  expect(retryAfterMs('120', now)).toBe(120_000);
  expect(retryAfterMs('0', now)).toBe(0);
  expect(retryAfterMs(' 7 ', now)).toBe(7000);
  expect(retryAfterMs('Mon, 02 Mar 2026 09:02:00 GMT', now)).toBe(120_000);
  expect(retryAfterMs('Mon, 02 Mar 2026 08:00:00 GMT', now)).toBe(0);
});

test.each([
  null,
  '',
  'soon',
  '-3',
  '1.5',
  '1e9',
  '99999999999999',
  'Mon, 99 Foo 2026 09:02:00 GMT',
  '2026-03-02T09:02:00Z',
])('%j asks for nothing', (header) => {
  expect(retryAfterMs(header, now)).toBeUndefined();
});

test('any text gives a wait that is finite and not negative, or nothing', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const wait = retryAfterMs(text, now);
      expect(wait === undefined || (Number.isFinite(wait) && wait >= 0)).toBe(true);
    }),
  );
});
