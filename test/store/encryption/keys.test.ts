import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeError } from '../../../src/lib/errors.ts';
import { dataKeyPath, dataKeyText, parseDataKey } from '../../../src/proof/data-key.ts';
import { rewrapKeys, rotateDataKey, shredDataKey } from '../../../src/store/encryption/change-keys.ts';
import { readKeyFiles } from '../../../src/store/encryption/data-keys.ts';
import { localWrapper, readKeyFile } from '../../../src/store/encryption/key-file.ts';
import { openLakeKeys } from '../../../src/store/encryption/lake-keys.ts';
import { openPayloadReading } from '../../../src/store/encryption/payload-reading.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { readSnapshot } from '../../../src/store/snapshot.ts';
import { T0 } from '../../support/samples.ts';
import { aCapture, messages, take, temporaryFolder, verify } from '../lakes.ts';
import { fixedRandomness, KEK, noteIn, openEncrypted, payloadOf } from './encrypted-lakes.ts';

const DAY = 86_400_000;
const decision = {
  id: 'DEC-2026-009',
  reason: 'The period of retention is over.',
  requestedBy: 'ada@example.com',
  approvedBy: 'grace@example.com',
};

/** A lake of two periods, a data key each. */
async function twoPeriods() {
  const path = await temporaryFolder();
  let now = T0;
  const opened = await openEncrypted(path, { clock: () => now, rotateMs: 30 * DAY });
  const taken = messages('periods', 40);
  for (const message of taken.slice(0, 20)) take(opened.lake, message);
  await opened.lake.seal();
  now += 31 * DAY;
  await opened.lake.seal();
  for (const message of taken.slice(20)) take(opened.lake, message);
  await opened.lake.seal();
  return { path, ...opened, payload: payloadOf(opened.keys), now: () => now };
}

test('a new data key is taken when the period is over, and the old one goes on to open what it encrypted', async () => {
  const { path, lake, keys, payload } = await twoPeriods();
  expect(keys.current).toMatchObject({ number: 2, from: T0 + 31 * DAY });
  await lake.close();
  const result = await verify(path, { payload });
  expect(result.faults).toEqual([]);
  expect(result.payloads.opened).toBe(40);
  expect((await verify(path)).payloads.unseen).toEqual([
    { key: 1, bodies: 20, shredded: undefined },
    { key: 2, bodies: 20, shredded: undefined },
  ]);
});

test('a shredded key is told by its decision, by readers and by the verifier, and never as tampering', async () => {
  const { path, lake, files, wrapper, now } = await twoPeriods();
  await shredDataKey(files, 1, decision, now(), noteIn(lake));
  await lake.close();
  const reading = await openPayloadReading(files, wrapper);
  expect([...reading.ring.shredded]).toEqual([1]);
  expect([...reading.ring.keys.keys()]).toEqual([2]);
  const result = await verify(path, {
    payload: { keys: reading.ring.keys, inflate: () => new Uint8Array() },
  });
  expect(result.payloads.unseen).toEqual([{ key: 1, bodies: 20, shredded: { key: 1, ...decision } }]);
  const locked = await verify(path);
  expect(locked.faults).toEqual([]);
  expect(locked.payloads.unseen[0]?.shredded).toEqual({ key: 1, ...decision });
});

test('a decision comes before the key goes, and what was cut short in between is named until it is finished', async () => {
  const { path, lake, files, now } = await twoPeriods();
  const failing = { ...files, replace: () => Promise.reject(new Error('the disk is gone')) };
  await expect(shredDataKey(failing, 1, decision, now(), noteIn(lake))).rejects.toThrow('the disk is gone');
  expect((await verify(path)).faults).toEqual([
    {
      kind: 'key',
      place: dataKeyPath('data', 1),
      what: 'decision DEC-2026-009 destroyed it, and yet it is there: shred it again',
    },
  ]);
  await shredDataKey(files, 1, decision, now() + 1, noteIn(lake));
  expect((await verify(path)).faults).toEqual([]);
  await lake.close();
});

test('a key that was destroyed without a decision is named', async () => {
  const { path, lake, files } = await twoPeriods();
  await lake.close();
  const [file] = await readKeyFiles(files, 'data');
  if (file === undefined) throw new Error('there is no key');
  await files.replace(dataKeyPath('data', 1), Buffer.from(dataKeyText({ ...file, wrapped: null })));
  const { faults } = await verify(path);
  expect(faults.map(({ what }) => what)).toEqual([
    'data key 1 was destroyed, and no decision in the log says why',
  ]);
});

test('the key in use, one that is not there, and one that is gone are not destroyed', async () => {
  const { lake, files, now } = await twoPeriods();
  const shred = (number: number) => shredDataKey(files, number, decision, now(), noteIn(lake));
  await expect(shred(2)).rejects.toThrow(/it is the key in use/);
  await expect(shred(7)).rejects.toThrow(/no such key; the lake has 1, 2/);
  await shred(1);
  await expect(shred(1)).rejects.toThrow(/destroyed before, under DEC-2026-009/);
  await lake.close();
});

test('a key that somebody made before its time is taken up within a minute, behind a seal', async () => {
  const path = await temporaryFolder();
  let now = T0;
  const { lake, files, keys, wrapper } = await openEncrypted(path, { clock: () => now });
  const made = await rotateDataKey(files, wrapper, now + 1000);
  expect(made.number).toBe(2);
  await lake.seal();
  expect(keys.current.number).toBe(1);
  now += 61_000;
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  expect(keys.current.number).toBe(2);
  await lake.close();
});

