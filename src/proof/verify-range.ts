import { hash } from 'node:crypto';
import { CAPTURE_PREFIX, captureEntry, parseEntry } from './entries.ts';
import type { SealPart, SegmentFacts, StreamFacts } from './entries.ts';
import { hashAt, HASH_BYTES, leafHashInto, perfectRoot } from './merkle.ts';
import { createStreamCount } from './stream-count.ts';
import type { StreamCount } from './stream-count.ts';
import { entriesPath, tilePath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { CaptureRow, LakeFiles, ParquetReader } from './verify-port.ts';

/**
 * The quick way over a stretch of a log that is whole: each leaf is hashed once and compared with its tile, each row is
 * written as its entry again and compared with it. It answers that all of it fits, or nothing; what is wrong where is for
 * the careful way to say. A stretch needs nothing of its neighbours, so several can be looked at side by side.
 */
export interface RangeJob {
  /** `log/<writer>`. */
  readonly folder: string;
  /** Leaves [from, to): one seal. */
  readonly from: number;
  readonly to: number;
  /** Leaves of the whole log. */
  readonly size: number;
}

/** A stretch that is one seal, in which everything fits. */
export interface CleanRange {
  /** Of each leaf. */
  readonly hashes: Uint8Array;
  /** Roots of the full tiles in it, from the first full one on. */
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
}

/** Looks at a stretch, here or in another thread; undefined unless all of it fits. */
export interface RangeCheck {
  check(job: RangeJob): Promise<CleanRange | undefined>;
  /** Stretches that may be under way at once. */
  readonly width: number;
}

/** The entries of a stretch, without an object for each. */
interface Entries {
  readonly bundles: readonly Buffer[];
  /** For each leaf: which bundle, and where in it the entry starts and ends. */
  readonly bundle: Uint32Array;
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  readonly hashes: Buffer;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);

/** Reads a stretch and hashes each entry; undefined when a file is missing, or an entry is not what its tile says. */
async function readEntries(
  files: LakeFiles,
  { folder, from, to, size }: RangeJob,
): Promise<Entries | undefined> {
  const count = to - from;
  const bundles: Buffer[] = [];
  const [bundle, start, end] = [new Uint32Array(count), new Uint32Array(count), new Uint32Array(count)];
  const hashes = Buffer.alloc(count * HASH_BYTES);
  for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < to; index++) {
    const width = widthIn(size, 0, index);
    const entries = await files.read(`${folder}/${entriesPath(index, width)}`);
    const tile = await files.read(`${folder}/${tilePath(0, index, width)}`);
    if (entries === undefined || tile?.length !== width * HASH_BYTES) return undefined;
    const bytes = asBuffer(entries);
    bundles.push(bytes);
    let at = 0;
    for (let i = 0; i < width; i++) {
      if (at + 2 > bytes.length) return undefined;
      const begins = at + 2;
      at = begins + bytes.readUInt16BE(at);
      if (at > bytes.length) return undefined;
      const leaf = index * TILE_WIDTH + i - from;
      if (leaf < 0 || leaf >= count) continue;
      bundle[leaf] = bundles.length - 1;
      start[leaf] = begins;
      end[leaf] = at;
      leafHashInto(hashes, leaf * HASH_BYTES, bytes.subarray(begins, at));
    }
    if (at !== bytes.length) return undefined;
    const first = Math.max(0, from - index * TILE_WIDTH);
    const last = Math.min(width, to - index * TILE_WIDTH);
    const own = index * TILE_WIDTH + first - from;
    const hashed = hashes.subarray(own * HASH_BYTES, (own + last - first) * HASH_BYTES);
    if (!hashed.equals(tile.subarray(first * HASH_BYTES, last * HASH_BYTES))) return undefined;
  }
  return { bundles, bundle, start, end, hashes };
}

function entryAt({ bundles, bundle, start, end }: Entries, leaf: number): Buffer {
  return (bundles[bundle[leaf] ?? 0] ?? Buffer.alloc(0)).subarray(start[leaf], end[leaf]);
}

/** How many captures the stretch starts with; what follows are entries of other kinds, as texts. */
function splitEntries(
  entries: Entries,
  count: number,
): { readonly captures: number; readonly others: readonly string[] } {
  const others: string[] = [];
  let captures = count;
  while (captures > 0) {
    const entry = entryAt(entries, captures - 1);
    if (entry.toString('latin1', 0, CAPTURE_PREFIX.length) === CAPTURE_PREFIX) break;
    others.unshift(entry.toString());
    captures--;
  }
  return { captures, others };
}

/** Compares rows with entries. Answers whether all of them fit so far. */
type TakeRows = (rows: readonly CaptureRow[]) => boolean;

