import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { JsonMap } from './canonical.ts';
import { captureEntry } from './entries.ts';
import type { SegmentFacts } from './entries.ts';
import type { LeafSet } from './leaf-set.ts';
import { FIXED_COLUMNS } from './maintenance.ts';
import type { RewriteFacts, Span } from './maintenance.ts';
import { addDigest, damagedBody, digestOfBody } from './payload-check.ts';
import type { BodyDigest } from './payload-check.ts';
import type { Scratch } from './scratch.ts';
import { decodeBundle, entriesPath, widthIn } from './tiles.ts';
import { TILE_WIDTH } from './tree.ts';
import type { CaptureRow, FaultList, LakeFiles, ParquetReader } from './verify-port.ts';
import { leavesAsLogged } from './verify-rewritten-quick.ts';
import type { LoggedEntries } from './verify-rewritten-quick.ts';

/** The entry of any leaf of a log, as its bundles have it. */
export type EntryAt = (leaf: number) => Promise<Buffer | undefined>;

/** Reads entries of a log of `size` leaves; in growing order, each bundle once. */
export function createEntryAt(files: LakeFiles, folder: string, size: number): EntryAt {
  let held = -1;
  let entries: readonly Buffer[] | undefined;
  return async (leaf) => {
    if (!(leaf >= 0 && leaf < size)) return undefined;
    const index = Math.floor(leaf / TILE_WIDTH);
    if (index !== held) {
      const bytes = await files.read(`${folder}/${entriesPath(index, widthIn(size, 0, index))}`);
      entries = bytes === undefined ? undefined : decodeBundle(bytes);
      held = index;
    }
    return entries?.[leaf % TILE_WIDTH];
  };
}

/** What is known of bodies that were taken out by order. */
export interface Erased {
  readonly emptied: LeafSet;
  /** Digest of what is left, by leaf. */
  readonly cut: ReadonlyMap<number, string>;
}

/** Says why a row's body may not be what it is; undefined when it may. */
function doubtOfBody(row: CaptureRow, digest: BodyDigest, { emptied, cut }: Erased): string | undefined {
  if (emptied.has(row.leaf)) {
    return row.body.length === 0 ? undefined : 'its body was erased by order, and yet one is there';
  }
  if (digest.kind === 'damaged') return damagedBody(digest.key);
  // What is encrypted, and cannot be opened here, is counted; it was not looked at.
  if (digest.kind === 'unseen') return undefined;
  const { sha256 } = digest;
  const left = cut.get(row.leaf);
  if (left !== undefined) {
    return sha256 === left
      ? undefined
      : `the body hashes to ${sha256}, and what the order left of it to ${left}`;
  }
  if (sha256 === row.storedSha256) {
    return row.redactions === '' && row.originalSha256 !== sha256
      ? 'nothing was cut out of the body, and yet it is not the original'
      : undefined;
  }
  return `the body hashes to ${sha256}, the log says ${row.storedSha256}, and no order covers this leaf`;
}

/**
 * The rows of a captures file that stands for others: each must be the log's entry at its leaf, in growing order.
 *
 * @param logged the same entries for the quick way, which is gone where no order covers anything.
 * @param found leaves that have a row; each may have one.
 * @param covered leaves that this very rewrite says it took bodies of.
 */