test('when the next key cannot be made the one in use goes on, and the next seal tries again', async () => {
  const path = await temporaryFolder();
  let now = T0;
  let isDown = false;
  const local = localWrapper(KEK);
  const wrapper = {
    ...local,
    wrap: (...args: Parameters<typeof local.wrap>) =>
      isDown ? Promise.reject(new Error('the vault is down')) : local.wrap(...args),
  };
  const failures: unknown[] = [];
  const { lake, keys } = await openEncrypted(path, {
    clock: () => now,
    wrapper,
    renewalFailed: (thrown) => failures.push(thrown),
  });
  isDown = true;
  now += 31 * DAY;
  await lake.seal();
  expect([failures.length, keys.current.number]).toEqual([1, 1]);
  isDown = false;
  await lake.seal();
  expect([failures.length, keys.current.number]).toEqual([1, 2]);
  await lake.close();
});

test('of two writers that make a key at once one is first, and both use it', async () => {
  const files = folderFiles(await temporaryFolder());
  const open = (seed: string) =>
    openLakeKeys({
      files,
      wrapper: localWrapper(KEK),
      now: T0,
      random: fixedRandomness(seed),
      hasPseudonyms: true,
    });
  const both = await Promise.all([open('left'), open('right')]);
  expect(both[0].current).toEqual(both[1].current);
  expect(both[0].pseudonymKey?.key).toEqual(both[1].pseudonymKey?.key);
  expect(await readKeyFiles(files, 'data')).toHaveLength(1);
});

test('every key is wrapped anew by another key-encryption key, and the lake verifies before, between and after', async () => {
  const { path, lake, files, wrapper, payload } = await twoPeriods();
  const next = localWrapper(Buffer.alloc(32, 0x77), fixedRandomness('next'));
  const seen: boolean[] = [];
  const note = noteIn(lake);
  const done = await rewrapKeys(files, wrapper, next, async (notes) => {
    await note(notes);
    seen.push((await verify(path, { payload })).ok);
  });
  expect(done.map(({ number, wrapped }) => [number, wrapped?.by])).toEqual([
    [1, next.id],
    [2, next.id],
  ]);
  expect(seen).toEqual([true]);
  expect((await verify(path, { payload })).faults).toEqual([]);
  await expect(openPayloadReading(files, wrapper)).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  expect((await openPayloadReading(files, next)).ring.keys).toEqual(payload.keys);
  expect(await rewrapKeys(files, next, next, note)).toEqual([]);
  await lake.close();
});

test('a reader takes up new keys with the snapshot that tells of them, and lets go of destroyed ones', async () => {
  const path = await temporaryFolder();
  let now = T0;
  const { lake, files, wrapper } = await openEncrypted(path, { clock: () => now });
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  const reading = await openPayloadReading(files, wrapper);
  now += 31 * DAY;
  await lake.seal();
  lake.append(aCapture({ sequence: 2 }));
  await lake.seal();
  await reading.refresh(await readSnapshot(files));
  expect([...reading.ring.keys.keys()]).toEqual([1, 2]);
  await shredDataKey(files, 1, decision, now, noteIn(lake));
  await reading.refresh(await readSnapshot(files));
  expect([...reading.ring.keys.keys()]).toEqual([2]);
  await lake.close();
});

test('the key file is made once, for its owner alone, and never shows in an error', async () => {
  const path = join(await temporaryFolder(), 'keys', 'kek');
  const key = await readKeyFile(path, true);
  expect(key).toHaveLength(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readKeyFile(path, false)).toEqual(key);
  const text = await readFile(path, 'utf8');
  await writeFile(path, `${text.trim()}AAAA`);
  const failing = readKeyFile(path, false);
  await expect(failing).rejects.toMatchObject({ code: 'KEY_UNAVAILABLE' });
  expect(await failing.then(String, describeError)).not.toContain(text.slice(0, 20));
  await expect(readKeyFile(`${path}.gone`, false)).rejects.toThrow(/the key file is missing/);
});

test('a wrong key file, and a key that was changed, are told apart', async () => {
  const { lake, files } = await twoPeriods();
  await lake.close();
  await expect(openPayloadReading(files, localWrapper(Buffer.alloc(32, 1)))).rejects.toThrow(
    /is this the right key file\?/,
  );
  const [file] = await readKeyFiles(files, 'data');
  if (file === undefined) throw new Error('there is no key');
  await files.replace(dataKeyPath('data', 1), Buffer.from(dataKeyText({ ...file, from: file.from + 1 })));
  await expect(openPayloadReading(files, localWrapper(KEK))).rejects.toThrow(/was changed; run verify/);
  await files.replace(dataKeyPath('data', 1), Buffer.from('{}'));
  await expect(openPayloadReading(files, localWrapper(KEK))).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
});

test.each([
  '',
  '{}\n',
  '{"format":"plumbline-data-key/1"}\n',
  '{"check":"","format":"plumbline-data-key/1","from":0,"number":1,"purpose":"other","wrapped":null}\n',
  '{"check":"","format":"plumbline-data-key/1","from":0,"number":1.5,"purpose":"data","wrapped":null}\n',
  '{"check":"","format":"plumbline-data-key/1","from":0,"number":1,"purpose":"data","wrapped":{"by":1}}\n',
  '{"check":"","format":"plumbline-data-key/1","from":0,"number":1,"purpose":"data","wrapped":null}',
])('what is no file of a key is not taken for one: %#', (text) => {
  expect(parseDataKey(text)).toBeUndefined();
});
