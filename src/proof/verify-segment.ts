import { hash } from 'node:crypto';
import { captureEntry, parseCaptureEntry } from './entries.ts';
import type { CaptureFacts, SegmentFacts } from './entries.ts';
import { addDigest, damagedBody, digestOfBody } from './payload-check.ts';
import type { CaptureRow, FaultList, LakeFiles, ParquetReader } from './verify-port.ts';

const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');

/** A seal's captures: entry i is leaf `from + i`. */
export interface SealCaptures {
  readonly from: number;
  readonly entries: readonly Buffer[];
  /** Which of them a row was found for. */
  readonly seen: Uint8Array;
}

const SEGMENT_PATH =
  /^day=\d{4}-\d{2}-\d{2}\/part-[a-z0-9][a-z0-9-]{0,62}-\d{8,}-\d+-[0-9a-f]{16}\.zstd\.parquet$/;

/** What the row says otherwise than the log, in words. */
function differences(row: CaptureRow, logged: CaptureFacts | undefined, storedSha256: string): string {
  if (logged === undefined) return 'the log has another entry there';
  const said = { ...row, storedSha256 };
  const fields = (
    ['source', 'stream', 'sequence', 'enqueuedAt', 'receivedAt', 'originalSha256', 'redactions'] as const
  ).filter((field) => said[field] !== logged[field]);
  const parts = fields.map(
    (field) => `${field} is ${String(said[field])}, the log says ${String(logged[field])}`,
  );
  if (storedSha256 !== logged.storedSha256) {
    parts.push(`the body hashes to ${storedSha256}, the log says ${logged.storedSha256}`);
  }
  return parts.join('; ');
}

/** Row by row: the row's own entry must be the log's entry at its leaf, leaves must grow, none may come twice. */
async function checkCaptureRows(
  path: string,
  bytes: Uint8Array,
  parquet: ParquetReader,
  { from, entries, seen }: SealCaptures,
  faults: FaultList,
): Promise<void> {
  let number = 0;
  let leafBefore = -1;
  for await (const rows of parquet.captures(bytes)) {
    for (const row of rows) {
      number++;
      const place = `${path} row ${number}`;
      const digest = digestOfBody(row.body, row, parquet.payload?.keys);
      if (parquet.payload !== undefined) addDigest(parquet.payload.tally, digest);
      if (digest.kind === 'damaged') faults.add('row', place, `leaf ${row.leaf}: ${damagedBody(digest.key)}`);
      const storedSha256 = digest.kind === 'seen' ? digest.sha256 : row.storedSha256;
      const at = row.leaf - from;
      const entry = entries[at];
      if (entry === undefined) {
        faults.add('row', place, `it claims leaf ${row.leaf}, which is no capture of this seal`);
        continue;
      }
      if (seen[at] === 1) faults.add('row', place, `a second row for leaf ${row.leaf}`);
      else if (row.leaf <= leafBefore)
        faults.add('row', place, `leaf ${row.leaf} stands after leaf ${leafBefore}: rows were moved`);
      seen[at] = 1;
      leafBefore = row.leaf;
      if (!entry.equals(Buffer.from(captureEntry({ ...row, storedSha256 })))) {
        const what = differences(row, parseCaptureEntry(entry.toString()), storedSha256);
        faults.add('row', place, `leaf ${row.leaf}: ${what}`);
      } else if (row.storedSha256 !== storedSha256) {
        faults.add('row', place, `stored_sha256 is not the digest of the body, ${storedSha256}`);
      }
      if (row.redactions === '' && row.originalSha256 !== storedSha256) {
        faults.add('row', place, 'nothing was cut out of the body, and yet it is not the original');
      }
    }
  }
}

/**
 * Compares a Parquet file with its entry in the log, and the rows of a captures file with theirs. Answers its bytes, and
 * whether its rows could be read.
 */
export async function checkSegment(
  files: LakeFiles,
  parquet: ParquetReader,
  segment: SegmentFacts,
  captures: SealCaptures,
  faults: FaultList,
): Promise<{ readonly bytes: number; readonly isRead: boolean }> {
  const path = `${segment.table}/${segment.path}`;
  if (!SEGMENT_PATH.test(segment.path)) {
    faults.add('segment', path, 'the log names a file that this product would not write');
    return { bytes: 0, isRead: false };
  }
  const bytes = await files.read(path);
  if (bytes === undefined) {
    faults.add('segment', path, `the file is missing; the log has it with ${segment.rows} rows`);
    return { bytes: 0, isRead: false };
  }
  const digest = sha256(bytes);
  if (digest !== segment.sha256) {
    faults.add(
      'segment',
      path,
      `the file was changed: it hashes to ${digest}, the log says ${segment.sha256}`,
    );
  } else if (bytes.length !== segment.size) {
    faults.add('segment', path, `it has ${bytes.length} bytes, the log says ${segment.size}`);
  }
  try {
    const rows = parquet.rowCount(bytes);
    if (rows !== segment.rows)
      faults.add('segment', path, `it holds ${rows} rows, the log says ${segment.rows}`);
    if (segment.table === 'captures') await checkCaptureRows(path, bytes, parquet, captures, faults);
  } catch (thrown) {
    faults.add(
      'segment',
      path,
      `its rows cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
    return { bytes: bytes.length, isRead: false };
  }
  return { bytes: bytes.length, isRead: true };
}

/** Names the captures of a seal that no row was found for. */
export function reportMissingRows(
  { from, entries, seen }: SealCaptures,
  segments: readonly SegmentFacts[],
  faults: FaultList,
): void {
  for (const [at, entry] of entries.entries()) {
    if (seen[at] === 1) continue;
    const facts = parseCaptureEntry(entry.toString());
    const day = `day=${new Date(facts?.receivedAt ?? 0).toISOString().slice(0, 10)}/`;
    const homes = segments.filter(({ table, path }) => table === 'captures' && path.startsWith(day));
    const place = homes.length === 1 ? `captures/${homes[0]?.path}` : `captures/${day}`;
    const what = facts === undefined ? '' : ` (${facts.stream}, sequence ${facts.sequence})`;
    faults.add('row', place, `the row of leaf ${from + at}${what} is missing`);
  }
}
