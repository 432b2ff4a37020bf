import { expect, test } from 'vitest';
import { signCheckpoint } from '../../src/proof/checkpoint.ts';
import {
  captureEntry,
  entryBytes,
  noteEntry,
  parseCaptureEntry,
  parseEntry,
  sealEntries,
  segmentEntry,
} from '../../src/proof/entries.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { NoteError } from '../../src/proof/note.ts';
import { encodeBundle, entriesPath, tilePath } from '../../src/proof/tiles.ts';
import { createTree } from '../../src/proof/tree.ts';
import type { Tile } from '../../src/proof/tree.ts';
import type { Fault } from '../../src/proof/verify-port.ts';
import { aCapture, fillLake, openMemoryLake, ORIGIN, signer, verify } from '../store/lakes.ts';
import { createMemory } from '../store/memory.ts';
import type { Memory } from '../store/memory.ts';

const zero = '0'.repeat(64);

const capture = (sequence: number, stream = 'hub/0'): string =>
  captureEntry({
    source: 'hub',
    stream,
    sequence,
    enqueuedAt: undefined,
    receivedAt: 0,
    originalSha256: zero,
    storedSha256: zero,
    redactions: '',
  });

const seal = (
  number: number,
  captures: number,
  streams: { stream: string; first: number; last: number; count: number }[],
): string[] => sealEntries({ seal: number, captures, commit: zero }, [streams]);

/** A log that whoever holds the key has signed, whatever is in it. No tables beside it. */
function forge(entries: readonly string[], ...sizes: number[]): Memory {
  const memory = createMemory();
  const place = ({ level, index, width, hashes }: Tile): void => {
    memory.map.set(`log/main/${tilePath(level, index, width)}`, hashes);
  };
  const tree = createTree(0, [], place);
  const publish = (): void => {
    const note = Buffer.from(signCheckpoint({ origin: ORIGIN, size: tree.size, root: tree.root() }, signer));
    memory.map.set(`log/main/checkpoints/${tree.size}`, note);
    memory.map.set('log/main/checkpoint', note);
  };
  const bytes = entries.map(entryBytes);
  for (const entry of bytes) {
    tree.append(leafHash(entry));
    if (sizes.includes(tree.size)) publish();
  }
  publish();
  for (const tile of tree.edge()) place(tile);
  for (let index = 0; index * 256 < bytes.length; index++) {
    const bundle = bytes.slice(index * 256, (index + 1) * 256);
    memory.map.set(`log/main/${entriesPath(index, bundle.length)}`, encodeBundle(bundle));
  }
  memory.map.set('log/main/verifier.vkey', Buffer.from(`${signer.verifier.verifierKey}\n`));
  return memory;
}

const faultsOf = async (memory: Memory): Promise<readonly Fault[]> => (await verify(memory)).faults;
const saying = (kind: string, what: string, place?: string): unknown =>
  expect.objectContaining({
    kind,
    what: expect.stringContaining(what),
    ...(place === undefined ? {} : { place }),
  });

