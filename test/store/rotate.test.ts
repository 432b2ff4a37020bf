import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { signerFromSeed } from '../../src/proof/note.ts';
import type { NoteSigner } from '../../src/proof/note.ts';
import type { Disk } from '../../src/store/disk.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { loadOrCreateSigner, rotateSigner } from '../../src/store/keys.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { stateRotation } from '../../src/store/rotate.ts';
import { T0 } from '../support/samples.ts';
import { aCapture, LAKE_ORIGIN, ORIGIN, signer, temporaryFolder, verify } from './lakes.ts';
import { createMemory, LAKE } from './memory.ts';
import type { Memory } from './memory.ts';

const second = signerFromSeed(ORIGIN, Buffer.alloc(32, 11));
const third = signerFromSeed(ORIGIN, Buffer.alloc(32, 12));
const filesOn = (disk: Disk) => folderFiles(LAKE, 'main', disk);

const openAs = (disk: Disk, as: NoteSigner): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    signer: as,
    clock: () => T0,
    files: filesOn(disk),
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  });

async function sealOne(disk: Disk, as: NoteSigner, sequence: number): Promise<void> {
  const lake = await openAs(disk, as);
  lake.append(aCapture({ sequence }));
  await lake.seal();
  await lake.close();
}

const handOver = (disk: Disk, from: NoteSigner, to: NoteSigner): Promise<readonly string[]> =>
  stateRotation(filesOn(disk), LAKE_ORIGIN, { from: () => from, to: () => to });

const keysOf = (...signers: NoteSigner[]) => signers.map(({ verifier }) => verifier.verifierKey);

async function verifiesWith(memory: Memory, ...signers: NoteSigner[]): Promise<void> {
  for (const key of keysOf(...signers))
    expect((await verify(memory, { verifierKeys: [key] })).faults).toEqual([]);
}

test('a key hands over to the next, and any of them verifies the whole lake', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  expect(await handOver(memory.files, signer, second)).toEqual(['main']);
  await verifiesWith(memory, signer);
  await sealOne(memory.files, second, 2);
  await handOver(memory.files, second, third);
  await sealOne(memory.files, third, 3);
  await sealOne(memory.files, third, 4);
  await verifiesWith(memory, signer, second, third);
});

test('two changes between seals are both said by the next one', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  await handOver(memory.files, signer, second);
  await handOver(memory.files, second, third);
  await sealOne(memory.files, third, 2);
  await verifiesWith(memory, signer, third);
});

test('a lake that was opened and has no seal yet may change its key', async () => {
  const memory = createMemory();
  await (await openAs(memory.files, signer)).close();
  await handOver(memory.files, signer, second);
  await sealOne(memory.files, second, 1);
  await verifiesWith(memory, signer, second);
});

test('the next seal takes the new key up though nothing else waits for it', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  await handOver(memory.files, signer, second);
  const lake = await openAs(memory.files, second);
  expect(await lake.seal()).toMatchObject({ seal: 2 });
  expect(await lake.seal()).toBeUndefined();
  await lake.close();
  await verifiesWith(memory, signer, second);
});

test('the old key goes on until the new one has sealed, and is refused from then on', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  await handOver(memory.files, signer, second);
  await sealOne(memory.files, signer, 2);
  await sealOne(memory.files, second, 3);
  await expect(openAs(memory.files, signer)).rejects.toThrow(/handed over from this key/);
  await expect(handOver(memory.files, signer, third)).rejects.toThrow(/handed over from this key already/);
  await expect(openAs(memory.files, third)).rejects.toThrow(/signed with another key/);
  await verifiesWith(memory, signer, second);
});

test('what a stolen old key signs later is found, whichever key verifies', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  const before = memory.copy();
  await handOver(memory.files, signer, second);
  await sealOne(memory.files, second, 2);
  // The thief goes on from before the change, with the statement in place so that the chain holds.
  const statement = memory.map.get('log/main/keys/1') ?? Buffer.alloc(0);
  await sealOne(before.files, signer, 2);
  before.map.set('log/main/keys/1', statement);
  const kept = memory.map.get('log/main/checkpoint')?.toString() ?? '';
  expect((await verify(before, { knownCheckpoints: [kept] })).faults).toMatchObject([{ kind: 'rollback' }]);
});

test('a statement that no seal has said gives way to another', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  await handOver(memory.files, signer, third);
  await handOver(memory.files, signer, second);
  await sealOne(memory.files, second, 2);
  await verifiesWith(memory, signer, second);
});

/** Fails the n-th change of anything, and each one after it: the process is gone. */
function dyingAt(memory: Memory, n: number): Disk {
  let left = n;
  const step = <A extends unknown[], R>(change: (...given: A) => Promise<R>) => {
    return (...given: A): Promise<R> => {
      if (left-- <= 0) return Promise.reject(new Error('killed'));
      return change(...given);
    };
  };
  const { files } = memory;
  return {
    ...files,
    write: step((path: string, bytes: Uint8Array) => files.write(path, bytes)),
    rename: step((from: string, to: string) => files.rename(from, to)),
    link: step((from: string, to: string) => files.link(from, to)),
    remove: step((path: string) => files.remove(path)),
  };
}

test('killed at any step, the lake verifies, and the next start finishes the change', async () => {
  const memory = createMemory();
  await sealOne(memory.files, signer, 1);
  let steps = 0;
  for (let isDone = false; !isDone; steps++) {
    const copy = memory.copy();
    const disk = dyingAt(copy, steps);
    isDone = await handOver(disk, signer, second)
      .then(() => sealOne(disk, second, 2))
      .then(
        () => true,
        () => false,
      );
    if (!copy.map.has('log/main/keys/1')) await handOver(copy.files, signer, second);
    const lake = await openAs(copy.files, second);
    lake.append(aCapture({ sequence: 3 }));
    await lake.seal();
    await lake.close();
    await verifiesWith(copy, signer, second);
  }
  expect(steps).toBeGreaterThan(10);
});

test('the key file changes once every log has the statement, and a call that was cut short is finished by the next', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'keys', 'signing.pem');
  const old = await loadOrCreateSigner(path, ORIGIN);
  const cut = rotateSigner(path, () => Promise.reject(new Error('killed')));
  await expect(cut).rejects.toThrow('killed');
  expect((await loadOrCreateSigner(path, ORIGIN)).verifier.verifierKey).toBe(old.verifier.verifierKey);
  const waiting = await readFile(`${path}.next`, 'utf8');
  const seen = await rotateSigner(path, ({ from, to }) => Promise.resolve(keysOf(from(ORIGIN), to(ORIGIN))));
  expect(seen[0]).toBe(old.verifier.verifierKey);
  expect(seen[1]).toBe((await loadOrCreateSigner(path, ORIGIN)).verifier.verifierKey);
  expect(await readFile(path, 'utf8')).toBe(waiting);
  await expect(readFile(`${path}.next`)).rejects.toThrow(/ENOENT/);
});

test('a next key that is none is named with its file, and never shown', async () => {
  const path = join(await temporaryFolder(), 'keys', 'signing.pem');
  await loadOrCreateSigner(path, ORIGIN);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.next`, 'not a key at all');
  const rotating = rotateSigner(path, ({ to }) => Promise.resolve(to(ORIGIN)));
  await expect(rotating).rejects.toThrow(/signing\.pem\.next: this is no Ed25519 private key/);
  await expect(rotating).rejects.not.toThrow(/not a key at all/);
});
