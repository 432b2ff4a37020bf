import type { TableName } from '../../domain/tables.ts';
import { encodeStruct, i32, struct } from '../parquet/thrift.ts';
import { columnsOf } from '../schema.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blocksFor } from './bloom.ts';
import type { FilterPlace } from './filter-places.ts';
import type { Hash64 } from './xxhash64.ts';

/**
 * Where a file of ours has what finds rows by a key, right behind the magic: a filter a key over all its row groups, in the order
 * of the columns, then a print a row of each key. All of it follows from the number of rows, so that nobody has to read
 * a footer for it: of hundreds of files that was most of a look-up.
 */
export interface LeadingFilter {
  /** What stands there, if it does. Files that were written before this have pages there. */
  readonly header: Uint8Array;
  readonly headerAt: number;
  readonly filter: FilterPlace;
  readonly printsAt: number;
}

/** Of a value, as it stands in the list of its key: of fifty thousand rows, less than one seems to be another. */
export const PRINT_BYTES = 2;
export const printOf = ({ low }: Hash64): number => low & 0xffff;

const MAGIC_BYTES = 4;

const nothing = struct([]);

/** BloomFilterHeader of parquet.thrift: blocks that are split, hashes of XXH64, bits as they are. */
export const bloomHeader = (bytes: number): Uint8Array =>
  encodeStruct([
    [1, i32(bytes)],
    [2, struct([[1, nothing]])],
    [3, struct([[1, nothing]])],
    [4, struct([[1, nothing]])],
  ]);

/** Answers, of files of a table, undefined of a column that is no key, and of a file that is too small to have it. */
export function leadingFilters(
  table: TableName,
  column: string,
): (file: Pick<LiveFile, 'rows' | 'size' | 'columns'>) => LeadingFilter | undefined {
  // Most files have as many rows as the one before.
  let known: { readonly rows: number; readonly columns: number; readonly leading: LeadingFilter | undefined };
  known = { rows: -1, columns: -1, leading: undefined };
  return ({ rows, size, columns }) => {
    if (rows !== known.rows || columns !== known.columns)
      known = { rows, columns, leading: leadingIn(table, column, rows, columns) };
    const { leading } = known;
    return leading === undefined || leading.printsAt + rows * PRINT_BYTES > size ? undefined : leading;
  };
}

function leadingIn(
  table: TableName,
  column: string,
  rows: number,
  columns: number,
): LeadingFilter | undefined {
  // Columns are only ever added behind the others, and a file has as many of them as there were.
  const keys = columnsOf(table).filter(({ isKey }, i) => isKey === true && i < columns);
  const nth = keys.findIndex(({ name }) => name === column);
  if (nth < 0) return undefined;
  const blocks = blocksFor(rows);
  const header = bloomHeader(blocks * BLOCK_BYTES);
  const filterBytes = header.length + blocks * BLOCK_BYTES;
  const headerAt = MAGIC_BYTES + nth * filterBytes;
  return {
    header,
    headerAt,
    filter: { at: headerAt + header.length, blocks },
    printsAt: MAGIC_BYTES + keys.length * filterBytes + nth * rows * PRINT_BYTES,
  };
}

/** Rows, ascending, whose values have the print of a hash: those of the value, and seldom another. */
export function rowsWithPrint(prints: Uint8Array, hash: Hash64): number[] {
  const bytes = Buffer.from(prints.buffer, prints.byteOffset, prints.byteLength);
  const print = Buffer.alloc(PRINT_BYTES);
  print.writeUInt16LE(printOf(hash));
  const rows: number[] = [];
  for (let at = bytes.indexOf(print); at >= 0; at = bytes.indexOf(print, at)) {
    if (at % PRINT_BYTES === 0) rows.push(at / PRINT_BYTES);
    at++;
  }
  return rows;
}