test.each<[string, string[], unknown]>([
  [
    'an entry that we never write',
    ['hello', ...seal(1, 0, [])],
    saying('entry', 'no entry that this product writes', 'log/main leaf 0'),
  ],
  ['an entry with white space', [' {}', ...seal(1, 0, [])], saying('entry', 'no entry', 'log/main leaf 0')],
  [
    'a capture behind the end of its seal',
    [
      segmentEntry({ seal: 1, table: 'events', path: 'x', rows: 1, sha256: zero, size: 1 }),
      capture(1),
      ...seal(1, 1, [{ stream: 'hub/0', first: 1, last: 1, count: 1 }]),
    ],
    saying('entry', 'stands behind', 'log/main leaf 1'),
  ],
  [
    'a count of captures that is too high',
    [capture(1), ...seal(1, 2, [{ stream: 'hub/0', first: 1, last: 1, count: 1 }])],
    saying('conservation', 'says 2 captures, the log has 1'),
  ],
  [
    'a stream counted wrongly',
    [capture(1), capture(2), ...seal(1, 2, [{ stream: 'hub/0', first: 1, last: 2, count: 1 }])],
    saying('conservation', '2 captures from 1 to 2'),
  ],
  [
    'a stream that is not there',
    [
      capture(1),
      ...seal(1, 1, [
        { stream: 'hub/0', first: 1, last: 1, count: 1 },
        { stream: 'hub/9', first: 1, last: 1, count: 1 },
      ]),
    ],
    saying('conservation', 'hub/9: the seal counts captures'),
  ],
  ['a stream left out', [capture(1), ...seal(1, 1, [])], saying('conservation', 'the seal says otherwise')],
  [
    'a stream that goes back',
    [capture(2), capture(2), ...seal(1, 2, [{ stream: 'hub/0', first: 2, last: 2, count: 2 }])],
    saying('conservation', 'sequence 2 comes after 2'),
  ],
  ['a seal left out', seal(2, 0, []), saying('conservation', 'it ends seal 2, but seal 1 is next')],
  ['a log without an end', [capture(1)], saying('conservation', 'in the middle of a seal')],
  [
    'a file outside the lake',
    [
      segmentEntry({ seal: 1, table: 'captures', path: '../../etc/passwd', rows: 1, sha256: zero, size: 1 }),
      ...seal(1, 0, []),
    ],
    saying('segment', 'would not write'),
  ],
  [
    'a seal with nonsense in it',
    [sealEntries({ seal: 1, captures: 0, commit: zero }, [[]])[0]?.replace('[]', '[null]') ?? ''],
    saying('entry', 'the seal cannot be checked'),
  ],
  [
    'a file that is not there',
    [
      segmentEntry({
        seal: 1,
        table: 'events',
        path: `day=2026-03-02/part-main-00000001-0-${'0'.repeat(16)}.zstd.parquet`,
        rows: 3,
        sha256: zero,
        size: 1,
      }),
      ...seal(1, 0, []),
    ],
    saying('segment', 'missing; the log has it with 3 rows'),
  ],
  [
    'a note that is a tale of the lake',
    [noteEntry('lake', { tables: { captures: zero } }), ...seal(1, 0, [])],
    saying('commit', 'the first commit of the table is missing'),
  ],
])('a signed log is doubted too: %s', async (_name, entries, expected) => {
  expect(await faultsOf(forge(entries))).toEqual(expect.arrayContaining([expected]));
});

test('a stream that goes back in a later seal is found', async () => {
  const one = [{ stream: 'hub/0', first: 5, last: 5, count: 1 }];
  const faults = await faultsOf(forge([capture(5), ...seal(1, 1, one), capture(5), ...seal(2, 1, one)], 2));
  expect(faults).toEqual(
    expect.arrayContaining([saying('conservation', 'sequence 5 comes after 5', 'log/main leaf 3')]),
  );
});

test('a checkpoint of another log, or of another size than its name, is found', async () => {
  const memory = forge([capture(1), ...seal(1, 1, [])]);
  const note = memory.map.get('log/main/checkpoint') ?? Buffer.alloc(0);
  memory.map.set('log/main/checkpoints/1', note);
  memory.map.set(
    'log/main/checkpoints/9',
    Buffer.from(signCheckpoint({ origin: 'other.example.com', size: 9, root: Buffer.alloc(32) }, signer)),
  );
  const faults = await faultsOf(memory);
  expect(faults).toContainEqual(saying('checkpoint', 'it is of size 2', 'log/main/checkpoints/1'));
  expect(faults).toContainEqual(
    saying('checkpoint', 'it is of the log other.example.com', 'log/main/checkpoints/9'),
  );
});

test('a checkpoint beyond the log, though signed, shows that leaves were cut off', async () => {
  const memory = forge([capture(1), ...seal(1, 1, [])]);
  memory.map.set(
    'log/main/checkpoints/400',
    Buffer.from(signCheckpoint({ origin: ORIGIN, size: 400, root: Buffer.alloc(32) }, signer)),
  );
  const faults = await faultsOf(memory);
  expect(faults).toContainEqual(saying('rollback', 'signed checkpoint of size 400', 'log/main/checkpoint'));
  expect(faults).toContainEqual(saying('entry', 'missing', 'log/main/tile/entries/000'));
});

