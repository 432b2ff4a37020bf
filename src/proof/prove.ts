import { nodeHash, peaksOf, rootOfPeaks } from './merkle.ts';
import { readTile } from './tiles.ts';
import type { ReadTileFile } from './tiles.ts';
import { TILE_WIDTH, tileHash } from './tree.ts';
import type { Tile } from './tree.ts';

/** Gives the root of any range of leaves of one tree that is a subtree of it. */
type RangeRoot = (start: number, end: number) => Promise<Buffer>;

/** The largest power of two below `n`: where RFC 6962 splits a tree. */
function splitOf(n: number): number {
  let power = 1;
  while (power * 2 < n) power *= 2;
  return power;
}

function rangeRoots(read: ReadTileFile, size: number): RangeRoot {
  const seen = new Map<string, Promise<Tile | undefined>>();
  const tileAt = async (level: number, index: number): Promise<Tile> => {
    const key = `${level}/${index}`;
    const reading = seen.get(key) ?? readTile(read, size, level, index);
    seen.set(key, reading);
    const tile = await reading;
    if (tile === undefined) throw new RangeError(`tile ${key} is missing from a log of ${size} leaves`);
    return tile;
  };
  const rangeRoot: RangeRoot = async (start, end) => {
    const span = end - start;
    let level = 0;
    while (TILE_WIDTH ** (level + 1) <= span && span % TILE_WIDTH ** (level + 1) === 0) level++;
    const unit = TILE_WIDTH ** level;
    const first = start / unit;
    const count = span / unit;
    if (Number.isInteger(count) && count < TILE_WIDTH && (first % TILE_WIDTH) + count <= TILE_WIDTH) {
      const tile = await tileAt(level, Math.floor(first / TILE_WIDTH));
      if (count === 1) return tileHash(tile, first % TILE_WIDTH);
      const hashes = Buffer.from(
        tile.hashes.subarray((first % TILE_WIDTH) * 32, ((first % TILE_WIDTH) + count) * 32),
      );
      return rootOfPeaks(peaksOf(hashes, count));
    }
    const split = splitOf(span);
    return nodeHash(await rangeRoot(start, start + split), await rangeRoot(start + split, end));
  };
  return rangeRoot;
}

/**
 * Proof that leaf `index` is in the tree of `size` leaves, from the log's tiles. RFC 9162 2.1.3.1.
 *
 * @throws RangeError when the leaf is not in the tree or a tile is missing.
 */
export async function proveInclusion(read: ReadTileFile, index: number, size: number): Promise<Buffer[]> {
  if (index < 0 || index >= size) throw new RangeError(`leaf ${index} is not in a log of ${size} leaves`);
  const rangeRoot = rangeRoots(read, size);
  const proof: Buffer[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      proof.unshift(await rangeRoot(middle, end));
      end = middle;
    } else {
      proof.unshift(await rangeRoot(start, middle));
      start = middle;
    }
  }
  return proof;
}

/**
 * Proof that the tree of `size2` leaves extends the one of `size1` leaves. RFC 9162 2.1.4.1.
 *
 * @throws RangeError when the sizes are not in order or a tile is missing.
 */
export async function proveConsistency(read: ReadTileFile, size1: number, size2: number): Promise<Buffer[]> {
  if (size1 < 1 || size1 > size2) throw new RangeError(`no proof leads from ${size1} to ${size2} leaves`);
  const rangeRoot = rangeRoots(read, size2);
  const proof: Buffer[] = [];
  let [start, end, wanted] = [0, size2, size1];
  while (wanted < end - start) {
    const split = splitOf(end - start);
    if (wanted <= split) {
      proof.unshift(await rangeRoot(start + split, end));
      end = start + split;
    } else {
      proof.unshift(await rangeRoot(start, start + split));
      start += split;
      wanted -= split;
    }
  }
  // The old tree is a whole subtree of the new one only when nothing stands to its left.
  return start === 0 ? proof : [await rangeRoot(start, end), ...proof];
}
