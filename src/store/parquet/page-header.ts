import type { PackedDictionary, PackedPage } from './column-chunk.ts';
import { ENCODING } from './page.ts';
import { bool, encodeStruct, i32, struct } from './thrift.ts';

/** PageHeader of parquet.thrift: a data page of version 2, whose levels stand before the packed values. */
export const dataPageHeader = (page: PackedPage): Uint8Array =>
  encodeStruct([
    [1, i32(3)],
    [2, i32(page.levels.length + page.size)],
    [3, i32(page.levels.length + page.values.length)],
    [
      8,
      struct([
        [1, i32(page.rows)],
        [2, i32(page.nulls)],
        [3, i32(page.rows)],
        [4, i32(page.encoding)],
        [5, i32(page.levels.length)],
        [6, i32(0)],
        [7, page.isPacked ? undefined : bool(false)],
      ]),
    ],
  ]);

export const dictionaryPageHeader = ({ entries, values, size }: PackedDictionary): Uint8Array =>
  encodeStruct([
    [1, i32(2)],
    [2, i32(size)],
    [3, i32(values.length)],
    [
      7,
      struct([
        [1, i32(entries)],
        [2, i32(ENCODING.plain)],
      ]),
    ],
  ]);
