import { PipelineError } from '../lib/errors.ts';
import type { LogState } from '../proof/grow.ts';
import { decodeBundle, entriesPath, readEdge, tilePath, widthIn } from '../proof/tiles.ts';
import { createTree, TILE_WIDTH } from '../proof/tree.ts';
import type { Files } from './files.ts';

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
