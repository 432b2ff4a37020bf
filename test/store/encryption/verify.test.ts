import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PayloadKeys } from '../../../src/proof/payload-check.ts';
import { inflate } from '../../../src/store/encryption/seal-value.ts';
import { messages, take, temporaryFolder, verify } from '../lakes.ts';
import { openEncrypted, payloadOf } from './encrypted-lakes.ts';

async function sealedLake(): Promise<{ path: string; payload: PayloadKeys }> {
  const path = await temporaryFolder();
  const { lake, keys } = await openEncrypted(path);
  const payload = payloadOf(keys);
  for (const message of messages('verified', 40)) take(lake, message);
  await lake.seal();
  for (const message of messages('verified', 60).slice(40)) take(lake, message);
  await lake.seal();
  await lake.close();
  return { path, payload };
}

test('with the key every body is opened and hashed again', async () => {
  const { path, payload } = await sealedLake();
  const result = await verify(path, { payload });
  expect(result.faults).toEqual([]);
  expect(result.payloads).toEqual({ opened: 60, unseen: [], accesses: 0 });
});

test('without the key everything else is proven, and bodies that were not hashed again are counted', async () => {
  const { path } = await sealedLake();
  const result = await verify(path);
  expect(result.ok).toBe(true);
  expect(result.payloads).toEqual({
    opened: 0,
    unseen: [{ key: 1, bodies: 60, shredded: undefined }],
    accesses: 0,
  });
});

test('a wrong key is told apart from tampering by the key that it is', async () => {
  const { path } = await sealedLake();
  const payload = { keys: new Map([[1, Buffer.alloc(32, 1)]]), inflate };
  const result = await verify(path, { payload });
  expect(result.faultCount).toBeGreaterThanOrEqual(60);
  expect(result.faults[0]?.what).toMatch(/does not open with data key 1/);
});

test('a key of the lake that is missing without a decision is named, with and without the key-encryption key', async () => {
  const { path } = await sealedLake();
  rmSync(join(path, 'keys/data/00000001.json'));
  const { faults } = await verify(path);
  expect(faults).toEqual([
    {
      kind: 'key',
      place: 'keys/data/00000001.json',
      what: 'data key 1 is missing, and no decision in the log says why',
    },
  ]);
});

test('a key of the lake that was changed is named', async () => {
  const { path } = await sealedLake();
  const file = join(path, 'keys/data/00000001.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"value":"../, '"value":"zz'));
  const { faults } = await verify(path);
  expect(faults.map(({ kind, place }) => [kind, place])).toEqual([['key', 'keys/data/00000001.json']]);
  writeFileSync(file, 'no key\n');
  expect((await verify(path)).faults[0]?.what).toBe('it holds no key of the lake');
});

test('ciphertext that was changed is found without a key, by its file', async () => {
  const { path, payload } = await sealedLake();
  const day = readdirSync(join(path, 'captures')).find((folder) => folder.startsWith('day=')) ?? '';
  const [name = ''] = readdirSync(join(path, 'captures', day));
  const file = join(path, 'captures', day, name);
  const bytes = readFileSync(file);
  const at = bytes.indexOf(Buffer.from('89504c31', 'hex')) + 40;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  for (const keys of [{}, { payload }]) {
    const { faults } = await verify(path, keys);
    expect(faults[0]).toMatchObject({ kind: 'segment', place: `captures/${day}/${name}` });
  }
});
