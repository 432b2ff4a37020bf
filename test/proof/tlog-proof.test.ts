import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signCheckpoint } from '../../src/proof/checkpoint.ts';
import { leafHash } from '../../src/proof/merkle.ts';
import { NoteError, signerFromSeed } from '../../src/proof/note.ts';
import { proveInclusion } from '../../src/proof/prove.ts';
import { tilePath } from '../../src/proof/tiles.ts';
import { checkProof, formatProof, parseProof } from '../../src/proof/tlog-proof.ts';
import { createTree } from '../../src/proof/tree.ts';

const ORIGIN = 'lake.example.com/test';
const signer = signerFromSeed(ORIGIN, Buffer.alloc(32, 7));

/** A log of so many leaves, and the proof of one of them. */
async function prove(size: number, index: number): Promise<string> {
  const files = new Map<string, Buffer>();
  const tree = createTree(0, [], (tile) =>
    files.set(tilePath(tile.level, tile.index, tile.width), tile.hashes),
  );
  for (let leaf = 0; leaf < size; leaf++) tree.append(leafHash(Buffer.from(`leaf ${leaf}`)));
  for (const tile of tree.edge()) files.set(tilePath(tile.level, tile.index, tile.width), tile.hashes);
  const hashes = await proveInclusion(async (path) => files.get(path), index, size);
  const checkpoint = signCheckpoint({ origin: ORIGIN, size, root: tree.root() }, signer);
  return formatProof({ index, hashes, checkpoint });
}

test('a leaf, its proof and the public key are all it takes', async () => {
  const proof = await prove(700, 300);
  expect(proof).toMatch(
    /^c2sp\.org\/tlog-proof@v1\nindex 300\n(?:[A-Za-z0-9+/]{43}=\n){9,10}\nlake\.example\.com\/test\n700\n/,
  );
  expect(checkProof(parseProof(proof), leafHash(Buffer.from('leaf 300')), signer.verifier).size).toBe(700);
});

test('every leaf of trees of any size can be proven, and no other leaf in its place', async () => {
  for (const size of [1, 2, 3, 7, 255, 256, 257, 600]) {
    for (const index of new Set([0, size >> 1, size - 1])) {
      const proof = parseProof(await prove(size, index));
      expect(checkProof(proof, leafHash(Buffer.from(`leaf ${index}`)), signer.verifier).size).toBe(size);
      expect(() => checkProof(proof, leafHash(Buffer.from('another')), signer.verifier)).toThrow(
        'does not lead',
      );
      expect(() =>
        checkProof({ ...proof, index: index + 1 }, leafHash(Buffer.from(`leaf ${index}`)), signer.verifier),
      ).toThrow(NoteError);
    }
  }
});

test('extra data is carried, and nothing depends on it', async () => {
  const proof = { ...parseProof(await prove(5, 2)), extra: Buffer.from('capture 2') };
  const back = parseProof(formatProof(proof));
  expect(Buffer.from(back.extra ?? []).toString()).toBe('capture 2');
  expect(checkProof(back, leafHash(Buffer.from('leaf 2')), signer.verifier).size).toBe(5);
});

test('a proof of another log is told from one with a wrong key', async () => {
  const proof = parseProof(await prove(5, 2));
  const leaf = leafHash(Buffer.from('leaf 2'));
  const other = signerFromSeed('other.example.com', Buffer.alloc(32, 7)).verifier;
  const wrong = signerFromSeed(ORIGIN, Buffer.alloc(32, 9)).verifier;
  expect(() => checkProof(proof, leaf, other)).toThrow(`but by ${ORIGIN} with key`);
  expect(() => checkProof(proof, leaf, wrong)).toThrow(`not signed by ${ORIGIN} with key`);
});

test('any changed bit of a proof is refused', async () => {
  const proof = await prove(300, 77);
  const leaf = leafHash(Buffer.from('leaf 77'));
  fc.assert(
    fc.property(fc.nat({ max: Buffer.byteLength(proof) * 8 - 1 }), (bit) => {
      const bytes = Buffer.from(proof);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      try {
        checkProof(parseProof(bytes.toString()), leaf, signer.verifier);
        return false;
      } catch (thrown) {
        return thrown instanceof NoteError;
      }
    }),
    { numRuns: 300 },
  );
});

test.each([
  ['nothing', ''],
  ['another format', 'c2sp.org/tlog-proof@v2\nindex 0\n\n'],
  ['no index', 'c2sp.org/tlog-proof@v1\n\n'],
  ['a padded index', 'c2sp.org/tlog-proof@v1\nindex 01\n\n'],
  ['an index beyond all trees', `c2sp.org/tlog-proof@v1\nindex ${'9'.repeat(16)}\n\n`],
  ['a short hash', 'c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n'],
  ['loose base64', 'c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n'],
  [
    'a path without end',
    `c2sp.org/tlog-proof@v1\nindex 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}\n`,
  ],
])('not a proof: %s', (_, text) => {
  expect(() => parseProof(text)).toThrow(NoteError);
});
