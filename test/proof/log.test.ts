import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../src/proof/checkpoint.ts';
import { emptyRoot, leafHash, nodeHash } from '../../src/proof/merkle.ts';
import { parseVerifierKey } from '../../src/proof/note.ts';
import { verifyConsistency, verifyInclusion } from '../../src/proof/proofs.ts';
import { proveConsistency, proveInclusion } from '../../src/proof/prove.ts';
import {
  decodeBundle,
  encodeBundle,
  entriesPath,
  parseTilePath,
  readEdge,
  tilePath,
  widthIn,
} from '../../src/proof/tiles.ts';
import { createTree } from '../../src/proof/tree.ts';
import { corpusFolder } from './corpus.ts';

/** RFC 6962 2.1 to the letter: the oracle. */
function plainRoot(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return emptyRoot();
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(plainRoot(leaves.slice(0, split)), plainRoot(leaves.slice(split)));
}

const leavesOf = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)));

/** A log in memory: every full tile, and the edge at the end. */
function buildLog(leaves: readonly Buffer[]) {
  const files = new Map<string, Buffer>();
  const tree = createTree(0, [], (tile) =>
    files.set(tilePath(tile.level, tile.index, tile.width), tile.hashes),
  );
  for (const leaf of leaves) tree.append(leaf);
  for (const tile of tree.edge()) files.set(tilePath(tile.level, tile.index, tile.width), tile.hashes);
  return { tree, read: (path: string) => Promise.resolve(files.get(path)), files };
}

test('a leaf is proven to be in a log, and a log to extend an older one', async () => {
  const leaves = leavesOf(1000);
  const { tree, read } = buildLog(leaves);
  const proof = await proveInclusion(read, 300, 1000);
  const claim = { index: 300n, size: 1000n, leafHash: leaves[300] ?? emptyRoot(), root: tree.root(), proof };
  expect(verifyInclusion(claim)).toBe(true);
  expect(verifyInclusion({ ...claim, index: 301n })).toBe(false);
  const older = { size1: 700n, size2: 1000n, root1: plainRoot(leaves.slice(0, 700)), root2: tree.root() };
  expect(verifyConsistency({ ...older, proof: await proveConsistency(read, 700, 1000) })).toBe(true);
});

test('the tree has the root of RFC 6962 at every size, also when it goes on from its edge', async () => {
  const leaves = leavesOf(600);
  let tree = createTree();
  for (const [i, leaf] of leaves.entries()) {
    if (i % 97 === 0) tree = createTree(tree.size, tree.edge());
    tree.append(leaf);
    expect(tree.root()).toEqual(plainRoot(leaves.slice(0, i + 1)));
  }
  const grown = buildLog(leaves);
  const edge = await readEdge(grown.read, 600);
  expect(createTree(600, edge ?? []).root()).toEqual(grown.tree.root());
  const fork = grown.tree.fork();
  fork.append(leafHash(Buffer.from('more')));
  expect(grown.tree.size).toBe(600);
  expect(fork.size).toBe(601);
});

test('a tree of 70,000 leaves has the tiles that C2SP tlog-tiles says it has', () => {
  const { files, tree } = buildLog(leavesOf(70_000));
  const paths = [...files.keys()];
  expect(paths.filter((path) => /^tile\/0\/\d{3}$/.test(path))).toHaveLength(273);
  expect(paths).toEqual(
    expect.arrayContaining(['tile/0/273.p/112', 'tile/1/000', 'tile/1/001.p/17', 'tile/2/000.p/1']),
  );
  expect(tree.edge().map(({ level, index, width }) => [level, index, width])).toEqual([
    [0, 273, 112],
    [1, 1, 17],
    [2, 0, 1],
  ]);
});

