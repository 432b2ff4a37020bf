import { constants, zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ColumnSource } from 'hyparquet-writer';
import type { SchemaElement } from 'hyparquet';
import type { Column, ColumnType, ColumnValue } from '../domain/tables.ts';
import { bloomOf } from './look-up/bloom.ts';

/** The values of one column, in row order. */
export type ColumnData = readonly ColumnValue[];

/** Rows of a group when no column holds bytes: DuckDB's own default. */
const ROWS_PER_GROUP = 122_880;
/** A group whose bodies reach this many bytes ends, so that a reader never needs much more than that at once. */
const BODY_BYTES_PER_GROUP = 16 * 1024 * 1024;

const SMALL_ROWS = 256;

const params = { [constants.ZSTD_c_compressionLevel]: 1 };
const compressors = {
  // One output buffer that surely holds the page: in the default chunks of 16 KB it would be pieced together again.
  ZSTD: (page: Uint8Array): Uint8Array =>
    zstdCompressSync(page, { params, chunkSize: Math.max(64, page.length + (page.length >> 8) + 64) }),
};

function element({ name, type, isNullable }: Column<never>): SchemaElement {
  const repetition_type = isNullable ? 'OPTIONAL' : 'REQUIRED';
  switch (type) {
    case 'string':
      return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
    case 'bytes':
      return { name, type: 'BYTE_ARRAY', repetition_type };
    case 'int':
      return { name, type: 'INT32', repetition_type };
    case 'long':
      return { name, type: 'INT64', repetition_type };
    case 'timestamp': {
      // Delta Lake asks for microseconds adjusted to UTC: PROTOCOL.md, Delta Data Type to Parquet Type Mappings.
      const logical_type = { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } as const;
      return { name, type: 'INT64', converted_type: 'TIMESTAMP_MICROS', logical_type, repetition_type };
    }
  }
}

/** Whole numbers as INT64, `scale` times as large. Two halves at a time: a BigInt a value would cost more than all else. */
function int64(values: ColumnData, scale: number): BigInt64Array {
  const longs = new BigInt64Array(values.length);
  const halves = new Int32Array(longs.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = (values[i] as number) * scale;
    halves[2 * i] = (value % 4294967296) | 0;
    halves[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return longs;
}

const maybeInt64 = (values: ColumnData, scale: number): (bigint | undefined)[] =>
  values.map((value) => (value === undefined ? undefined : BigInt((value as number) * scale)));

function physical(type: ColumnType, isNullable: boolean, values: ColumnData): ColumnSource['data'] {
  switch (type) {
    case 'long':
      return isNullable ? maybeInt64(values, 1) : int64(values, 1);
    case 'timestamp':
      return isNullable ? maybeInt64(values, 1000) : int64(values, 1000);
    case 'int':
      return isNullable ? [...values] : Int32Array.from(values as readonly number[]);
    case 'string':
    case 'bytes':
      return values as ColumnSource['data'];
  }
}

/** Texts as their bytes: encoding them one by one is what hyparquet-writer would do, at twice the price. */
function utf8(values: ColumnData): (Uint8Array | undefined)[] {
  return values.map((value) => (value === undefined ? undefined : Buffer.from(value as string)));
}

function source(column: Column<never>, values: ColumnData): ColumnSource {
  const { name, type, isNullable } = column;
  const isDictionary = column.values === 'repeats';
  const data = type === 'string' && !isDictionary ? utf8(values) : physical(type, isNullable, values);
  // A dictionary of bodies or ids is never smaller than they are, and trying one costs more than compressing them.
  const encoding = isDictionary ? 'RLE_DICTIONARY' : 'PLAIN';
  // A handful of dictionary ids does not shrink, and setting up zstd for them would be most of a small seal's time.
  const codec = isDictionary && values.length < SMALL_ROWS ? 'UNCOMPRESSED' : 'ZSTD';
  // Only times and numbers ever let a reader skip a group: every group has some of every class, level and actor.
  const statistics = type !== 'bytes' && type !== 'string';
  return { name, data, encoding, codec, statistics };
}

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

/** Gives each group of a key's column a bloom filter. Ours: the one that hyparquet-writer would make costs ten times as much. */
function addFilters(
  parquet: ParquetWriter,
  columns: readonly Column<never>[],
  sources: readonly ColumnSource[],
  groups: readonly number[],
): void {
  let from = 0;
  for (const [group, rows] of groups.entries()) {
    for (const [i, { isKey }] of columns.entries()) {
      // One entry a group and column, in their order.
      const index = parquet.pendingIndexes[group * columns.length + i];
      if (isKey !== true || index === undefined) continue;
      const values = sources[i]?.data.slice(from, from + rows) as readonly Uint8Array[] | undefined;
      index.bloomFilter = bloomOf(values ?? []);
    }
    from += rows;
  }
}

/** A Parquet file of these columns, zstd level 1. The same rows give the same bytes. */
export function encodeParquet(columns: readonly Column<never>[], data: readonly ColumnData[]): Uint8Array {
  const rows = data[0]?.length ?? 0;
  const bodies = data[columns.findIndex(({ type }) => type === 'bytes')];
  const writer = new ByteWriter(64 * 1024);
  const parquet = new ParquetWriter({
    writer,
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.map(element)],
    codec: 'ZSTD',
    compressors,
    createdBy: 'plumbline',
  });
  const columnData = columns.map((column, i) => source(column, data[i] ?? []));
  const rowGroupSize = groupSizes(rows, bodies);
  // Without a flush function the writer answers at once; the promise in its type is for those that have one.
  void parquet.write({ columnData, rowGroupSize });
  addFilters(parquet, columns, columnData, rowGroupSize);
  void parquet.finish();
  return writer.getBytes();
}
