import type { Column } from '../../domain/tables.ts';
import type { Bounds } from './bounds.ts';
import { hybridBound, writeHybrid } from './hybrid.ts';
import { varint } from './thrift.ts';

/** A page ends at so many bytes of values, and the value that reaches them: what a reader holds of a column at once. */
export const PAGE_BYTES = 1024 * 1024;
/** And at so many rows: what a reader skips at once where it reads the page index. */
export const PAGE_ROWS = 8192;
/** Texts that differ take more to unpack than to read: who looks for one of them unpacks so many rows. */
export const TEXT_PAGE_ROWS = 2048;

/** As parquet-format numbers them. */
export const ENCODING = { plain: 0, rle: 3, deltaBinaryPacked: 5, rleDictionary: 8 } as const;
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

/** A page before it is compressed. */
export interface RawPage {
  readonly rows: number;
  readonly nulls: number;
  readonly encoding: Encoding;
  /** Which rows have a value; nothing where all must have. */
  readonly levels: Uint8Array;
  /** As they are until the next page is asked for: the memory is used again. */
  readonly values: Uint8Array;
  /** Undefined when nobody would look for them. */
  readonly bounds: Bounds | undefined;
}

/** The values that a dictionary's ids stand for. */
export interface RawDictionary {
  readonly entries: number;
  readonly values: Uint8Array;
}

/** A column of a row group, page by page; undefined where much was done without a page: time for others. */
export type RawPages = Iterator<RawPage | undefined, void>;

/** One column of one row group. */
export interface RawChunk {
  /** Known before the first page. */
  readonly dictionary: RawDictionary | undefined;
  /** Of the whole group, when they are not those of its pages. */
  readonly bounds: Bounds | undefined;
  readonly pages: RawPages;
}

const none = new Uint8Array();

/**
 * Which rows of a page have a value, as definition levels.
 *
 * @param isPresent asked of each row, from 0 on, where some have a value and some have not.
 * @throws RangeError when a row lacks a value that must have one.
 */
export function levelsOf(
  { name, isNullable }: Column<never>,
  rows: number,
  nulls: number,
  isPresent: (row: number) => boolean,
): Uint8Array {
  if (!isNullable) {
    if (nulls > 0) throw new RangeError(`column ${name}: ${nulls} of ${rows} rows have no value`);
    return none;
  }
  // All or none: one run.
  if (nulls === 0 || nulls === rows) return Uint8Array.from([...varint(rows * 2), nulls === 0 ? 1 : 0]);
  const present = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) present[row] = isPresent(row) ? 1 : 0;
  const levels = new Uint8Array(hybridBound(rows, 1));
  return levels.subarray(0, writeHybrid(present, 0, rows, 1, levels, 0));
}
