import type { Column, ColumnValue } from '../domain/tables.ts';
import { createMarks } from './look-up/key-marks.ts';
import { joinBounds } from './parquet/bounds.ts';
import { encodeChunk } from './parquet/column-chunk.ts';
import type { Chunk } from './parquet/column-chunk.ts';
import { rowsIn, valuesIn } from './parquet/column-data.ts';
import type { ColumnData } from './parquet/column-data.ts';
import { layOut } from './parquet/layout.ts';
import type { Group } from './parquet/layout.ts';
import { shareThread } from './thread-share.ts';
import type { ThreadShare } from './thread-share.ts';

/** Rows of a group when no column holds bytes: DuckDB's own default. */
const ROWS_PER_GROUP = 122_880;
/** A group whose bodies reach this many bytes ends, so that a reader never needs much more than that at once. */
const BODY_BYTES_PER_GROUP = 16 * 1024 * 1024;

/** Rows of each group, by the bytes of the bodies in them. */
function groupSizes(rows: number, bodies: readonly ColumnValue[] | undefined): number[] {
  const sizes: number[] = [];
  let [count, bytes] = [0, 0];
  for (let row = 0; row < rows; row++) {
    count++;
    bytes += (bodies?.[row] as Uint8Array | undefined)?.length ?? 0;
    if (count < ROWS_PER_GROUP && bytes < BODY_BYTES_PER_GROUP) continue;
    sizes.push(count);
    [count, bytes] = [0, 0];
  }
  return count > 0 ? [...sizes, count] : sizes;
}

/** What a file holds of a column. */
export interface ColumnFacts {
  readonly nulls: number;
  /** Of numbers and times, as they were given; undefined of others, and where there is none. */
  readonly bounds: { readonly min: number; readonly max: number } | undefined;
}

export interface ParquetFile {
  readonly bytes: Buffer;
  readonly columns: readonly ColumnFacts[];
}

function factsOf(groups: readonly Group[], column: number): ColumnFacts {
  const chunks = groups.flatMap(({ chunks: all }) => all[column] ?? []);
  const bounds = joinBounds(chunks.map((chunk) => chunk.bounds));
  return {
    nulls: chunks.reduce((sum, { nulls }) => sum + nulls, 0),
    bounds: bounds?.kind === 'numbers' ? bounds : undefined,
  };
}

/** Parts end to end. A file is of several megabytes: no more than a page is copied at a stretch. */
async function joined(parts: readonly Uint8Array[], share: ThreadShare): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
    if (share.isUsed()) await share.giveWay();
  }
  return whole;
}

/**
 * A Parquet file of the rows from `from` up to `to`, as zstd. The same rows give the same bytes. Others on the thread get
 * their turn while it is made: the rows must stay as they are until it answers.
 *
 * @throws RangeError for a value that its column cannot hold.
 */
export async function writeParquet(
  columns: readonly Column<never>[],
  data: readonly ColumnData[],
  from: number,
  to: number,
): Promise<ParquetFile> {
  const bodies = data[columns.findIndex(({ type }) => type === 'bytes')];
  using share = shareThread();
  const marks = columns.map(({ isKey }) => (isKey === true ? createMarks(to - from) : undefined));
  const groups: Group[] = [];
  let start = from;
  for (const size of groupSizes(to - from, bodies && valuesIn(bodies, from, to))) {
    const chunks: Chunk[] = [];
    for (const [i, column] of columns.entries())
      chunks.push(await encodeChunk(column, data[i] ?? [], start, start + size, marks[i], share));
    groups.push({ rows: size, chunks });
    start += size;
  }
  return {
    bytes: await joined(layOut(columns, groups, marks), share),
    columns: columns.map((_, i) => factsOf(groups, i)),
  };
}

/** A Parquet file of all rows; see `writeParquet`. */
export const encodeParquet = async (
  columns: readonly Column<never>[],
  data: readonly ColumnData[],
): Promise<Buffer> => (await writeParquet(columns, data, 0, rowsIn(data[0] ?? []))).bytes;
