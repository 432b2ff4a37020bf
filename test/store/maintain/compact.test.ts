import { expect, test } from 'vitest';
import { compact } from '../../../src/store/compact.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { readSnapshot } from '../../../src/store/snapshot.ts';
import { T0 } from '../../support/samples.ts';
import { ORIGIN, openMemoryLake, verify } from '../lakes.ts';
import { aLakeOfPeople, DAY, parquetOf, takePeople } from './worlds.ts';

const now = T0 + 2 * DAY;

test('small files of a closed day become one file of each table, and the lake verifies with and without the old ones', async () => {
  const world = await aLakeOfPeople();
  const before = await verify(world.memory);
  const result = await compact(world.lake, world.files, { origin: ORIGIN, now });
  expect(result).toEqual({ files: 15, into: 3, seals: 1 });

  const after = await verify(world.memory);
  expect(after.faults).toEqual([]);
  expect(after.checked.captures).toBe(before.checked.captures);
  expect(after.checked.rows).toBe(before.checked.rows);
  expect(after.compacted).toEqual({ files: 15, into: 3 });
  expect(parquetOf(world, 'captures')).toHaveLength(6);
  expect((await readSnapshot(world.files)).files.captures).toHaveLength(1);

  expect(await vacuum(world.files, ORIGIN, { now: now + DAY, graceMs: DAY })).toBe(15);
  expect(parquetOf(world, 'captures')).toHaveLength(1);
  expect((await verify(world.memory)).faults).toEqual([]);
});

test('the files of today and what is within its grace stay where they are', async () => {
  const world = await aLakeOfPeople(() => T0);
  expect(await compact(world.lake, world.files, { origin: ORIGIN, now: T0 })).toEqual({
    files: 0,
    into: 0,
    seals: 0,
  });
  await compact(world.lake, world.files, { origin: ORIGIN, now });
  expect(await vacuum(world.files, ORIGIN, { now: T0 + DAY - 1, graceMs: DAY })).toBe(0);
});

test('what is taken in while files are put together keeps its leaves, and seals go on', async () => {
  const world = await aLakeOfPeople();
  takePeople(world.lake, 100, ['eve@example.com']);
  const compacting = compact(world.lake, world.files, { origin: ORIGIN, now });
  takePeople(world.lake, 101, ['eve@example.com']);
  await compacting;
  takePeople(world.lake, 102, ['eve@example.com']);
  await world.lake.seal();
  await compact(world.lake, world.files, { origin: ORIGIN, now, least: 2 });
  await vacuum(world.files, ORIGIN, { now, graceMs: 0 });
  const { faults, checked } = await verify(world.memory);
  expect(faults).toEqual([]);
  expect(checked.captures).toBe(18);
  await world.lake.close();
  const again = await openMemoryLake(world.memory.files);
  expect(again.size).toBe(world.lake.size);
});

test('a file that is not what the log has is not put together with others', async () => {
  const world = await aLakeOfPeople();
  const [path = ''] = parquetOf(world, 'events');
  const bytes = Buffer.from(world.memory.map.get(path) ?? []);
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  world.memory.map.set(path, bytes);
  await expect(compact(world.lake, world.files, { origin: ORIGIN, now })).rejects.toMatchObject({
    code: 'TAMPERING',
  });
});
