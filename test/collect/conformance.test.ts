import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { collectors, createCollector } from '../../src/collect/registry.ts';
import type { CollectorSettings } from '../../src/collect/registry.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { T0 } from '../support/samples.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-conformance-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const name of ['a.ndjson', 'b.ndjson']) {
  writeFileSync(
    join(folder, name),
    Array.from({ length: 2000 }, (_, n) => `{"file":"${name}","n":${n}}\n`).join(''),
  );
}

/** Settings under which each kind of collector yields a good many captures; a new kind adds its own. */
const settingsFor: Record<(typeof collectors)[number]['type'], CollectorSettings> = {
  demo: { type: 'demo', seed: 'conformance', stories: true, records: 2000, start: '2026-03-02T00:00:00Z' },
  files: { type: 'files', paths: [folder], blockKib: 1, maxValueMib: 1 },
};

async function collect(
  settings: CollectorSettings,
  over: { durable?: ReadonlyMap<string, number>; signal?: AbortSignal; stopAfter?: number } = {},
): Promise<Capture[]> {
  const collector = createCollector(settings, {
    source: 'conformance',
    signal: over.signal ?? new AbortController().signal,
    clock: () => T0,
    log: silentLogger,
    durableSequence: (stream) => Promise.resolve(over.durable?.get(stream)),
  });
  const captures: Capture[] = [];
  for await (const batch of collector.batches()) {
    captures.push(...batch);
    if (captures.length >= (over.stopAfter ?? Number.POSITIVE_INFINITY)) break;
  }
  return captures;
}

/** Last sequence of each stream. */
const lastOf = (captures: readonly Capture[]): Map<string, number> =>
  new Map(captures.map(({ stream, sequence }) => [stream, sequence]));
const keyOf = ({ stream, sequence, body }: Capture): string =>
  `${stream}|${sequence}|${Buffer.from(body).toString('latin1')}`;

describe.each(collectors.map(({ type }) => type))('the %s collector', (type) => {
  const settings = settingsFor[type];

  test('says what it is, and its settings parse', () => {
    const kind = collectors.find((candidate) => candidate.type === type);
    expect(kind?.summary).toMatch(/^[A-Z].*\.$/);
    expect(kind?.settings.safeParse(settings).success).toBe(true);
    expect(kind?.settings.safeParse({ ...settings, unheardOf: 1 }).success).toBe(false);
  });

  test('yields captures of its source whose sequences grow within each stream', async () => {
    const captures = await collect(settings);
    expect(captures.length).toBeGreaterThan(20);
    const last = new Map<string, number>();
    for (const { source, stream, sequence, receivedAt } of captures) {
      expect(source).toBe('conformance');
      expect(Number.isSafeInteger(sequence)).toBe(true);
      expect(sequence).toBeGreaterThan(last.get(stream) ?? -1);
      expect(receivedAt).toBeGreaterThan(0);
      last.set(stream, sequence);
    }
  });

  test('yields the same captures each time it is asked', async () => {
    expect((await collect(settings)).map(keyOf)).toEqual((await collect(settings)).map(keyOf));
  });

  test('goes on behind what is durable, without a gap and without a repeat', async () => {
    const all = await collect(settings);
    const taken = all.slice(0, Math.floor(all.length / 3));
    const rest = await collect(settings, { durable: lastOf(taken) });
    expect([...taken, ...rest].map(keyOf).toSorted()).toEqual(all.map(keyOf).toSorted());
  });

  test('yields nothing more when everything is durable', async () => {
    expect(await collect(settings, { durable: lastOf(await collect(settings)) })).toEqual([]);
  });

  test('ends when it is told to', async () => {
    const abort = new AbortController();
    abort.abort();
    expect(await collect(settings, { signal: abort.signal })).toEqual([]);
  });

  test('can be left in the middle', async () => {
    const some = await collect(settings, { stopAfter: 1 });
    expect(some.length).toBeGreaterThan(0);
    expect(some.length).toBeLessThan((await collect(settings)).length);
  });
});