test('leaves lost in the middle are named, and what comes after them is still compared', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  for (let first = 1; first < 1500; first += 300) {
    for (let i = 0; i < 300; i++) lake.append(aCapture({ sequence: first + i }));
    await lake.seal();
  }
  await lake.close();
  const bent = memory.copy();
  bent.map.delete('log/main/tile/entries/002');
  expect(await faultsOf(bent)).toEqual([saying('entry', 'missing', 'log/main/tile/entries/002')]);

  const last = [...memory.map.keys()].findLast((path) => path.startsWith('captures/day=')) ?? '';
  bent.map.set(last, Buffer.from('gone'));
  const faults = await faultsOf(bent);
  expect(faults).toContainEqual(saying('entry', 'missing', 'log/main/tile/entries/002'));
  expect(faults).toContainEqual(saying('segment', 'the file was changed', last));
  for (const path of ['log/main/tile/0/001', 'log/main/tile/1/000.p/5']) {
    const cut = memory.copy();
    const bytes = Buffer.from(cut.map.get(path) ?? Buffer.alloc(0));
    expect(bytes.length).toBeGreaterThan(0);
    cut.map.delete(path);
    expect(await faultsOf(cut)).toEqual([saying('tile', 'missing', path)]);
    bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
    cut.map.set(path, bytes);
    expect((await faultsOf(cut)).map(({ kind }) => kind)).toEqual(['tile']);
  }
});

test('a tile high up in a large log is recomputed from the leaves', async () => {
  const tales = Array.from({ length: 65_600 }, (_, i) => noteEntry('tale', i));
  const memory = forge([...tales, ...seal(1, 0, [])]);
  expect((await faultsOf(memory)).map(({ kind }) => kind)).not.toContain('tile');
  const path = 'log/main/tile/1/000';
  const bytes = Buffer.from(memory.map.get(path) ?? Buffer.alloc(0));
  expect(bytes).toHaveLength(8192);
  bytes.writeUInt8(bytes.readUInt8(8000) ^ 1, 8000);
  memory.map.set(path, bytes);
  expect(await faultsOf(memory)).toContainEqual(saying('tile', 'not those of the tiles below', path));
  memory.map.delete(path);
  expect(await faultsOf(memory)).toContainEqual(saying('tile', 'missing', path));
});

test('a lake that is being written to verifies, given a pause for its checkpoint to appear', async () => {
  const memory = createMemory();
  await fillLake(await openMemoryLake(memory.files), 'live');
  const published = memory.map.get('log/main/checkpoint') ?? Buffer.alloc(0);
  const behind = memory.copy();
  const sizes = [...memory.map.keys()].flatMap(
    (path) => /^log\/main\/checkpoints\/(\d+)$/.exec(path)?.[1] ?? [],
  );
  const oldest = memory.map.get(`log/main/checkpoints/${Math.min(...sizes.map(Number))}`) ?? Buffer.alloc(0);
  behind.map.set('log/main/checkpoint', oldest);
  expect((await verify(behind)).faults).toMatchObject([{ kind: 'rollback', place: 'log/main/checkpoint' }]);
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses++;
    if (pauses === 3) behind.map.set('log/main/checkpoint', published);
  };
  expect((await verify(behind, { pause })).faults).toEqual([]);
  expect(pauses).toBe(3);
});

test('an empty lake has nothing to doubt, and a wrong key is said to be one', async () => {
  const memory = createMemory();
  await (await openMemoryLake(memory.files)).close();
  expect(await verify(memory)).toMatchObject({ ok: true, size: 0, faults: [] });
  await expect(verify(memory, { verifierKeys: ['nonsense'] })).rejects.toThrow(NoteError);
  memory.map.delete('log/main/verifier.vkey');
  expect((await verify(memory)).faults).toMatchObject([{ kind: 'key', place: 'log/main/verifier.vkey' }]);
});

test('entries of one kind are not read as another', () => {
  expect(parseEntry(capture(1))).toBeUndefined();
  expect(parseCaptureEntry(seal(1, 0, [])[0] ?? '')).toBeUndefined();
  expect(parseCaptureEntry('{"enqueuedAt":')).toBeUndefined();
  expect(parseEntry('{"kind":"segment"}')).toMatchObject({ kind: 'segment' });
  expect(parseEntry('{"kind":"pack"}')).toBeUndefined();
  expect(parseEntry('[]')).toBeUndefined();
  expect(() => entryBytes('x'.repeat(65_536))).toThrow('65535 is the most');
});
