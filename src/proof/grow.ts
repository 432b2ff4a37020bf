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

export function growLog(log: LogState, entries: readonly Uint8Array[]): GrownLog {
  const files: (readonly [string, Uint8Array])[] = [];
  const tree = log.tree.fork((tile) =>
    files.push([tilePath(tile.level, tile.index, tile.width), tile.hashes]),
  );
  for (const entry of entries) tree.append(leafHash(entry));
  for (const tile of tree.edge()) files.push([tilePath(tile.level, tile.index, tile.width), tile.hashes]);
  const all = [...log.tail, ...entries];
  let index = Math.floor(log.tree.size / TILE_WIDTH);
  let from = 0;
  for (; from + TILE_WIDTH <= all.length; from += TILE_WIDTH) {
    files.push([entriesPath(index, TILE_WIDTH), encodeBundle(all.slice(from, from + TILE_WIDTH))]);
    index++;
  }
  const tail = all.slice(from);
  if (tail.length > 0) files.push([entriesPath(index, tail.length), encodeBundle(tail)]);
  return { tree, tail, files };
}

/**
 * Where the entries of a seal wait until it is true and its tiles are written. The name says which seal it would be, since
 * the root commits to every entry.
 */
export const pendingPath = (writer: string, seal: number, root: string): string =>
  `${pendingFolder(writer)}/${seal}-${Buffer.from(root, 'base64').toString('hex')}`;

export const pendingFolder = (writer: string): string => `_pending/${writer}`;
