import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { demo } from '../../src/collect/demo.ts';
import { demoDay } from '../../src/collect/demo/day.ts';
import { malformedOf } from '../../src/collect/demo/malformed.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { at, batchesOf, capturesOf, recordsOf, settingsOf, textAt, textOf } from './demo-world.ts';
import type { SeenRecord } from './demo-world.ts';

const start = Date.UTC(2026, 2, 2);
let captures: readonly Capture[];
let records: readonly SeenRecord[];
let unreadable: readonly Capture[];

beforeAll(async () => {
  captures = await capturesOf();
  ({ records, unreadable } = recordsOf(captures));
});

const digest = (of: readonly Capture[]): string => {
  const hash = createHash('sha256');
  for (const { stream, sequence, enqueuedAt, receivedAt, body } of of) {
    hash.update(`${stream} ${sequence} ${enqueuedAt} ${receivedAt}\n`).update(body);
  }
  return hash.digest('hex');
};

test('a day of the demo tenant is fifty thousand records and more, from ten partitions of five hubs', () => {
  expect(records.length).toBeGreaterThan(50_000);
  expect(records.length).toBeLessThan(75_000);
  expect([...new Set(captures.map(({ stream }) => stream))].toSorted()).toEqual([
    'demo/ai-diagnostics/0',
    'demo/ai-diagnostics/1',
    'demo/ai-diagnostics/2',
    'demo/ai-diagnostics/3',
    'demo/defender-export/0',
    'demo/entra/0',
    'demo/entra/1',
    'demo/insights-activity-logs/0',
    'demo/platform/0',
    'demo/platform/1',
  ]);
});

test('the same seed gives the same bytes, times and sequences; another seed gives others', async () => {
  const day = { records: 2_000 };
  const first = digest(await capturesOf(day));
  expect(digest(await capturesOf(day))).toBe(first);
  expect(digest(await capturesOf({ ...day, seed: 'another' }))).not.toBe(first);
});

test('sequences of a stream have no gaps, and captures come in the order they are received', () => {
  const next = new Map<string, number>();
  const enqueued = new Map<string, number>();
  let received = 0;
  const misplaced: Capture[] = [];
  for (const capture of captures) {
    const { stream, sequence, enqueuedAt = Number.NaN, receivedAt } = capture;
    const isNext = sequence === (next.get(stream) ?? 0) && enqueuedAt >= (enqueued.get(stream) ?? 0);
    if (!isNext || receivedAt < received || !(receivedAt > enqueuedAt)) misplaced.push(capture);
    next.set(stream, sequence + 1);
    enqueued.set(stream, enqueuedAt);
    received = receivedAt;
  }
  expect(misplaced).toEqual([]);
});

test('every message but the planned malformed ones is an envelope of 1 to 60 records', () => {
  const bad = new Set(unreadable);
  const isEnvelope = (text: string): boolean => {
    const { records: held, ...rest } = JSON.parse(text) as { records: unknown[] };
    return held.length >= 1 && held.length <= 60 && Object.keys(rest).length === 0;
  };
  const readable = captures.filter((capture) => !bad.has(capture)).map(textOf);
  expect(readable.find((text) => !isEnvelope(text))).toBeUndefined();
  const planned = malformedOf('plumbline', start);
  expect([...bad].map(textOf).toSorted()).toEqual(planned.map(({ text }) => text).toSorted());
  expect(planned).toHaveLength(12);
});

test('batches hold up to 120 captures, and nothing is read of the clock', async () => {
  const sizes: number[] = [];
  for await (const batch of batchesOf({ records: 20_000 })) sizes.push(batch.length);
  const last = sizes.pop();
  expect(new Set(sizes)).toEqual(new Set([120]));
  expect(last).toBeLessThanOrEqual(120);
});

/** Minutes from a record's time to the moment its message was taken in; undefined when it has no plain time. */
function lagOf({ record, capture }: SeenRecord): number | undefined {
  const time = typeof record['time'] === 'string' ? Date.parse(record['time']) : Number.NaN;
  return Number.isNaN(time) || capture.enqueuedAt === undefined
    ? undefined
    : (capture.enqueuedAt - time) / MINUTE_MS;
}

