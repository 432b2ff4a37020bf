import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { collectors, createCollector, probeOf } from '../../src/collect/registry.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { planJson } from '../guardrails/plans.ts';
import { eventHubsHarness } from '../support/amqp/harness.ts';
import { storageBlobsHarness } from '../support/azure/blobs.ts';
import { defenderHarness } from '../support/azure/defender.ts';
import { logAnalyticsHarness } from '../support/azure/log-analytics.ts';
import { brokerArtifacts } from '../support/kafka/artifacts.ts';
import { kafkaHarness } from '../support/kafka/harness.ts';
import { T0 } from '../support/samples.ts';
import { settingsAlone } from './harness.ts';
import type { Harness } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['a.ndjson', 'b.ndjson']) {
  writeFileSync(
    join(folder, name),
    Array.from({ length: 2000 }, (_, n) => `{"file":"${name}","n":${n}}\n`).join(''),
  );
}

const plans = join(folder, 'plans');
mkdirSync(plans);
for (let n = 0; n < 24; n++) {
  const plan = planJson([{ at: `azurerm_search_service.s${n}`, after: { location: 'uksouth' } }]);
  writeFileSync(join(plans, `${n}.json`), JSON.stringify(plan));
}

const start = '2026-03-02T00:00:00Z';
const inFolder = {
  paths: ['a.ndjson', 'b.ndjson'].map((name) => join(folder, name)),
  blockKib: 1,
  maxValueMib: 1,
};

/** What each kind is tried with; a new kind adds its own. */
const harnesses: Record<(typeof collectors)[number]['type'], () => Promise<Harness>> = {
  defender_posture: defenderHarness,
  demo: async () => settingsAlone({ type: 'demo', seed: 'conformance', stories: true, records: 2000, start }),
  event_hubs: eventHubsHarness,
  files: async () => settingsAlone({ type: 'files', ...inFolder }),
  kafka: kafkaHarness,
  log_analytics: logAnalyticsHarness,
  pipeline_results: async () =>
    settingsAlone({ type: 'pipeline_results', paths: [plans], regions: ['uksouth'], allowDataZones: false }),
  storage_blobs: storageBlobsHarness,
};

/** A source without an end is listened to for this much longer than it should take, for what it should not yield. */
const STRAY_MS = 250;

async function collect(
  { settings, holds }: Pick<Harness, 'settings' | 'holds'>,
  over: { taken?: readonly Capture[]; signal?: AbortSignal; stopAfter?: number } = {},
): Promise<Capture[]> {
  const durable = lastOf(over.taken ?? []);
  const enough = new AbortController();
  const collector = createCollector(settings, {
    source: 'conformance',
    signal: AbortSignal.any([enough.signal, ...(over.signal === undefined ? [] : [over.signal])]),
    clock: () => T0,
    log: silentLogger,
    durableSequence: (stream) => Promise.resolve(durable.get(stream)),
  });
  const captures: Capture[] = [];
  const endWhenAllIsThere = async (): Promise<void> => {
    if (holds === undefined) return;
    const due = holds - (over.taken?.length ?? 0);
    while (captures.length < due && !enough.signal.aborted) await sleep(5);
    await sleep(STRAY_MS);
    enough.abort();
  };
  const ending = endWhenAllIsThere();
  for await (const batch of collector.batches()) {
    captures.push(...batch);
    if (captures.length >= (over.stopAfter ?? Number.POSITIVE_INFINITY)) break;
  }
  enough.abort();
  await ending;
  return captures;
}

/** Last sequence of each stream. */
const lastOf = (captures: readonly Capture[]): Map<string, number> =>
  new Map(captures.map(({ stream, sequence }) => [stream, sequence]));
const keyOf = ({ stream, sequence, body }: Capture): string =>
  `${stream}|${sequence}|${Buffer.from(body).toString('latin1')}`;

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether real servers may be started. */
    readonly isLive: boolean;
  }
}

/** Kinds tried apart: the first needs a real server, the second a process in which no other identity was asked for. */
const apart = new Set<string>(['kafka', 'log_analytics']);

const canRun = (type: string): boolean => {
  if (apart.has(type) !== inject('isLive')) return false;
  if (type !== 'kafka') return true;
  const broker = brokerArtifacts();
  if (broker.kind === 'missing') console.log(`kafka is left out: ${broker.reason}`);
  return broker.kind === 'ready';
};

describe.each(collectors.map(({ type }) => type).filter(canRun))('the %s collector', (type) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await harnesses[type]();
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  test('says what it is, and its settings parse', () => {
    const kind = collectors.find((candidate) => candidate.type === type);
    expect(kind?.summary).toMatch(/^[A-Z].*\.$/);
    expect(kind?.settings.safeParse(harness.settings).success).toBe(true);
    expect(kind?.settings.safeParse({ ...harness.settings, unheardOf: 1 }).success).toBe(false);
  });

  test('yields captures of its source whose sequences grow within each stream', async () => {
    const captures = await collect(harness);
    expect(captures.length).toBeGreaterThan(20);
    const last = new Map<string, number>();
    const wrong = captures.filter(({ source, stream, sequence, receivedAt }) => {
      const isNext = Number.isSafeInteger(sequence) && sequence > (last.get(stream) ?? -1);
      last.set(stream, sequence);
      return source !== 'conformance' || !isNext || !(receivedAt > 0);
    });
    expect(wrong).toEqual([]);
  });

  test('yields the same captures each time it is asked', async () => {
    const keys = async (): Promise<string[]> => (await collect(harness)).map(keyOf).toSorted();
    expect(await keys()).toEqual(await keys());
  });

  test('goes on behind what is durable, without a gap and without a repeat', async () => {
    const all = await collect(harness);
    const taken = all.slice(0, Math.floor(all.length / 3));
    const rest = await collect(harness, { taken });
    expect([...taken, ...rest].map(keyOf).toSorted()).toEqual(all.map(keyOf).toSorted());
  });

  test('yields nothing more when everything is durable', async () => {
    expect(await collect(harness, { taken: await collect(harness) })).toEqual([]);
  });

  test('can be tried without being read, where there is something to sign in to', async () => {
    const probe = probeOf(harness.settings);
    expect(probe === undefined).toBe(['demo', 'files', 'pipeline_results'].includes(type));
    if (probe === undefined) return;
    const { signal } = new AbortController();
    expect(await probe({ source: 'conformance', signal, clock: () => T0 })).toMatch(/\b[1-9]\d*\b/);
  });

  test('ends when it is told to', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(await collect(harness, { signal: abort.signal })).toEqual([]);
  });

  test('can be left in the middle', async () => {
    const some = await collect(harness, { stopAfter: 1 });
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan((await collect(harness)).length);
  });
});