describe('for logs of any size', () => {
  test('every proof holds, and no proof holds for another leaf or size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1500 }), fc.nat(), fc.nat(), async (size, a, b) => {
        const leaves = leavesOf(size);
        const { tree, read } = buildLog(leaves);
        const index = a % size;
        const size1 = 1 + (b % size);
        const proof = await proveInclusion(read, index, size);
        const claim = { index: BigInt(index), size: BigInt(size), root: tree.root(), proof };
        expect(verifyInclusion({ ...claim, leafHash: leaves[index] ?? emptyRoot() })).toBe(true);
        expect(verifyInclusion({ ...claim, leafHash: leafHash(Buffer.from('other')) })).toBe(false);
        const extension = {
          size1: BigInt(size1),
          size2: BigInt(size),
          root1: plainRoot(leaves.slice(0, size1)),
          root2: tree.root(),
          proof: await proveConsistency(read, size1, size),
        };
        expect(verifyConsistency(extension)).toBe(true);
        expect(verifyConsistency({ ...extension, root1: emptyRoot() })).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('a bundle gives its entries back, and a cut one is refused', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 }),
        fc.nat(),
        (entries, cut) => {
          const bundle = encodeBundle(entries);
          expect(decodeBundle(bundle)?.map((entry) => Uint8Array.from(entry))).toEqual(entries);
          const short = bundle.subarray(0, cut % bundle.length);
          const decoded = decodeBundle(short);
          expect(decoded === undefined || decoded.length < entries.length).toBe(true);
        },
      ),
    );
  });

  test('a tile path is read back as it was written', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 63 }),
        fc.nat(),
        fc.integer({ min: 1, max: 256 }),
        (level, index, width) => {
          expect(parseTilePath(tilePath(level, index, width))).toEqual({ level, index, width });
          expect(parseTilePath(entriesPath(index, width))).toEqual({ level: 'entries', index, width });
        },
      ),
    );
  });
});

test.each([
  'tile/0/1',
  'tile/00/001',
  'tile/0/x001',
  'tile/0/x000/001',
  'tile/0/001.p/0',
  'tile/0/001.p/256',
  'tile/0/001.p/01',
  'tiles/0/001',
  'tile/x/001',
])('%s is no tile path', (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

test('index 1234067 is spelt as in the C2SP page', () => {
  expect(tilePath(0, 1_234_067, 8)).toBe('tile/0/x001/x234/067.p/8');
  expect(entriesPath(1_234_067, 256)).toBe('tile/entries/x001/x234/067');
  expect(widthIn(70_000, 1, 1)).toBe(17);
});

test('an entry that a bundle cannot hold, and a proof that cannot be, are refused', async () => {
  expect(() => encodeBundle([Buffer.alloc(65_536)])).toThrow('65535 is the most');
  const { read } = buildLog(leavesOf(5));
  await expect(proveInclusion(read, 5, 5)).rejects.toThrow('not in a log of 5 leaves');
  await expect(proveConsistency(read, 6, 5)).rejects.toThrow('no proof leads');
  await expect(proveInclusion(() => Promise.resolve(undefined), 0, 5)).rejects.toThrow('missing');
  expect(await readEdge(() => Promise.resolve(undefined), 5)).toBeUndefined();
});

const corpus = corpusFolder();
describe.skipIf(corpus === undefined)('the golden log of another implementation', () => {
  const log = join(corpus ?? '', 'tessera-log');
  const verifier = parseVerifierKey(
    'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
  );
  const read = (path: string): Promise<Buffer | undefined> =>
    readFile(join(log, path)).catch(() => undefined);

  test('every checkpoint is signed, has the root of its tiles and entries, and extends the one before', async () => {
    const sizes = (await readdir(log)).filter((name) => /^checkpoint\.\d+$/.test(name));
    expect(sizes).toHaveLength(16);
    for (const name of [...sizes, 'checkpoint']) {
      const { origin, size, root } = openCheckpoint(await readFile(join(log, name), 'utf8'), verifier);
      expect(origin).toBe('example.com/log/testdata');
      const edge = await readEdge(read, size);
      expect(createTree(size, edge ?? []).root()).toEqual(root);
      const bundle = size === 0 ? [] : decodeBundle((await read(entriesPath(0, size))) ?? Buffer.alloc(0));
      const tree = createTree();
      for (const entry of bundle ?? []) tree.append(leafHash(entry));
      expect(tree.root()).toEqual(root);
      for (let older = 1; older <= size; older++) {
        const proof = await proveConsistency(read, older, size);
        const root1 = openCheckpoint(await readFile(join(log, `checkpoint.${older}`), 'utf8'), verifier).root;
        expect(
          verifyConsistency({ size1: BigInt(older), size2: BigInt(size), root1, root2: root, proof }),
        ).toBe(true);
      }
    }
  });
});
