import { createBundleWriter } from './entry-bytes.ts';
import { HASH_BYTES } from './merkle.ts';
import { addTally } from './payload-check.ts';
import { createScratch } from './scratch.ts';
import { entriesPath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { LakeFiles, ParquetReader } from './verify-port.ts';

/** Compares entries with those of a log, where each bundle is read once for leaves in growing order. */
export interface LoggedEntries {
  /** True when the bytes, with the length before them, are the entry of a leaf. */
  isSame(leaf: number, written: Uint8Array): boolean;
  /** Reads the bundle of a leaf, unless it is the one that was read last; false when there is none. */
  open(leaf: number): Promise<boolean>;
  /** True when the bundle of a leaf is open. */
  isOpen(leaf: number): boolean;
}

export function createLoggedEntries(files: LakeFiles, folder: string, size: number): LoggedEntries {
  const scratch = createScratch(files);
  const ends = new Uint32Array(TILE_WIDTH + 1);
  let bundle: Buffer = Buffer.alloc(0);
  let held = -1;
  const isOpen = (leaf: number): boolean => Math.floor(leaf / TILE_WIDTH) === held;
  return {
    isOpen,
    async open(leaf) {
      if (isOpen(leaf)) return true;
      held = -1;
      if (!(leaf >= 0 && leaf < size)) return false;
      const index = Math.floor(leaf / TILE_WIDTH);
      const width = widthIn(size, 0, index);
      const read = await scratch.read('bundle', `${folder}/${entriesPath(index, width)}`);
      if (read === undefined) return false;
      bundle = Buffer.from(read.buffer as ArrayBuffer, read.byteOffset, read.length);
      for (let i = 0, at = 0; i < width; i++) {
        if (at + 2 > bundle.length) return false;
        at += 2 + bundle.readUInt16BE(at);
        ends[i + 1] = at;
      }
      held = index;
      return true;
    },
    isSame(leaf, written) {
      const at = leaf % TILE_WIDTH;
      const [from, to] = [ends[at] ?? 0, ends[at + 1] ?? 0];
      if (leaf >= size || to > bundle.length || written.length !== to - from) return false;
      return bundle.compare(written, 0, written.length, from, to) === 0;
    },
  };
}

/**
 * The leaves of a captures file that stands for others, when each of its rows is the log's entry there, body and all, in
 * growing order; undefined otherwise: the careful way says what is wrong, or was taken out by order.
 */
export async function leavesAsLogged(
  bytes: Uint8Array,
  parquet: ParquetReader,
  logged: LoggedEntries,
): Promise<Float64Array | undefined> {
  if (parquet.walk === undefined) return undefined;
  const writer = createBundleWriter(parquet.payload?.keys);
  const unused = Buffer.alloc(HASH_BYTES);
  const walk = parquet.walk(bytes);
  const leaves = new Float64Array(walk.rows);
  let before = -1;
  for (let row = 0; walk.next(); row++) {
    const { leaf } = walk;
    if (leaf <= before || row >= leaves.length) return undefined;
    if (!logged.isOpen(leaf) && !(await logged.open(leaf))) return undefined;
    writer.clear();
    if (!writer.addRow(walk, unused, 0) || !logged.isSame(leaf, writer.written)) return undefined;
    leaves[row] = leaf;
    before = leaf;
  }
  if (parquet.payload !== undefined) addTally(parquet.payload.tally, writer.takeTally());
  return leaves;
}