function rowCheck(
  entries: Entries,
  captures: number,
  from: number,
  seen: Uint8Array,
  count: ReturnType<typeof createStreamCount>,
): TakeRows {
  let scratch = Buffer.alloc(4096);
  return (rows) => {
    for (const row of rows) {
      const at = row.leaf - from;
      if (!(at >= 0 && at < captures) || seen[at] === 1) return false;
      seen[at] = 1;
      const storedSha256 = hash('sha256', row.body, 'hex');
      if (row.storedSha256 !== storedSha256) return false;
      if (row.redactions === '' && row.originalSha256 !== storedSha256) return false;
      const text = captureEntry(row);
      const bundle = entries.bundles[entries.bundle[at] ?? 0];
      const [start, end] = [entries.start[at] ?? 0, entries.end[at] ?? 0];
      // Three bytes are the most that a UTF-16 code unit takes.
      if (scratch.length < text.length * 3) scratch = Buffer.alloc(text.length * 6);
      const length = scratch.write(text);
      if (length !== end - start || bundle?.compare(scratch, 0, length, start, end) !== 0) return false;
      count.take(at, row.stream, row.sequence);
    }
    return true;
  };
}

async function fits(
  files: LakeFiles,
  parquet: ParquetReader,
  segment: SegmentFacts,
  take: TakeRows,
): Promise<number | undefined> {
  const bytes = await files.read(`${segment.table}/${segment.path}`);
  if (bytes?.length !== segment.size || hash('sha256', bytes, 'hex') !== segment.sha256) return undefined;
  if (parquet.rowCount(bytes) !== segment.rows) return undefined;
  if (segment.table !== 'captures') return bytes.length;
  let before = -1;
  for await (const rows of parquet.captures(bytes)) {
    for (const { leaf } of rows) {
      if (leaf <= before) return undefined;
      before = leaf;
    }
    if (!take(rows)) return undefined;
  }
  return bytes.length;
}

/** Roots of the full tiles of the stretch; those cut by its ends are left to the tree. */
function tileRootsOf(hashes: Buffer, from: number, count: number): Buffer {
  const first = (TILE_WIDTH - (from % TILE_WIDTH)) % TILE_WIDTH;
  const tiles = Math.max(0, Math.floor((count - first) / TILE_WIDTH));
  const roots = Buffer.alloc(tiles * HASH_BYTES);
  for (let i = 0; i < tiles; i++)
    perfectRoot(hashes, first + i * TILE_WIDTH, TILE_WIDTH).copy(roots, i * HASH_BYTES);
  return roots;
}

/** The parts of the seal that the entries end with; undefined when they end none, or more than one. */
function partsOf(
  others: readonly string[],
): { readonly parts: SealPart[]; readonly segments: SegmentFacts[] } | undefined {
  const [parts, segments]: [SealPart[], SegmentFacts[]] = [[], []];
  for (const [i, text] of others.entries()) {
    const entry = parseEntry(text);
    if (entry === undefined) return undefined;
    if (entry.kind === 'segment') segments.push(entry.segment);
    if (entry.kind === 'seal') parts.push(entry.part);
    const isEnd = entry.kind === 'seal' && entry.part.part === entry.part.parts;
    if (isEnd !== (i === others.length - 1)) return undefined;
  }
  return parts.length === 0 ? undefined : { parts, segments };
}

const gapless = (parts: readonly SealPart[]): Set<string> =>
  new Set(
    parts.flatMap(({ streams }) =>
      streams.filter((facts: StreamFacts) => facts.contiguous === true).map(({ stream }) => stream),
    ),
  );

/** Looks at one stretch; undefined unless it is one seal and all of it fits. */
export async function checkRange(
  files: LakeFiles,
  parquet: ParquetReader,
  job: RangeJob,
): Promise<CleanRange | undefined> {
  const { from, to } = job;
  const entries = await readEntries(files, job);
  if (entries === undefined) return undefined;
  const { captures, others } = splitEntries(entries, to - from);
  const ended = partsOf(others);
  if (ended === undefined) return undefined;
  const seen = new Uint8Array(captures);
  const count = createStreamCount(captures);
  const take = rowCheck(entries, captures, from, seen, count);
  let [bytes, rows] = [0, 0];
  for (const segment of ended.segments) {
    const read = await fits(files, parquet, segment, take);
    if (read === undefined) return undefined;
    bytes += read;
    rows += segment.rows;
  }
  if (seen.includes(0)) return undefined;
  const streams = count.finish(gapless(ended.parts));
  if (streams === undefined) return undefined;
  return {
    hashes: entries.hashes,
    tileRoots: tileRootsOf(entries.hashes, from, to - from),
    captures,
    entries: others,
    streams,
    segments: ended.segments.length,
    rows,
    bytes,
  };
}

/** In this thread, one stretch after the other. */
export const rangeCheckHere = (files: LakeFiles, parquet: ParquetReader): RangeCheck => ({
  check: (job) => checkRange(files, parquet, job),
  width: 1,
});

/** The n-th hash of a stretch. */
export const rangeHash = ({ hashes }: CleanRange, n: number): Buffer => hashAt(asBuffer(hashes), n);
