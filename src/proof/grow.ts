import { leafHash } from './merkle.ts';
import { encodeBundle, entriesPath, tilePath } from './tiles.ts';
import { createTree, TILE_WIDTH } from './tree.ts';
import type { Tree } from './tree.ts';

/** The log as of its last commit: the tree, and the entries of the bundle that is not full yet. */
export interface LogState {
  readonly tree: Tree;
  readonly tail: readonly Uint8Array[];
}

export const emptyLog = (): LogState => ({ tree: createTree(), tail: [] });

/** A log with more entries, and the tiles and bundles that it then has and had not before. */
export interface GrownLog extends LogState {
  /** By path below the log's folder. They follow from the entries alone, so writing them again changes nothing. */
  readonly files: readonly (readonly [string, Uint8Array])[];
}

/** A log that is growing. */
export interface LogGrowth {
  append(entries: readonly Uint8Array[]): void;
  /** The log with all that was appended. */
  finish(): GrownLog;
}

export function beginGrowth(log: LogState): LogGrowth {
  const tiles: (readonly [string, Uint8Array])[] = [];
  const bundles: (readonly [string, Uint8Array])[] = [];
  const tree = log.tree.fork((tile) =>
    tiles.push([tilePath(tile.level, tile.index, tile.width), tile.hashes]),
  );
  let index = Math.floor(log.tree.size / TILE_WIDTH);
  let tail: Uint8Array[] = [...log.tail];
  return {
    append(entries) {
      for (const entry of entries) {
        tree.append(leafHash(entry));
        tail.push(entry);
        if (tail.length < TILE_WIDTH) continue;
        bundles.push([entriesPath(index, TILE_WIDTH), encodeBundle(tail)]);
        index++;
        tail = [];
      }
    },
    finish() {
      for (const tile of tree.edge()) tiles.push([tilePath(tile.level, tile.index, tile.width), tile.hashes]);
      if (tail.length > 0) bundles.push([entriesPath(index, tail.length), encodeBundle(tail)]);
      return { tree, tail, files: [...tiles, ...bundles] };
    },
  };
}

export function growLog(log: LogState, entries: readonly Uint8Array[]): GrownLog {
  const growth = beginGrowth(log);
  growth.append(entries);
  return growth.finish();
}

/**
 * Where the entries of a seal wait until it is true and its tiles are written. The name says which seal it would be, since
 * the root commits to every entry.
 */
export const pendingPath = (writer: string, seal: number, root: string): string =>
  `${pendingFolder(writer)}/${seal}-${Buffer.from(root, 'base64').toString('hex')}`;

export const pendingFolder = (writer: string): string => `_pending/${writer}`;
