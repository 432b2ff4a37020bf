import { expect, test } from 'vitest';
import { tableNames } from '../../../src/domain/tables.ts';
import { DAY_MS } from '../../../src/lib/clock.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import type { Files } from '../../../src/store/files.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { createKeeper } from '../../../src/store/maintain/keeper.ts';
import type { Kept, KeeperOptions } from '../../../src/store/maintain/keeper.ts';
import { retain } from '../../../src/store/retain.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { readSnapshot } from '../../../src/store/snapshot.ts';
import { anEvent, T0 } from '../../support/samples.ts';
import { aCapture, openMemoryLake, ORIGIN, verify } from '../lakes.ts';
import { createMemory, LAKE } from '../memory.ts';
import type { Memory } from '../memory.ts';
import { anOrder } from './worlds.ts';

interface World {
  readonly memory: Memory;
  readonly files: Files;
  readonly lake: Lake;
  readonly told: Kept[];
  readonly keeper: ReturnType<typeof createKeeper>;
  /** Makes so many seals of a day, a message each. */
  readonly seals: (count: number, day: number) => Promise<void>;
  readonly parquet: () => number;
}

async function world(over: Partial<KeeperOptions> = {}): Promise<World> {
  const memory = createMemory();
  let now = T0;
  const lake = await openMemoryLake(memory.files, () => now);
  const files = folderFiles(LAKE, 'main', memory.files);
  const told: Kept[] = [];
  let sequence = 0;
  return {
    memory,
    files,
    lake,
    told,
    keeper: createKeeper({
      lake,
      files,
      origin: ORIGIN,
      compactFrom: 4,
      graceMs: 2 * DAY_MS,
      signal: new AbortController().signal,
      tell: (kept) => told.push(kept),
      ...over,
    }),
    async seals(count, day) {
      now = T0 + day * DAY_MS;
      for (let i = 0; i < count; i++) {
        sequence++;
        const leaf = lake.append(aCapture({ sequence, receivedAt: now })) ?? -1;
        lake.addEvents([anEvent({ id: `e-${sequence}`, evidence: { leaf, record: 0 } })]);
        await lake.seal();
      }
    },
    parquet: () => [...memory.map.keys()].filter((path) => path.endsWith('.zstd.parquet')).length,
  };
}

const done = (task: string, files: number) => ({ task, outcome: 'done', files });

test('small files of a closed day are put together when they pile up, and the old ones go after their time', async () => {
  const { keeper, seals, told, memory, parquet, files } = await world();
  await seals(3, 0);
  await keeper.keep(T0 + DAY_MS);
  expect(told.splice(0)).toEqual([done('vacuum', 0)]);
  await seals(2, 0);
  await keeper.keep(T0);
  expect(told.splice(0)).toEqual([done('vacuum', 0)]);
  await keeper.keep(T0 + DAY_MS);
  expect(told.splice(0)).toEqual([done('compact', 10), done('vacuum', 0)]);
  expect(parquet()).toBe(12);
  await keeper.keep(T0 + DAY_MS);
  expect(told.splice(0)).toEqual([]);
  await keeper.keep(T0 + 3 * DAY_MS);
  expect(told.splice(0)).toEqual([done('vacuum', 10)]);
  expect(parquet()).toBe(2);
  const { faults } = await verify(memory);
  expect(faults).toEqual([]);
  const rows = (await readSnapshot(files)).files.captures.map((file) => file.rows);
  expect(rows).toEqual([5]);
});

test('nothing is put together or deleted where the configuration does not say so', async () => {
  const { keeper, seals, told, parquet } = await world({ compactFrom: 0 });
  await seals(6, 0);
  await keeper.keep(T0 + 900 * DAY_MS);
  expect(told).toEqual([done('vacuum', 0)]);
  expect(parquet()).toBe(12);
});

