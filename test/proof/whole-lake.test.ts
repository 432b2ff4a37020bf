import { expect, test } from 'vitest';
import { openCheckpoint, signCheckpoint } from '../../src/proof/checkpoint.ts';
import { cosign, witnessKey } from '../../src/proof/cosignature.ts';
import { signerFromSeed, signNote } from '../../src/proof/note.ts';
import type { NoteSigner } from '../../src/proof/note.ts';
import { rotateKey } from '../../src/proof/rotation.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { T0 } from '../support/samples.ts';
import { aCapture, fillLake, LAKE_ORIGIN, openMemoryLake, signer, verify } from '../store/lakes.ts';
import { createMemory, LAKE } from '../store/memory.ts';
import type { Memory } from '../store/memory.ts';

const checkpointOf = (memory: Memory): string => memory.map.get('log/main/checkpoint')?.toString() ?? '';

/** Takes in sequences of a partition that numbers without gaps, in seals of `perSeal`. */
async function takeIn(
  lake: Lake,
  sequences: readonly number[],
  perSeal: number,
  isContiguous = true,
): Promise<void> {
  for (const [i, sequence] of sequences.entries()) {
    lake.append(aCapture({ sequence, ...(isContiguous ? { isContiguous: true as const } : {}) }));
    if (i % perSeal === perSeal - 1) await lake.seal();
  }
  await lake.seal();
  await lake.close();
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 100);

test('the reader of the single file sees what the reader of the store sees', async () => {
  const memory = createMemory();
  await fillLake(await openMemoryLake(memory.files), 'readers', 60, 20);
  const own = await verify(memory, { parquet: captureReader(pageCompressors) });
  expect(own.faults).toEqual([]);
  expect(own).toEqual(await verify(memory));
});

test('a capture that never came is named with stream and sequence, within a seal and between two', async () => {
  for (const missing of [107, 110, 111]) {
    const memory = createMemory();
    await takeIn(
      await openMemoryLake(memory.files),
      upTo(40).filter((sequence) => sequence !== missing),
      10,
    );
    const result = await verify(memory);
    expect(result.ok).toBe(true);
    expect(result.gaps).toEqual([{ stream: 'openai-logs/0', first: missing, last: missing }]);
  }
});

test('gaps in streams that do not number one by one say nothing', async () => {
  const memory = createMemory();
  await takeIn(
    await openMemoryLake(memory.files),
    upTo(20).filter((sequence) => sequence % 3 > 0),
    10,
    false,
  );
  expect((await verify(memory)).gaps).toEqual([]);
});

test('the careful way counts the same gaps as the quick one', async () => {
  const memory = createMemory();
  await takeIn(
    await openMemoryLake(memory.files),
    upTo(40).filter((sequence) => sequence % 7 > 0),
    10,
  );
  const never = { width: 1, check: () => Promise.resolve(undefined) };
  const careful = await verify(memory, { ranges: never });
  expect(careful.gaps).toHaveLength(5);
  expect(careful.gaps).toEqual((await verify(memory)).gaps);
  expect(careful.streams).toEqual((await verify(memory)).streams);
});

test('threads that fail cost time, not answers', async () => {
  const memory = createMemory();
  await takeIn(await openMemoryLake(memory.files), upTo(20), 10);
  const broken = { width: 2, check: () => Promise.reject(new Error('out of memory')) };
  expect((await verify(memory, { ranges: broken })).ok).toBe(true);
});

/** A lake whose key was changed between two seals, as whoever writes it does. */
async function rotatedLake(): Promise<{ memory: Memory; next: NoteSigner }> {
  const memory = createMemory();
  const next = signerFromSeed(signer.verifier.name, Buffer.alloc(32, 21));
  let now = signer;
  const turning: NoteSigner = {
    get verifier() {
      return now.verifier;
    },
    sign: (text) => now.sign(text),
  };
  const lake = await openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    signer: turning,
    clock: () => T0,
    files: folderFiles(LAKE, 'main', memory.files),
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  });
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  const rotation = rotateKey(1, signer, next);
  memory.map.set('log/main/keys/1', Buffer.from(rotation));
  lake.addNote('key', { rotation });
  now = next;
  lake.append(aCapture({ sequence: 2 }));
  await lake.seal();
  lake.append(aCapture({ sequence: 3 }));
  await lake.seal();
  await lake.close();
  return { memory, next };
}

test('a log whose key was changed verifies with the old key and with the new one', async () => {
  const { memory, next } = await rotatedLake();
  for (const { verifier } of [signer, next])
    expect((await verify(memory, { verifierKeys: [verifier.verifierKey] })).faults).toEqual([]);
});

test('what a stolen old key signs after the change is refused', async () => {
  const { memory, next } = await rotatedLake();
  const published = checkpointOf(memory);
  const text = `${published.split('\n\n')[0] ?? ''}\n`;
  expect(openCheckpoint(published, next.verifier).size).toBeGreaterThan(0);
  const [, size = ''] = text.split('\n');
  const forged = Buffer.from(signNote(text, signer));
  for (const path of ['log/main/checkpoint', `log/main/checkpoints/${size}`]) memory.map.set(path, forged);
  for (const { verifier } of [signer, next]) {
    const { faults } = await verify(memory, { verifierKeys: [verifier.verifierKey] });
    expect(faults).toContainEqual(
      expect.objectContaining({ kind: 'key', place: `log/main/checkpoints/${size}` }),
    );
  }
});

