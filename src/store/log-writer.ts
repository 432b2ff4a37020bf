import { PipelineError } from '../lib/errors.ts';
import { leafHash } from '../proof/merkle.ts';
import { decodeBundle, encodeBundle, entriesPath, readEdge, tilePath, widthIn } from '../proof/tiles.ts';
import { createTree, TILE_WIDTH } from '../proof/tree.ts';
import type { Tree } from '../proof/tree.ts';
import type { Files } from './files.ts';

/** The log as of its last commit: the tree, and the entries of the bundle that is not full yet. */
export interface LogState {
  readonly tree: Tree;
  readonly tail: readonly Uint8Array[];
}

export const emptyLog = (): LogState => ({ tree: createTree(), tail: [] });

/**
 * Reads the right edge of a log of `size` leaves.
 *
 * @param folder of the log, `log/<writer>`.
 *
 * @throws PipelineError LAKE_CORRUPT when a tile or bundle is missing, or the root is not the one that was committed.
 */
export async function readLog(files: Files, folder: string, size: number, root: string): Promise<LogState> {
  const logPath = (path: string): string => `${folder}/${path}`;
  const corrupt = (what: string): PipelineError =>
    new PipelineError(
      'LAKE_CORRUPT',
      `lake ${files.place}`,
      `${what}; run verify to see what differs, nothing was written`,
    );
  const read = (path: string): Promise<Uint8Array | undefined> => files.read(logPath(path));
  const edge = await readEdge(read, size);
  if (edge === undefined) throw corrupt(`a tile of the log's right edge (size ${size}) is missing`);
  const tree = createTree(size, edge);
  if (tree.root().toString('base64') !== root)
    throw corrupt(`the tiles of the log do not add up to its root at size ${size}`);
  const width = size % TILE_WIDTH;
  if (width === 0) return { tree, tail: [] };
  const index = Math.floor(size / TILE_WIDTH);
  const bundle = (await read(entriesPath(index, width))) ?? (await read(entriesPath(index, TILE_WIDTH)));
  const tail = bundle === undefined ? undefined : decodeBundle(bundle)?.slice(0, width);
  if (tail?.length !== width)
    throw corrupt(`the entry bundle ${logPath(entriesPath(index, width))} is missing or cut short`);
  return { tree, tail };
}

/**
 * Where the entries of a seal wait until it is true and its tiles are written. The name says which seal it would be, since
 * the root commits to every entry.
 */
export const pendingPath = (writer: string, seal: number, root: string): string =>
  `${pendingFolder(writer)}/${seal}-${Buffer.from(root, 'base64').toString('hex')}`;

export const pendingFolder = (writer: string): string => `_pending/${writer}`;

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
 * Removes the partial tiles of a log of `before` leaves whose full tile is part of the log of `after` leaves: C2SP
 * tlog-tiles allows it, and they would outgrow the evidence.
 */
export async function dropPartials(
  files: Files,
  folder: string,
  before: number,
  after: number,
): Promise<void> {
  const logPath = (path: string): string => `${folder}/${path}`;
  for (let level = 0; TILE_WIDTH ** level <= before; level++) {
    const index = Math.floor(before / TILE_WIDTH ** (level + 1));
    if (widthIn(after, level, index) < TILE_WIDTH) continue;
    await files.removeFolder(logPath(`${tilePath(level, index, TILE_WIDTH)}.p`));
    if (level === 0) await files.removeFolder(logPath(`${entriesPath(index, TILE_WIDTH)}.p`));
  }
}