test('resource logs arrive three to eleven minutes late, the Activity Log up to twenty', () => {
  const lagsIn = (hub: string): number[] =>
    records
      .filter(({ capture, record }) => capture.stream.includes(hub) && textAt(record, 'time').endsWith('Z'))
      .map(lagOf)
      .filter((lag) => lag !== undefined)
      .toSorted((a, b) => a - b);
  for (const [hub, low, high] of [
    ['ai-diagnostics', 2.8, 11],
    ['platform', 3, 11],
    ['insights-activity-logs', 2.9, 21],
    ['entra', 2, 10],
  ] as const) {
    const lags = lagsIn(hub);
    expect(lags.at(0)).toBeGreaterThanOrEqual(low);
    expect(lags.at(-1)).toBeLessThanOrEqual(high);
  }
});

test('people work by day in two zones, and backups run by night', () => {
  const perHour = (matches: (record: SeenRecord) => boolean): number[] => {
    const counts = Array.from({ length: 24 }, () => 0);
    for (const seen of records.filter(matches)) {
      const hour = Math.floor((Date.parse(textAt(seen.record, 'time')) - start) / HOUR_MS);
      counts[hour] = (counts[hour] ?? 0) + 1;
    }
    return counts;
  };
  const signIns = perHour(({ record }) => record['category'] === 'SignInLogs');
  expect(signIns[10]).toBeGreaterThan(10 * (signIns[3] ?? 0));
  expect(signIns[20]).toBeGreaterThan(3 * (signIns[3] ?? 0));
  const copies = perHour(
    ({ record }) =>
      record['category'] === 'StorageRead' &&
      at(record, 'identity.type') === 'OAuth' &&
      textAt(record, 'properties.userAgentHeader').startsWith('AzCopy'),
  );
  expect(copies[2]).toBeGreaterThan(5 * (copies[10] ?? 0));
});

test('a collector that starts again skips what is durable already', async () => {
  const durable = new Map([
    ['demo/platform/0', 20],
    ['demo/entra/1', 3],
  ]);
  const again: Capture[] = [];
  for await (const batch of batchesOf({ records: 2_000 }, durable)) again.push(...batch);
  const all = await capturesOf({ records: 2_000 });
  expect(digest(again)).toBe(
    digest(all.filter(({ stream, sequence }) => sequence > (durable.get(stream) ?? -1))),
  );
});

test('an aborted signal ends the day at once', async () => {
  const abort = new AbortController();
  let batches = 0;
  for await (const batch of batchesOf({}, new Map(), abort.signal)) {
    expect(batch.length).toBeGreaterThan(0);
    batches++;
    abort.abort();
  }
  expect(batches).toBe(1);
});

test('progress counts the bytes handed over', async () => {
  const collector = demo.create(settingsOf({ records: 1_000 }), {
    source: 'demo',
    signal: new AbortController().signal,
    clock: () => 0,
    log: silentLogger,
    durableSequence: () => Promise.resolve(undefined),
  });
  let bytes = 0;
  for await (const batch of collector.batches()) for (const { body } of batch) bytes += body.byteLength;
  expect(collector.progress?.()).toEqual({ doneBytes: bytes, totalBytes: undefined });
});

test('the day is made hour by hour: no step holds more than a busy hour of it', () => {
  const hours = [...demoDay(settingsOf({ records: 20_000 }), 'demo')].map((hour) =>
    hour.reduce((sum, { body }) => sum + body.byteLength, 0),
  );
  const total = hours.reduce((a, b) => a + b, 0);
  expect(hours).toHaveLength(25);
  expect(Math.max(...hours)).toBeLessThan(total / 8);
});

test('the number of records scales the traffic, and another start moves the day', async () => {
  const small = await capturesOf({ records: 5_000, start: '2026-06-01T00:00:00Z' });
  const count = recordsOf(small).records.length;
  expect(count).toBeGreaterThan(4_500);
  expect(count).toBeLessThan(7_500);
  const day = Date.UTC(2026, 5, 1);
  expect(small.at(0)?.receivedAt).toBeGreaterThan(day);
  expect(small.at(-1)?.receivedAt).toBeLessThan(day + DAY_MS + HOUR_MS);
});

test.each([
  [{ start: '2026-03-02' }, 'start'],
  [{ start: '2026-03-02T00:30:00Z' }, 'must be on the hour'],
  [{ stories: ['no-such-story'] }, 'stories'],
  [{ records: 10 }, 'records'],
  [{ seed: '' }, 'seed'],
])('settings %j are refused with a reason', (over, reason) => {
  const { success, error } = demo.settings.safeParse({ type: 'demo', ...over });
  expect(success).toBe(false);
  expect(JSON.stringify(error?.issues)).toContain(reason);
});