test('a statement that is not in the log, changed or taken away is found', async () => {
  const { memory, next } = await rotatedLake();
  const stranger = signerFromSeed(signer.verifier.name, Buffer.alloc(32, 22));
  const bent = [
    (map: Memory['map']) => map.delete('log/main/keys/1'),
    (map: Memory['map']) => map.set('log/main/keys/1', Buffer.from(rotateKey(1, signer, stranger))),
    (map: Memory['map']) => map.set('log/main/keys/1', Buffer.from('nothing')),
  ];
  for (const bend of bent) {
    const copy = memory.copy();
    bend(copy.map);
    for (const { verifier } of [signer, next])
      expect((await verify(copy, { verifierKeys: [verifier.verifierKey] })).ok).toBe(false);
  }
});

test('witnesses: their word counts where their key is given, and a forged one is found', async () => {
  const memory = createMemory();
  await takeIn(await openMemoryLake(memory.files), upTo(5), 5);
  const witnessSigner = signerFromSeed('witness.example.com/w1', Buffer.alloc(32, 8));
  const material = Buffer.from(witnessSigner.verifier.verifierKey.split('+').slice(2).join('+'), 'base64');
  const witness = witnessKey('witness.example.com/w1', material.subarray(1));
  const kept = cosign(checkpointOf(memory), witness, witnessSigner, 1_772_449_200);
  const options = { knownCheckpoints: [kept], witnessKeys: [witness.verifierKey] };
  const result = await verify(memory, options);
  expect(result.faults).toEqual([]);
  expect(result.cosignatures).toMatchObject([{ witness: 'witness.example.com/w1', time: 1_772_449_200 }]);

  const size = result.cosignatures[0]?.size ?? 0;
  memory.map.set(`log/main/cosigned/${size}`, Buffer.from(kept));
  expect((await verify(memory, { witnessKeys: [witness.verifierKey] })).cosignatures).toHaveLength(1);
  const forged = cosign(checkpointOf(memory), witness, signer, 1_772_449_200);
  memory.map.set(`log/main/cosigned/${size}`, Buffer.from(forged));
  expect((await verify(memory, { witnessKeys: [witness.verifierKey] })).faults).toMatchObject([
    { kind: 'checkpoint', place: `log/main/cosigned/${size}` },
  ]);
  memory.map.set('log/main/cosigned/999', Buffer.from(kept));
  expect((await verify(memory)).faults).toMatchObject([{ place: 'log/main/cosigned/999' }]);
});

test('the key of another lake is told from a wrong one', async () => {
  const memory = createMemory();
  await takeIn(await openMemoryLake(memory.files), upTo(5), 5);
  const other = signerFromSeed('other.example.com/lake/main', Buffer.alloc(32, 7)).verifier.verifierKey;
  const { ok, faults, checked } = await verify(memory, { verifierKeys: [other] });
  expect(faults).toMatchObject([{ kind: 'origin', place: 'log/main' }]);
  expect([ok, checked.captures]).toEqual([false, 5]);

  // What else is wrong is told as well, with its own name.
  const bent = memory.copy();
  const file = [...bent.map.keys()].find((path) => path.startsWith('captures/day=')) ?? '';
  bent.map.delete(file);
  expect((await verify(bent, { verifierKeys: [other] })).faults).toMatchObject([
    { kind: 'origin', place: 'log/main' },
    { kind: 'segment', place: file },
  ]);

  const elsewhere = signerFromSeed('other.example.com/lake/right', Buffer.alloc(32, 7)).verifier.verifierKey;
  expect(
    (await verify(memory, { verifierKeys: [signer.verifier.verifierKey, elsewhere] })).faults,
  ).toMatchObject([{ kind: 'origin', place: 'log/right' }]);
  const wrong = signerFromSeed(signer.verifier.name, Buffer.alloc(32, 9)).verifier.verifierKey;
  const kinds = (await verify(memory, { verifierKeys: [wrong] })).faults.map(({ kind }) => kind);
  expect(kinds).toContain('key');
  expect(kinds).not.toContain('origin');
});

test('a checkpoint that was kept of another lake is told from one that was rolled back', async () => {
  const memory = createMemory();
  await takeIn(await openMemoryLake(memory.files), upTo(5), 5);
  const other = signerFromSeed('other.example.com/lake/main', Buffer.alloc(32, 7));
  const kept = signCheckpoint({ origin: other.verifier.name, size: 3, root: Buffer.alloc(32) }, other);
  const result = await verify(memory, { knownCheckpoints: [checkpointOf(memory), kept] });
  expect(result.faults).toMatchObject([{ kind: 'origin', place: 'known checkpoint 2' }]);
});
