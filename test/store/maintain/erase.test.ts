import { describe, expect, test } from 'vitest';
import { erase, planErasure } from '../../../src/store/erase/erase.ts';
import { createSubject } from '../../../src/store/erase/subject.ts';
import { compact } from '../../../src/store/compact.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { T0 } from '../../support/samples.ts';
import { verifyLake } from '../../../src/proof/verify.ts';
import { ORIGIN, signer, verify } from '../lakes.ts';
import { ADA, aLakeOfPeople, anOrder, BOB, DAY, parquetOf } from './worlds.ts';
import type { SmallLake } from './worlds.ts';
import { parquetReader, readRows } from '../../../src/store/parquet-reader.ts';

const subject = createSubject([ADA, `id-of-${ADA}`]);
const order = anOrder();
const now = T0 + 2 * DAY;
const options = { origin: ORIGIN, order, subject };

async function eraseAda(world: SmallLake): Promise<ReturnType<typeof erase>> {
  const erased = await erase(world.lake, world.files, options);
  await vacuum(world.files, ORIGIN, { now, graceMs: DAY });
  return erased;
}

async function bodiesOf(world: SmallLake): Promise<string[]> {
  const bodies: string[] = [];
  for (const path of parquetOf(world, 'captures'))
    for await (const rows of parquetReader.captures(world.memory.map.get(path) ?? Buffer.alloc(0)))
      for (const row of rows) bodies.push(Buffer.from(row.body).toString());
  return bodies;
}

async function columnOf(world: SmallLake, table: string, column: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const path of parquetOf(world, table))
    for (const [value] of await readRows(world.memory.map.get(path) ?? Buffer.alloc(0), [column]))
      values.push(value);
  return values;
}

describe('erasing a person', () => {
  test('takes them out of every message and table, and the lake verifies as erased under the decision', async () => {
    const world = await aLakeOfPeople();
    const erased = await eraseAda(world);
    expect(erased).toMatchObject({
      files: { captures: 5, events: 5, findings: 5 },
      emptied: 5,
      cut: 5,
      rows: 20,
    });
    const everything = Buffer.concat(
      [...world.memory.map].filter(([path]) => path.includes('/day=')).map(([, bytes]) => bytes),
    );
    expect(everything.includes(ADA)).toBe(false);
    expect(await columnOf(world, 'events', 'actor_name')).toEqual(
      expect.arrayContaining([`erased:${order.id}`, BOB]),
    );
    expect(
      (await columnOf(world, 'findings', 'matched')).every((text) =>
        String(text).includes('erased:ERA-2026-001'),
      ),
    ).toBe(true);

    const { ok, faults, carriedOut, checked } = await verify(world.memory);
    expect(faults).toEqual([]);
    expect(ok).toBe(true);
    expect(checked.captures).toBe(15);
    expect(carriedOut).toEqual([{ origin: ORIGIN, order, emptied: 5, cut: 5, removed: 0, changed: 20 }]);
  });

  test('leaves the records of others in a shared message as they were, each in its place', async () => {
    const world = await aLakeOfPeople();
    await eraseAda(world);
    const bodies = await bodiesOf(world);
    expect(bodies.filter((body) => body === '')).toHaveLength(5);
    expect(bodies).toContain(
      JSON.stringify({ records: [{ erased: order.id }, { operationName: 'READ', identity: BOB, n: 3 }] }),
    );
  });

  test('says beforehand what it would take, and writes nothing', async () => {
    const world = await aLakeOfPeople();
    const before = [...world.memory.map.keys()];
    expect(await planErasure(world.files, options)).toMatchObject({
      emptied: 5,
      cut: 5,
      rows: 20,
      seals: [],
    });
    expect([...world.memory.map.keys()]).toEqual(before);
  });

  test('is done once: a second time there is nothing left to erase', async () => {
    const world = await aLakeOfPeople();
    await eraseAda(world);
    expect(await erase(world.lake, world.files, options)).toMatchObject({
      emptied: 0,
      cut: 0,
      rows: 0,
      seals: [],
    });
  });

  test('holds before and after files are put together', async () => {
    const world = await aLakeOfPeople();
    await compact(world.lake, world.files, { origin: ORIGIN, now });
    expect(await eraseAda(world)).toMatchObject({
      files: { captures: 1, events: 1, findings: 1 },
      emptied: 5,
      cut: 5,
    });
    await erase(world.lake, world.files, {
      ...options,
      order: anOrder({ id: 'ERA-2026-002' }),
      subject: createSubject([BOB]),
    });
    await vacuum(world.files, ORIGIN, { now, graceMs: 0 });
    const { faults, carriedOut } = await verify(world.memory);
    expect(faults).toEqual([]);
    expect(carriedOut.map(({ order: { id }, emptied, cut }) => [id, emptied, cut])).toEqual([
      ['ERA-2026-001', 5, 5],
      ['ERA-2026-002', 10, 0],
    ]);
    expect((await bodiesOf(world)).join('')).toBe('');
  });

  test('raises no alarm in a verification that began before it, whenever it comes', async () => {
    for (const moment of [
      /^log\/main\/checkpoint$/,
      /^captures\/day=/,
      /^findings\/day=/,
      /^log\/main\/tile\//,
    ]) {
      const world = await aLakeOfPeople();
      const { lake } = world.memory;
      let isDone = false;
      const read = async (path: string): Promise<Uint8Array | undefined> => {
        if (!isDone && moment.test(path)) {
          isDone = true;
          await eraseAda(world);
        }
        return lake.read(path);
      };
      const { faults } = await verifyLake(
        { read, list: (folder) => lake.list(folder) },
        { verifierKeys: [signer.verifier.verifierKey], parquet: parquetReader },
      );
      expect({ moment, isDone, faults }).toEqual({ moment, isDone: true, faults: [] });
    }
  });

  test('leaves alone what a hold is on', async () => {
    const world = await aLakeOfPeople();
    const held = await erase(world.lake, world.files, {
      ...options,
      isHeld: ({ table }) => table === 'captures',
    });
    expect(held).toMatchObject({ emptied: 0, cut: 0, rows: 20 });
    expect((await verify(world.memory)).faults).toEqual([]);
  });
});
