import { describe, expect, test } from 'vitest';
import type { Row } from '../../../src/collect/log-analytics/rows.ts';
import { messageOf, newSlice, slicesFrom, takeRows } from '../../../src/collect/log-analytics/slices.ts';
import { createNormalise } from '../../../src/normalise/normalise.ts';
import { redact } from '../../../src/normalise/redact.ts';
import { normalisers } from '../../../src/normalise/registry.ts';
import { T0 } from '../../support/samples.ts';

const MINUTE = 60_000;
const row = (digest: string): Row => ({
  digest,
  record: { TimeGenerated: '2026-03-02T09:00:00Z', Type: 'SecurityIncident', Title: digest },
});
const digests = (rows: readonly Row[]): string[] => rows.map(({ digest }) => digest);
const [a, b] = ['a'.repeat(32), 'b'.repeat(32)];

test('a slice takes each row once, and as many that are the same as there are', () => {
  const slice = newSlice(T0, T0 + MINUTE);
  expect(digests(takeRows(slice, [row(a), row(a), row(b)]))).toEqual([a, a, b]);
  expect(digests(takeRows(slice, [row(a), row(a), row(a), row(b)]))).toEqual([a]);
  expect(takeRows(slice, [row(a), row(b)])).toEqual([]);
});

test('a message normalises to its rows, and its digests outlive the redaction of secrets', () => {
  const body = messageOf(newSlice(T0, T0 + MINUTE), [row(a), row(b)]);
  const stored = redact(body);
  expect(stored.redactions).toEqual([]);
  const { items, failures } = createNormalise(normalisers)({ body: stored.body, receivedAt: T0 });
  expect([items.length, failures]).toEqual([2, []]);
});

describe('after a restart', () => {
  const at = (minute: number): number => T0 + minute * MINUTE;
  const message = (from: number, until: number, ...of: string[]): Uint8Array =>
    messageOf(newSlice(at(from), at(until)), of.map(row));
  const shape = (bodies: readonly Uint8Array[], since: number, end: number) =>
    slicesFrom(bodies, at(since), at(end)).map(({ from, until, taken }) => [
      (from - T0) / MINUTE,
      (until - T0) / MINUTE,
      Object.fromEntries(taken),
    ]);

  test('slices are known by their messages, late ones among them, and what lies between held nothing', () => {
    const bodies = [message(5, 10, a, b), message(20, 25, a), message(5, 10, a)];
    expect(shape(bodies, 0, 30)).toEqual([
      [0, 5, {}],
      [5, 10, { [a]: 2, [b]: 1 }],
      [10, 20, {}],
      [20, 25, { [a]: 1 }],
      [25, 30, {}],
    ]);
  });

  test('slices of another length, and those that begin before the window, stay whole', () => {
    expect(shape([message(0, 60, a), message(60, 65, b), message(-90, -60, b)], 30, 65)).toEqual([
      [0, 60, { [a]: 1 }],
      [60, 65, { [b]: 1 }],
    ]);
  });

  test.each([
    ['was erased', Buffer.of()],
    ['comes from an older version', Buffer.from('{"records":[{}]}')],
    ['has times that are none', Buffer.from('{"records":[],"from":"x","until":"y","digests":[]}')],
  ])('nothing is looked for again when a message %s', (_what, body) => {
    expect(shape([message(5, 10, a), body], 0, 30)).toEqual([]);
  });

  test('nothing sealed is one empty slice', () => {
    expect(shape([], 0, 30)).toEqual([[0, 30, {}]]);
    expect(shape([message(0, 30, a)], 0, 30)).toHaveLength(1);
  });
});
