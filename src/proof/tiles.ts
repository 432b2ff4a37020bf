import { HASH_BYTES } from './merkle.ts';
import { edgeWidth, TILE_WIDTH } from './tree.ts';
import type { Tile } from './tree.ts';

/** Longest entry a bundle can hold: its length is a uint16. */
export const MAX_ENTRY_BYTES = 65_535;

/** Reads one file of the log; undefined when it is not there. Paths are relative to the log's folder. */
export type ReadTileFile = (path: string) => Promise<Uint8Array | undefined>;

/** `1234067` as `x001/x234/067`. */
function indexPath(index: number): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return groups.join('/');
}

const withWidth = (path: string, width: number): string =>
  width === TILE_WIDTH ? path : `${path}.p/${width}`;

/** `tile/<L>/<N>[.p/<W>]`. C2SP tlog-tiles, Merkle Tree. */
export const tilePath = (level: number, index: number, width: number): string =>
  withWidth(`tile/${level}/${indexPath(index)}`, width);

/** `tile/entries/<N>[.p/<W>]`. C2SP tlog-tiles, Log entries. */
export const entriesPath = (index: number, width: number): string =>
  withWidth(`tile/entries/${indexPath(index)}`, width);

/** What a tile path names; undefined when it is not one of the two forms, spelt exactly. */
export function parseTilePath(
  path: string,
): { readonly level: number | 'entries'; readonly index: number; readonly width: number } | undefined {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const level = match[1] === 'entries' ? 'entries' : Number(match[1]);
  const index = Number(match[2].replaceAll(/[x/]/g, ''));
  const width = match[3] === undefined ? TILE_WIDTH : Number(match[3]);
  const spelt = level === 'entries' ? entriesPath(index, width) : tilePath(level, index, width);
  return spelt === path && width > 0 && width <= TILE_WIDTH ? { level, index, width } : undefined;
}

/** How wide the bundle or tile at `index` of a level is in a tree of `size` leaves; 0 when it is not there. */
export function widthIn(size: number, level: number, index: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return Math.max(0, Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH));
}

/** Entries laid end to end, each behind its length as a big-endian uint16. */
export function encodeBundle(entries: readonly Uint8Array[]): Buffer {
  const bundle = Buffer.alloc(entries.reduce((bytes, entry) => bytes + 2 + entry.length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES)
      throw new RangeError(`a log entry of ${entry.length} bytes; 65535 is the most`);
    at = bundle.writeUInt16BE(entry.length, at);
    bundle.set(entry, at);
    at += entry.length;
  }
  return bundle;
}

/** The entries of a bundle; undefined when its lengths do not add up. */
export function decodeBundle(bundle: Uint8Array): Buffer[] | undefined {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    entries.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return entries;
}

/** A tile as a tree of `size` leaves has it, from its own file or from the full tile that grew out of it. */
export async function readTile(
  read: ReadTileFile,
  size: number,
  level: number,
  index: number,
): Promise<Tile | undefined> {
  const width = widthIn(size, level, index);
  if (width === 0) return undefined;
  const partial = await read(tilePath(level, index, width));
  const bytes = partial ?? (width < TILE_WIDTH ? await read(tilePath(level, index, TILE_WIDTH)) : undefined);
  if (bytes === undefined || bytes.length < width * HASH_BYTES) return undefined;
  return { level, index, width, hashes: Buffer.from(bytes.subarray(0, width * HASH_BYTES)) };
}

/** The partial tiles of the right edge; undefined when one is missing. */
export async function readEdge(read: ReadTileFile, size: number): Promise<Tile[] | undefined> {
  const edge: Tile[] = [];
  for (let level = 0; TILE_WIDTH ** level <= size; level++) {
    if (edgeWidth(size, level) === 0) continue;
    const tile = await readTile(read, size, level, Math.floor(size / TILE_WIDTH ** (level + 1)));
    if (tile === undefined) return undefined;
    edge.push(tile);
  }
  return edge;
}
