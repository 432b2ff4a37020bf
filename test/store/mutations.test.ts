import { beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openLake } from '../../src/store/lake.ts';
import { T0 } from '../support/samples.ts';
import { fillLake, openMemoryLake, LAKE_ORIGIN, ORIGIN, verify } from './lakes.ts';
import { createMemory, LAKE } from './memory.ts';
import { mutations } from './mutate.ts';

const small = createMemory();
/** Long enough for full tiles, and partial ones of two levels. */
const long = createMemory();

beforeAll(async () => {
  await fillLake(await openMemoryLake(small.files), 'mutations', 60, 20);
  await fillLake(await openMemoryLake(long.files), 'mutations', 300, 150);
});

test('the lakes to be bent are without a fault', async () => {
  expect((await verify(small)).faults).toEqual([]);
  const result = await verify(long);
  expect(result.faults).toEqual([]);
  expect(result.size).toBeGreaterThan(300);
});

// Bits of any file are the widest net, so they are cast more often than the rest.
test.each(Object.keys(mutations))('%s: found, and the place named', async (name) => {
  const runs = /any file/.test(name) ? 25 : 5;
  for (let run = 0; run < runs; run++) {
    const random = seededRandom(`${name} ${run}`);
    const bent = (run % 5 === 4 ? long : small).copy();
    const { place } = (await mutations[name]?.(bent, random)) ?? { place: /^$/ };
    const result = await verify(bent);
    expect(result.ok, `${name}, run ${run}`).toBe(false);
    expect(result.faults.map((fault) => fault.place).join('\n')).toMatch(place);
  }
});

test('a whole lake put back to an earlier seal is found by a checkpoint that was kept elsewhere', async () => {
  const bent = createMemory();
  const lake = await openMemoryLake(bent.files);
  lake.addNote('pack', { version: 'a' });
  await lake.seal();
  const earlier = bent.copy();
  lake.addNote('pack', { version: 'b' });
  const kept = await lake.seal();
  await lake.close();
  expect((await verify(earlier)).ok).toBe(true);
  const knownCheckpoints = [kept?.checkpoint ?? ''];
  expect((await verify(bent, { knownCheckpoints })).ok).toBe(true);
  const result = await verify(earlier, { knownCheckpoints });
  expect(result.faults).toMatchObject([{ kind: 'rollback', place: 'known checkpoint 1' }]);
});

test('a history rewritten by whoever holds the key is found by a checkpoint that was kept elsewhere', async () => {
  const kept = (await verify(small)).size;
  const checkpoint = small.map.get(`log/main/checkpoints/${kept}`)?.toString() ?? '';
  const other = createMemory();
  await fillLake(await openMemoryLake(other.files), 'another history', 200, 20);
  expect((await verify(other)).ok).toBe(true);
  const result = await verify(other, { knownCheckpoints: [checkpoint] });
  expect(result.faults).toMatchObject([
    { kind: 'rollback', what: expect.stringContaining('history was rewritten') },
  ]);
});

test('a lake signed all over with another key is found by the key had from outside', async () => {
  const bent = createMemory();
  const signer = signerFromSeed(ORIGIN, Buffer.alloc(32, 9));
  const lock = () => ({ isExclusive: true, isHeld: true, release: () => {} });
  const lake = await openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    signer,
    clock: () => T0,
    files: folderFiles(LAKE, 'main', bent.files),
    lock,
  });
  await fillLake(lake, 'mutations');
  const result = await verify(bent);
  expect(result.faults.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['key', 'checkpoint']));
});

test('no more faults are listed than asked for, and all are counted', async () => {
  const bent = small.copy();
  for (const path of bent.map.keys())
    if (path.startsWith('captures/day=')) bent.map.set(path, Buffer.from('gone'));
  const result = await verify(bent, { maxFaults: 2 });
  expect(result.faults).toHaveLength(2);
  expect(result.faultCount).toBeGreaterThan(2);
});
