import type { Chunk } from './column-chunk.ts';
import { boundBytes } from './footer.ts';
import { binary, bools, encodeStruct, i32, i64, list, struct } from './thrift.ts';

/** Where a page begins in the file, and its bytes with the header. */
export interface PagePlace {
  readonly at: number;
  readonly length: number;
}

const ORDER = { none: 0, ascending: 1, descending: 2 } as const;

/** OffsetIndex of parquet.thrift. */
export function encodeOffsetIndex({ pages }: Chunk, places: readonly PagePlace[]): Uint8Array {
  let row = 0;
  const locations = places.map(({ at, length }, i) => {
    const location = struct([
      [1, i64(at)],
      [2, i32(length)],
      [3, i64(row)],
    ]);
    row += pages[i]?.rows ?? 0;
    return location;
  });
  return encodeStruct([[1, list(locations)]]);
}

/** Numbers in their own order, texts in that of their bytes. */
const isOrdered = <T>(values: readonly T[], compare: (a: T, b: T) => number): boolean =>
  values.every((value, i) => i === 0 || compare(values[i - 1] ?? value, value) <= 0);

function orderOf({ pages }: Chunk): number {
  const numbers = pages.flatMap(({ bounds }) => (bounds?.kind === 'numbers' ? [bounds] : []));
  if (numbers.length === 0) return ORDER.none;
  const is = (sign: 1 | -1): boolean =>
    (['min', 'max'] as const).every((end) =>
      isOrdered(
        numbers.map((bounds) => sign * bounds[end]),
        (a, b) => a - b,
      ),
    );
  return is(1) ? ORDER.ascending : is(-1) ? ORDER.descending : ORDER.none;
}

/** ColumnIndex of parquet.thrift; undefined where the bounds of a page are not known. */
export function encodeColumnIndex(chunk: Chunk): Uint8Array | undefined {
  const { column, pages } = chunk;
  const ends = pages.map(({ bounds, rows, nulls }) => {
    if (rows === nulls) return { min: new Uint8Array(), max: new Uint8Array() };
    const [min, max] = (['min', 'max'] as const).map((end) => bounds && boundBytes(column.type, bounds, end));
    return min === undefined || max === undefined ? undefined : { min, max };
  });
  const known = ends.filter((end) => end !== undefined);
  if (known.length < pages.length) return undefined;
  return encodeStruct([
    [1, bools(pages.map(({ rows, nulls }) => rows === nulls))],
    [2, list(known.map(({ min }) => binary(min)))],
    [3, list(known.map(({ max }) => binary(max)))],
    [4, i32(orderOf(chunk))],
    [5, list(pages.map(({ nulls }) => i64(nulls)))],
  ]);
}
