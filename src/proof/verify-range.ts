import { hash } from 'node:crypto';
import type { SegmentFacts } from './entries.ts';
import { createBundleWriter } from './entry-bytes.ts';
import { HASH_BYTES } from './merkle.ts';
import type { PayloadKeys, PayloadTally } from './payload-check.ts';
import { gaplessOf, partsOf, readOthers, stretchOf, tilesOf } from './range-bundles.ts';
import { createScratch } from './scratch.ts';
import type { Scratch } from './scratch.ts';
import { createStreamCounter } from './stream-count.ts';
import type { StreamCount } from './stream-count.ts';
import { entriesPath, tilePath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import { createLogLook } from './verify-log-range.ts';
import type { CaptureWalk, LakeFiles, ParquetReader } from './verify-port.ts';

/**
 * The quick way over a stretch of a log that is whole: each row is written as its entry again, bundle by bundle, hashed
 * once, and the bytes of bundle and tile are compared as they lie. It answers that all of it fits, or nothing; what is
 * wrong where is for the careful way to say. A stretch needs nothing of its neighbours, so several can be looked at side
 * by side.
 */
export interface RangeJob {
  /** `log/<writer>`. */
  readonly folder: string;
  /** Leaves [from, to): one seal. */
  readonly from: number;
  readonly to: number;
  /** Leaves of the whole log. */
  readonly size: number;
  /** Files of the seal that stand in no table any more, with their table. */
  readonly retired: readonly string[];
}

/** A stretch that is one seal, in which everything fits. */
export interface CleanRange {
  readonly leaves: number;
  /** Hashes of the leaves before its first full tile and behind its last: what is within full tiles is in their roots. */
  readonly edges: Uint8Array;
  /** Roots of the full tiles in it. */
  readonly tileRoots: Uint8Array;
  readonly captures: number;
  /** The entries behind the captures. */
  readonly entries: readonly string[];
  /** Counted from the captures. */
  readonly streams: readonly StreamCount[];
  readonly segments: number;
  readonly rows: number;
  /** Of Parquet. */
  readonly bytes: number;
  /** Encrypted bodies in it. */
  readonly payloads: PayloadTally;
  /** True when the rows of its captures stand elsewhere, and no file was looked at. */
  readonly isLogOnly: boolean;
}

/** Looks at a stretch, here or in another thread; undefined unless all of it fits. */
export interface RangeCheck {
  check(job: RangeJob): Promise<CleanRange | undefined>;
  /** Stretches that may be under way at once. */
  readonly width: number;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);

/** Files of rows, side by side: the rows of a seal's days in the order of their leaves. */
interface Rows {
  /** The row of a leaf, each leaf in its turn; undefined when no file has it next. */
  rowOf(leaf: number): CaptureWalk | undefined;
  /** True when no file has a row left over. */
  isOver(): boolean;
}

function rowsOf(walks: readonly CaptureWalk[]): Rows {
  let waiting = walks.filter((walk) => walk.next());
  let isOver = waiting.length === walks.length;
  let [current] = waiting;
  let isTaken = false;
  const moveOn = (): void => {
    if (!isTaken || current === undefined) return;
    isTaken = false;
    if (current.next()) return;
    waiting = waiting.filter((walk) => walk !== current);
    [current] = waiting;
  };
  return {
    rowOf(leaf) {
      moveOn();
      if (current?.leaf !== leaf) current = waiting.find((walk) => walk.leaf === leaf);
      isTaken = true;
      return current;
    },
    isOver() {
      moveOn();
      isOver &&= waiting.length === 0;
      return isOver;
    },
  };
}

/** Opens the seal's files and compares each with its entry; undefined when one differs. */
async function openSegments(
  parquet: ParquetReader,
  segments: readonly SegmentFacts[],
  scratch: Scratch,
): Promise<{ readonly walks: CaptureWalk[]; readonly bytes: number; readonly rows: number } | undefined> {
  const walks: CaptureWalk[] = [];
  let [total, rows] = [0, 0];
  for (const segment of segments) {
    const isCaptures = segment.table === 'captures';
    // Those of captures are read side by side; of the others each may take the place of the one before.
    const place = isCaptures ? `captures ${walks.length}` : 'segment';
    const bytes = await scratch.read(place, `${segment.table}/${segment.path}`);
    if (bytes?.length !== segment.size || hash('sha256', bytes, 'hex') !== segment.sha256) return undefined;
    const walk = isCaptures ? parquet.walk?.(bytes) : undefined;
    if (isCaptures && walk === undefined) return undefined;
    if ((walk?.rows ?? parquet.rowCount(bytes)) !== segment.rows) return undefined;
    if (walk !== undefined) walks.push(walk);
    total += bytes.length;
    rows += segment.rows;
  }
  return { walks, bytes: total, rows };
}

/**
 * Looks at stretches one after the other; what it needs of memory is used again from one to the next.
 *
 * @param keys open encrypted bodies. (Default: those of the reader)
 */
export function createRangeLook(
  files: LakeFiles,
  parquet: ParquetReader,
  keys: PayloadKeys | undefined = parquet.payload?.keys,
): (job: RangeJob) => Promise<CleanRange | undefined> {
  const scratch = createScratch(files);
  const writer = createBundleWriter(keys);
  const lookAtLog = createLogLook(files);
  let room = Buffer.alloc(0);

  return async (job) => {
    if (job.retired.length > 0) return lookAtLog(job);
    const { folder, from, to, size } = job;
    writer.takeTally();
    const others = parquet.walk === undefined ? undefined : await readOthers(files, job);
    const ended = others === undefined ? undefined : partsOf(others.map((entry) => entry.toString()));
    if (others === undefined || ended === undefined) return undefined;
    const opened = await openSegments(parquet, ended.segments, scratch);
    if (opened === undefined) return undefined;
    const captures = to - from - others.length;
    const rows = rowsOf(opened.walks);
    const streams = createStreamCounter(gaplessOf(ended.parts));
    const needed = (to - from) * HASH_BYTES;
    if (room.length < needed) room = Buffer.alloc(needed);
    const hashes = room.subarray(0, needed);

    const writeLeaf = (leaf: number): boolean => {
      const at = leaf - from;
      if (at >= captures) {
        writer.addEntry(others[at - captures] ?? Buffer.alloc(0), hashes, at * HASH_BYTES);
        return true;
      }
      const row = rows.rowOf(leaf);
      return (
        row !== undefined &&
        streams.take(row.stream.text, row.sequence) &&
        writer.addRow(row, hashes, at * HASH_BYTES)
      );
    };

    for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
      const width = widthIn(size, 0, index);
      const [first, last] = [Math.max(from, index * TILE_WIDTH), Math.min(to, index * TILE_WIDTH + width)];
      writer.clear();
      for (let leaf = first; leaf < last; leaf++) if (!writeLeaf(leaf)) return undefined;
      const bundle = await scratch.read('bundle', `${folder}/${entriesPath(index, width)}`);
      const bounds =
        bundle === undefined ? undefined : stretchOf(bundle, width, first % TILE_WIDTH, last - first);
      if (bundle === undefined || bounds === undefined) return undefined;
      const { written } = writer;
      const isSame =
        written.length === bounds.end - bounds.start &&
        asBuffer(bundle).compare(written, 0, written.length, bounds.start, bounds.end) === 0;
      if (!isSame) return undefined;
      const tile = await scratch.read('tile', `${folder}/${tilePath(0, index, width)}`);
      if (tile?.length !== width * HASH_BYTES) return undefined;
      const hashed = hashes.subarray((first - from) * HASH_BYTES, (last - from) * HASH_BYTES);
      if (
        !hashed.equals(
          tile.subarray(
            (first % TILE_WIDTH) * HASH_BYTES,
            ((first % TILE_WIDTH) + last - first) * HASH_BYTES,
          ),
        )
      )
        return undefined;
    }
    if (!rows.isOver()) return undefined;
    return {
      leaves: to - from,
      ...tilesOf(hashes, from, to - from),
      captures,
      entries: others.map((entry) => entry.toString()),
      streams: streams.counted(),
      segments: ended.segments.length,
      rows: opened.rows,
      bytes: opened.bytes,
      payloads: writer.takeTally(),
      isLogOnly: false,
    };
  };
}

/** In this thread, one stretch after the other. */
export const rangeCheckHere = (files: LakeFiles, parquet: ParquetReader): RangeCheck => ({
  check: createRangeLook(files, parquet),
  width: 1,
});
