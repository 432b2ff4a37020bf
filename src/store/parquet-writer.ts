import type { Column, ColumnValue } from '../domain/tables.ts';
import { encodeChunk } from './parquet/column-chunk.ts';
import type { Chunk } from './parquet/column-chunk.ts';
import { layOut } from './parquet/layout.ts';
import type { Group } from './parquet/layout.ts';
import { takeTurns } from './parquet/turn.ts';

/** The values of one column, in row order. */
export type ColumnData = readonly ColumnValue[];

/** Rows of a group when no column holds bytes: DuckDB's own default. */
const ROWS_PER_GROUP = 122_880;
/** A group whose bodies reach this many bytes ends, so that a reader never needs much more than that at once. */
const BODY_BYTES_PER_GROUP = 16 * 1024 * 1024;

/** Rows of each group, by the bytes of the bodies in them. */
function groupSizes(rows: number, bodies: ColumnData | undefined): number[] {
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

/**
 * A Parquet file of these columns, as zstd. The same rows give the same bytes. Others on the thread get their turn while it
 * is made: the columns must stay as they are until it answers.
 *
 * @throws RangeError for a value that its column cannot hold.
 */
export async function encodeParquet(
  columns: readonly Column<never>[],
  data: readonly ColumnData[],
): Promise<Buffer> {
  const rows = data[0]?.length ?? 0;
  const bodies = data[columns.findIndex(({ type }) => type === 'bytes')];
  const turn = takeTurns();
  const groups: Group[] = [];
  let from = 0;
  for (const size of groupSizes(rows, bodies)) {
    const chunks: Chunk[] = [];
    for (const [i, column] of columns.entries())
      chunks.push(await encodeChunk(column, data[i] ?? [], from, from + size, turn));
    groups.push({ rows: size, chunks });
    from += size;
  }
  return layOut(columns, groups);
}