test('what is past its time goes once a day, from the disk as well, and the log says by whose order', async () => {
  const order = {
    act: 'retain' as const,
    id: 'retention-1',
    reason: 'over',
    requestedBy: 'plumbline run',
    approvedBy: 'the configuration',
    rules: [],
    basis: '',
  };
  const asked: number[] = [];
  const { keeper, seals, told, memory, files } = await world({
    compactFrom: 0,
    retention: (now) => {
      asked.push(now);
      return {
        origin: ORIGIN,
        order,
        things: [...tableNames, 'azure_activity', 'entra_signin', 'azure_openai'],
        isPast: (_thing, day) => Date.parse(day) + 10 * DAY_MS < now,
      };
    },
  });
  await seals(2, 0);
  await seals(1, 9);
  await keeper.keep(T0 + 9 * DAY_MS);
  await keeper.keep(T0 + 9 * DAY_MS + 1000);
  expect(told.splice(0)).toEqual([done('retain', 0), done('vacuum', 0)]);
  await keeper.keep(T0 + 12 * DAY_MS);
  expect(told.splice(0)).toEqual([done('retain', 4), done('vacuum', 4)]);
  expect(asked).toHaveLength(2);
  const result = await verify(memory);
  expect(result.faults).toEqual([]);
  expect((await readSnapshot(files)).files.events.map(({ rows }) => rows)).toEqual([1]);
});

test('what fails is told and done another time; what has ended begins nothing', async () => {
  const ending = new AbortController();
  const { keeper, seals, told, memory } = await world({ signal: ending.signal });
  await seals(5, 0);
  const path = [...memory.map.keys()].find((name) => name.startsWith('events/day=')) ?? '';
  const whole = memory.map.get(path) ?? Buffer.alloc(0);
  memory.map.set(path, Buffer.from('changed'));
  await keeper.keep(T0 + DAY_MS);
  expect(told.splice(0)).toMatchObject([
    { task: 'compact', outcome: 'failed', problem: { code: 'TAMPERING' } },
    done('vacuum', 0),
  ]);
  memory.map.set(path, whole);
  await keeper.keep(T0 + DAY_MS);
  expect(told.splice(0)).toEqual([done('compact', 10)]);
  await seals(5, 2);
  ending.abort();
  await keeper.keep(T0 + 4 * DAY_MS);
  expect(told).toEqual([]);
});

test('what maintenance sealed on its way is answered to whoever seals next', async () => {
  const { keeper, seals, lake } = await world();
  await seals(4, 0);
  lake.append(aCapture({ sequence: 50 }));
  await keeper.keep(T0 + DAY_MS);
  // It is durable, and whoever took it in has yet to hear of it.
  expect(lake.cursors().get('openai-logs/0')).toBe(50);
  expect(lake.pending).toMatchObject({ captures: 0, oldestAt: T0 });
  expect(await lake.seal()).toMatchObject({ seal: 5, rows: { captures: 1 } });
  expect(lake.pending.oldestAt).toBeUndefined();
  expect(await lake.seal()).toBeUndefined();
});

test('what an order deleted is gone from the disk when the lake is opened next, whenever the process died', async () => {
  const { seals, memory, files, lake, parquet } = await world();
  await seals(3, 0);
  await seals(2, 1);
  const order = anOrder({ act: 'retain' });
  const things = ['captures', 'azure_activity', 'entra_signin', 'azure_openai'];
  const isPast = (_thing: string, day: string): boolean => day === new Date(T0).toISOString().slice(0, 10);
  const { seals: orders } = await retain(lake, files, { origin: ORIGIN, order, things, isPast });
  expect(orders.length).toBeGreaterThan(0);
  await lake.close();
  const before = parquet();
  await (await openMemoryLake(memory.files)).close();
  // Three files of events, and three of captures whose bodies are gone from what took their place.
  expect(before - parquet()).toBe(6);
  expect((await verify(memory)).faults).toEqual([]);
});

test('files that were put together stay no longer than an order that deletes of what came of them', async () => {
  const { seals, memory, files, lake, keeper, parquet } = await world();
  await seals(5, 0);
  await keeper.keep(T0 + DAY_MS);
  expect(parquet()).toBe(12);
  const order = anOrder({ act: 'retain' });
  const things = ['captures', 'azure_activity', 'entra_signin', 'azure_openai'];
  await retain(lake, files, { origin: ORIGIN, order, things, isPast: () => true });
  await vacuum(files, ORIGIN, { now: T0, graceMs: 30 * DAY_MS });
  // One of captures, without bodies.
  expect(parquet()).toBe(1);
  expect((await verify(memory)).faults).toEqual([]);
});
