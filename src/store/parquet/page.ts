import type { Column, ColumnValue } from '../../domain/tables.ts';
import type { Bounds } from './bounds.ts';
import { hybridBound, writeHybrid } from './hybrid.ts';

/** A page ends at so many bytes of values, and the value that reaches them: what a reader holds of a column at once. */
export const PAGE_BYTES = 1024 * 1024;
/** And at so many rows: what a reader skips at once where it reads the page index. */
export const PAGE_ROWS = 24_576;

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

/** Which of the rows have a value, as definition levels. @throws RangeError when one lacks it that must have it. */
export function levelsOf(
  { name, isNullable }: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
): { readonly levels: Uint8Array; readonly nulls: number } {
  let nulls = 0;
  for (let row = from; row < to; row++) if (values[row] === undefined) nulls++;
  if (!isNullable) {
    if (nulls > 0) throw new RangeError(`column ${name}: ${nulls} of ${to - from} rows have no value`);
    return { levels: none, nulls };
  }
  const present = new Uint32Array(to - from);
  for (let row = from; row < to; row++) if (values[row] !== undefined) present[row - from] = 1;
  const levels = new Uint8Array(hybridBound(present.length, 1));
  return { levels: levels.subarray(0, writeHybrid(present, 0, present.length, 1, levels, 0)), nulls };
}
