import { expect, test } from 'vitest';
import { signerFromSeed } from '../../src/proof/note.ts';
import { verifyLake } from '../../src/proof/verify.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import type { Files } from '../../src/store/files.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { parquetReader } from '../../src/store/parquet-reader.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { aCapture, LAKE_ORIGIN } from './lakes.ts';
import { createMemory, LAKE } from './memory.ts';
import type { Memory } from './memory.ts';

const signerOf = (writer: string) => signerFromSeed(`${LAKE_ORIGIN}/${writer}`, Buffer.alloc(32, 5));

const open = (memory: Memory, writer: string, bend = (files: Files): Files => files): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    writer,
    signer: signerOf(writer),
    clock: () => T0,
    files: bend(folderFiles(LAKE, writer, memory.files)),
    lock: () => ({ isExclusive: false, isHeld: true, release: () => {} }),
  });

const verify = (memory: Memory, ...writers: readonly string[]): Promise<VerifyResult> =>
  verifyLake(memory.lake, {
    verifierKeys: writers.map((writer) => signerOf(writer).verifier.verifierKey),
    parquet: parquetReader,
  });

function add(lake: Lake, stream: string, sequence: number): void {
  const leaf = lake.append(aCapture({ stream, sequence })) ?? -1;
  lake.addEvents([anEvent({ id: `${stream}-${sequence}`, evidence: { leaf, record: 0 } })]);
}

test('two writers seal into the same tables in turn, each under a log of its own', async () => {
  const memory = createMemory();
  const [left, right] = [await open(memory, 'left'), await open(memory, 'right')];
  for (let sequence = 1; sequence <= 5; sequence++) {
    add(left, 'hub/0', sequence);
    add(right, 'hub/1', sequence);
    await Promise.all([left.seal(), right.seal()]);
  }
  expect(await left.durableSequence('hub/1')).toBe(5);
  await Promise.all([left.close(), right.close()]);
  const result = await verify(memory, 'left', 'right');
  expect(result.faults).toEqual([]);
  expect(result.checked).toMatchObject({ seals: 10, captures: 10 });
  expect(memory.map.has('captures/_delta_log/00000000000000000010.json')).toBe(true);
});

test('a stream that another writer has sealed first is not sealed again, and is taken up from what is durable', async () => {
  const memory = createMemory();
  const [left, right] = [await open(memory, 'left'), await open(memory, 'right')];
  add(left, 'hub/0', 1);
  add(left, 'hub/9', 7);
  left.addNote('pack', { version: 'a' });
  add(right, 'hub/0', 1);
  add(right, 'hub/0', 2);
  await right.seal();
  await expect(left.seal()).rejects.toMatchObject({ code: 'STREAM_TAKEN', isTransient: true });
  expect(left.pending.captures).toBe(0);
  // What was pending of any stream is gone, so going on in the middle would leave a gap.
  expect(() => left.append(aCapture({ stream: 'hub/9', sequence: 8 }))).toThrow('take it up again');
  expect(await left.durableSequence('hub/9')).toBeUndefined();
  expect(await left.durableSequence('hub/0')).toBe(2);
  expect(left.append(aCapture({ stream: 'hub/0', sequence: 2 }))).toBeUndefined();
  add(left, 'hub/9', 7);
  add(left, 'hub/0', 3);
  await left.seal();
  await Promise.all([left.close(), right.close()]);
  const result = await verify(memory, 'left', 'right');
  expect(result.faults).toEqual([]);
  expect(result.checked.captures).toBe(4);
  // A note is brought again by no stream: it is kept.
  const again = await open(memory, 'left');
  expect(again.addNote('pack', { version: 'a' })).toBe(false);
  await again.close();
});

test('a commit whose answer was lost is found to be made, and not made twice', async () => {
  const memory = createMemory();
  let loses = true;
  const losing = (files: Files): Files => ({
    ...files,
    create: async (path, bytes) => {
      const isCreated = await files.create(path, bytes);
      if (!loses || !path.startsWith('captures/_delta_log/0') || path.endsWith('0.json')) return isCreated;
      throw new Error('the connection was reset');
    },
  });
  const left = await open(memory, 'left', losing);
  const right = await open(memory, 'right');
  add(left, 'hub/0', 1);
  await expect(left.seal()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  add(right, 'hub/1', 1);
  await right.seal();
  expect(await left.durableSequence('hub/0')).toBe(1);
  loses = false;
  expect(await left.seal()).toMatchObject({ seal: 1, rows: { captures: 1 } });
  await Promise.all([left.close(), right.close()]);
  const result = await verify(memory, 'left', 'right');
  expect(result.faults).toEqual([]);
  expect(result.checked).toMatchObject({ seals: 2, captures: 2 });
});

test('a process that wakes up after another has taken its name seals nothing', async () => {
  const memory = createMemory();
  const zombie = await open(memory, 'main');
  add(zombie, 'hub/0', 1);
  add(zombie, 'hub/0', 2);
  const living = await open(memory, 'main');
  add(living, 'hub/0', 1);
  await living.seal();
  await expect(zombie.seal()).rejects.toMatchObject({ code: 'LAKE_CONFLICT' });
  add(living, 'hub/0', 2);
  await living.seal();
  await living.close();
  const result = await verify(memory, 'main');
  expect(result.faults).toEqual([]);
  expect(result.checked.captures).toBe(2);
});

test('a name that cannot be a folder, or a key of another name, is refused', async () => {
  const memory = createMemory();
  await expect(open(memory, 'Not/A/Name')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
