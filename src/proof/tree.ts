import { hashAt, HASH_BYTES, peaksOf, perfectRoot, rootOfPeaks } from './merkle.ts';

/** Hashes in a full tile, and entries in a full bundle: C2SP tlog-tiles. */
export const TILE_WIDTH = 256;

/** `width` consecutive hashes of one level: hash i spans 256^level leaves. */
export interface Tile {
  readonly level: number;
  readonly index: number;
  readonly width: number;
  /** `width` times 32 bytes. */
  readonly hashes: Buffer;
}

/** A Merkle tree that grows by leaves and keeps its right edge alone. */
export interface Tree {
  readonly size: number;
  append(leaf: Uint8Array): void;
  /** Takes in the 256 leaves of a tile whose root is known; only where the tree ends with a full tile. */
  appendTile(root: Uint8Array): void;
  root(): Buffer;
  /** The partial tiles of the right edge, lowest level first. Copies. */
  edge(): Tile[];
  /** An independent tree that stands where this one stands. */
  fork(onTile?: (tile: Tile) => void): Tree;
}

interface Level {
  readonly hashes: Buffer;
  /** Hashes in it so far. */
  width: number;
  /** Which tile of its level this is. */
  index: number;
}

/** How many hashes the right-most tile of a level has in a tree of `size` leaves; 0 when it is full or absent. */
export const edgeWidth = (size: number, level: number): number =>
  Math.floor(size / TILE_WIDTH ** level) % TILE_WIDTH;

/**
 * A tree of `size` leaves, from the partial tiles of its right edge.
 *
 * @param onTile told of every tile as it becomes full.
 * @param edge the tiles that `edgeWidth` says are there; none for an empty tree.
 */
export function createTree(size = 0, edge: readonly Tile[] = [], onTile?: (tile: Tile) => void): Tree {
  let leaves = size;
  const levels: Level[] = [];
  const levelAt = (level: number): Level => {
    const known = levels[level];
    if (known !== undefined) return known;
    const index = Math.floor(size / TILE_WIDTH ** (level + 1));
    const made = { hashes: Buffer.alloc(TILE_WIDTH * HASH_BYTES), width: 0, index };
    levels[level] = made;
    return made;
  };
  for (let level = 0; TILE_WIDTH ** level <= size; level++) levelAt(level);
  for (const tile of edge) {
    const level = levelAt(tile.level);
    tile.hashes.copy(level.hashes);
    level.width = tile.width;
  }

  const appendAt = (first: number, hash: Uint8Array): void => {
    let carry = hash;
    for (let number = first; ; number++) {
      const level = levelAt(number);
      level.hashes.set(carry, level.width * HASH_BYTES);
      level.width++;
      if (level.width < TILE_WIDTH) break;
      carry = perfectRoot(level.hashes, 0, TILE_WIDTH);
      onTile?.({ level: number, index: level.index, width: TILE_WIDTH, hashes: Buffer.from(level.hashes) });
      level.width = 0;
      level.index++;
    }
    leaves += TILE_WIDTH ** first;
  };

  const edgeNow = (): Tile[] =>
    levels
      .map(({ hashes, width, index }, level) => ({
        level,
        index,
        width,
        hashes: Buffer.from(hashes.subarray(0, width * HASH_BYTES)),
      }))
      .filter(({ width }) => width > 0);

  return {
    get size() {
      return leaves;
    },
    append: (leaf) => appendAt(0, leaf),
    appendTile(root) {
      const level = levelAt(0);
      if (level.width > 0) throw new RangeError(`the tree of ${leaves} leaves does not end with a full tile`);
      level.index++;
      appendAt(1, root);
    },
    root: () => rootOfPeaks(levels.toReversed().flatMap(({ hashes, width }) => peaksOf(hashes, width))),
    edge: edgeNow,
    fork: (onForkTile) => createTree(leaves, edgeNow(), onForkTile),
  };
}

/** The hash at `position` of a tile. */
export const tileHash = (tile: Tile, position: number): Buffer => hashAt(tile.hashes, position);
