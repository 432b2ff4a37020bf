import { expect, test } from 'vitest';
import { compact } from '../../../src/store/compact.ts';
import { pseudonymsOf } from '../../../src/store/encryption/pseudonym.ts';
import { openFile } from '../../../src/store/encryption/opened-file.ts';
import { erase } from '../../../src/store/erase/erase.ts';
import { createSubject } from '../../../src/store/erase/subject.ts';
import { columnOf, openOwnFiles } from '../../../src/store/maintain/own-files.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { retain } from '../../../src/store/retain.ts';
import { T0 } from '../../support/samples.ts';
import { ORIGIN, verify } from '../lakes.ts';
import { createMemory, LAKE } from '../memory.ts';
import { ADA, anOrder, BOB, DAY, takePeople } from '../maintain/worlds.ts';
import { openEncrypted, payloadOf } from './encrypted-lakes.ts';

const now = T0 + 2 * DAY;

async function encryptedPeople(pseudonymise: readonly ('actor' | 'target')[] = []) {
  const memory = createMemory();
  const opened = await openEncrypted(LAKE, { disk: memory.files, clock: () => now, pseudonymise });
  for (let seal = 0; seal < 5; seal++) {
    takePeople(opened.lake, seal * 3 + 1, [ADA]);
    takePeople(opened.lake, seal * 3 + 2, [BOB]);
    takePeople(opened.lake, seal * 3 + 3, [ADA, BOB]);
    await opened.lake.seal();
  }
  return { ...opened, memory, payload: payloadOf(opened.keys) };
}
type World = Awaited<ReturnType<typeof encryptedPeople>>;

/** Everything of the lake that can be read with its keys, as one text. */
async function plainText({ files, keys }: World): Promise<string> {
  const own = await openOwnFiles(files, ORIGIN);
  const texts: string[] = [];
  for (const file of own.files) {
    const { columns } = openFile(keys.ring, file.table, await own.read(file));
    for (const cell of columns.flat())
      texts.push(cell instanceof Uint8Array ? Buffer.from(cell).toString() : String(cell));
  }
  return texts.join('\n');
}

test('files are put together without a key, and every body opens in its new place', async () => {
  const world = await encryptedPeople();
  await compact(world.lake, world.files, { origin: ORIGIN, now });
  await vacuum(world.files, ORIGIN, { now: now + DAY, graceMs: 0 });
  const { payload, memory } = world;
  const opened = await verify(memory, { payload });
  expect(opened.faults).toEqual([]);
  expect(opened.payloads.opened).toBe(15);
  const locked = await verify(memory);
  expect(locked.faults).toEqual([]);
  expect(locked.payloads.unseen).toEqual([{ key: 1, bodies: 15, shredded: undefined }]);
});

test('retention empties bodies without a key', async () => {
  const { lake, files, memory, payload } = await encryptedPeople();
  const order = anOrder({ act: 'retain' });
  const things = ['azure_activity', 'captures', 'findings'];
  const result = await retain(lake, files, { origin: ORIGIN, order, things, isPast: () => true });
  expect(result.bodies).toBe(15);
  await vacuum(files, ORIGIN, { now, graceMs: 0 });
  for (const keys of [{ payload }, {}]) {
    const { faults, payloads } = await verify(memory, keys);
    expect(faults).toEqual([]);
    expect([payloads.opened, payloads.unseen]).toEqual([0, []]);
  }
});

test('a person goes from encrypted bodies, from quoted fields and from pseudonyms; what is left is encrypted again', async () => {
  const world = await encryptedPeople(['actor']);
  const { lake, files, keys, memory, payload } = world;
  const pseudonyms = pseudonymsOf([keys.pseudonymKey?.key ?? new Uint8Array()], [ADA, `id-of-${ADA}`]);
  expect(await plainText(world)).toContain(ADA);
  expect(await plainText(world)).toContain(pseudonyms[0]);

  const subject = createSubject([ADA, `id-of-${ADA}`, ...pseudonyms]);
  const done = await erase(lake, files, { origin: ORIGIN, order: anOrder(), subject, ring: keys.ring });
  expect([done.emptied, done.cut]).toEqual([5, 5]);
  await vacuum(files, ORIGIN, { now, graceMs: 0 });
  const left = await plainText(world);
  expect(left).not.toContain(ADA);
  expect(left).not.toContain(pseudonyms[0]);
  expect(left).toContain(BOB);
  for (const [, bytes] of memory.map) expect(Buffer.from(bytes).includes(BOB)).toBe(false);

  const opened = await verify(memory, { payload });
  expect(opened.faults).toEqual([]);
  expect(opened.payloads.opened).toBe(10);
  expect((await verify(memory)).faults).toEqual([]);
});

test('nobody is erased from what cannot be looked into', async () => {
  const { lake, files } = await encryptedPeople();
  const subject = createSubject([ADA]);
  await expect(erase(lake, files, { origin: ORIGIN, order: anOrder(), subject })).rejects.toMatchObject({
    code: 'KEY_UNAVAILABLE',
  });
});

test('a body that was put into another row does not open there', async () => {
  const { files, keys } = await encryptedPeople();
  const own = await openOwnFiles(files, ORIGIN);
  const captures = own.files.find(({ table }) => table === 'captures');
  if (captures === undefined) throw new Error('there is no file of captures');
  const columns = await own.read(captures);
  const bodies = columnOf('captures', columns, 'body');
  const swapped = columns.map((values) => (values === bodies ? bodies.toReversed() : values));
  expect(() => openFile(keys.ring, 'captures', swapped)).toThrow(/data key 1 does not open it/);
});