export async function checkRewrittenCaptures(
  path: string,
  bytes: Uint8Array,
  parquet: ParquetReader,
  entryAt: EntryAt,
  logged: LoggedEntries,
  erased: Erased,
  found: LeafSet,
  covered: LeafSet,
  faults: FaultList,
): Promise<void> {
  const leaves = covered.size > 0 ? undefined : await leavesAsLogged(bytes, parquet, logged);
  if (leaves !== undefined) {
    for (const [row, leaf] of leaves.entries())
      if (!found.add(leaf)) faults.add('row', `${path} row ${row + 1}`, `a second row for leaf ${leaf}`);
    return;
  }
  let [number, before, met] = [0, -1, 0];
  for await (const rows of parquet.captures(bytes)) {
    for (const row of rows) {
      number++;
      const place = `${path} row ${number}`;
      const entry = await entryAt(row.leaf);
      if (covered.has(row.leaf)) met++;
      if (row.leaf <= before)
        faults.add('row', place, `leaf ${row.leaf} stands after leaf ${before}: rows were moved`);
      before = row.leaf;
      if (entry?.equals(Buffer.from(captureEntry(row))) !== true) {
        faults.add('row', place, `leaf ${row.leaf}: the row is not what the log has there`);
        continue;
      }
      if (!found.add(row.leaf)) faults.add('row', place, `a second row for leaf ${row.leaf}`);
      const digest = digestOfBody(row.body, row, parquet.payload?.keys);
      if (parquet.payload !== undefined) addDigest(parquet.payload.tally, digest);
      const doubt = doubtOfBody(row, digest, erased);
      if (doubt !== undefined) faults.add('row', place, `leaf ${row.leaf}: ${doubt}`);
    }
  }
  if (met !== covered.size)
    faults.add(
      'maintenance',
      path,
      `the order covers ${covered.size} messages, and ${met} of them are in the file`,
    );
}

/** Walks spans beside growing numbers. */
function within(spans: readonly Span[]): (number: number) => boolean {
  let at = 0;
  return (number) => {
    while ((spans[at]?.[1] ?? Infinity) < number) at++;
    return (spans[at]?.[0] ?? Infinity) <= number;
  };
}

const fixedOf = (row: JsonMap): JsonMap => Object.fromEntries(FIXED_COLUMNS.map((name) => [name, row[name]]));

/** Compares a file of another table with those it stands for, while they are there; true when that could be done. */
export async function compareRows(
  files: LakeFiles,
  parquet: ParquetReader,
  path: string,
  bytes: Uint8Array | undefined,
  { table, from, removed, changed }: RewriteFacts,
  faults: FaultList,
): Promise<boolean> {
  if (parquet.rows === undefined) return false;
  const rows = bytes === undefined ? [] : await parquet.rows(bytes);
  const [isRemoved, isChanged] = [within(removed), within(changed)];
  let [number, at] = [0, 0];
  for (const source of from) {
    const old = await files.read(`${table}/${source.path}`);
    if (old === undefined) return false;
    for (const row of await parquet.rows(old)) {
      const which = number++;
      if (isRemoved(which)) continue;
      const now = rows[at++];
      const [was, is] = isChanged(which) ? [fixedOf(row), fixedOf(now ?? {})] : [row, now ?? {}];
      if (canonical(was) === canonical(is)) continue;
      faults.add(
        'row',
        `${path} row ${at}`,
        `it is not what row ${which} of the files was that this one stands for`,
      );
      return true;
    }
  }
  return true;
}

/** A file and its entry in the log. Answers the bytes, until the next file is read, when they are what the log has. */
export async function readSegment(
  scratch: Scratch,
  parquet: ParquetReader,
  { table, path, sha256, rows, size }: SegmentFacts,
  faults: FaultList,
): Promise<Uint8Array | undefined> {
  const place = `${table}/${path}`;
  const bytes = await scratch.read('segment', place);
  if (bytes === undefined) {
    faults.add('segment', place, `the file is missing; the log has it with ${rows} rows`);
    return undefined;
  }
  const digest = hash('sha256', bytes, 'hex');
  if (digest !== sha256 || bytes.length !== size) {
    faults.add('segment', place, `the file was changed: it hashes to ${digest}, the log says ${sha256}`);
    return undefined;
  }
  if (parquet.rowCount(bytes) !== rows) {
    faults.add('segment', place, `it holds ${parquet.rowCount(bytes)} rows, the log says ${rows}`);
    return undefined;
  }
  return bytes;
}
