import type { Column } from '../../domain/tables.ts';
import type { Bounds } from './bounds.ts';
import type { Chunk } from './column-chunk.ts';
import { numberBytes } from './numbers.ts';
import { ENCODING } from './page.ts';
import { binary, bool, encodeStruct, i16, i32, i64, list, struct } from './thrift.ts';
import type { ThriftFields, ThriftValue } from './thrift.ts';

/** Where the parts of a chunk came to lie in the file. */
export interface PlacedChunk {
  readonly chunk: Chunk;
  readonly dictionaryAt: number | undefined;
  readonly dataAt: number;
  /** Bytes, headers included. */
  readonly size: number;
  /** The same before they were packed. */
  readonly rawSize: number;
  readonly offsetIndex: Place | undefined;
  readonly columnIndex: Place | undefined;
  readonly bloom: Place | undefined;
}

export interface Place {
  readonly at: number;
  readonly length: number;
}

export interface PlacedGroup {
  readonly rows: number;
  readonly chunks: readonly PlacedChunk[];
}

/** As parquet.thrift numbers them. */
const TYPE = { int32: 1, int64: 2, byteArray: 6 } as const;
const CONVERTED = { utf8: 0, timestampMicros: 10 } as const;
const PAGE = { dictionary: 2, dataV2: 3 } as const;
const CODEC = { uncompressed: 0, zstd: 6 } as const;

const union = (id: number, fields: ThriftFields = []): ThriftValue => struct([[id, struct(fields)]]);
const textType = union(1);
const timeType = union(8, [
  [1, bool(true)],
  [2, union(2)],
]);

interface Physical {
  readonly type: number;
  readonly converted?: number;
  readonly logical?: ThriftValue;
}

const physical: Readonly<Record<Column<never>['type'], Physical>> = {
  string: { type: TYPE.byteArray, converted: CONVERTED.utf8, logical: textType },
  bytes: { type: TYPE.byteArray },
  int: { type: TYPE.int32 },
  long: { type: TYPE.int64 },
  timestamp: { type: TYPE.int64, converted: CONVERTED.timestampMicros, logical: timeType },
};

function schemaElement({ name, type, isNullable }: Column<never>): ThriftValue {
  const { type: physicalType, converted, logical } = physical[type];
  return struct([
    [1, i32(physicalType)],
    [3, i32(isNullable ? 1 : 0)],
    [4, binary(name)],
    [6, converted === undefined ? undefined : i32(converted)],
    [10, logical],
  ]);
}

/** A bound as it stands in a footer; undefined when it cannot be told. */
export const boundBytes = (
  type: Column<never>['type'],
  bounds: Bounds,
  end: 'min' | 'max',
): Uint8Array | undefined => (bounds.kind === 'texts' ? bounds[end] : numberBytes(type, bounds[end]));

function statistics({ column, nulls, bounds }: Chunk): ThriftValue {
  if (bounds === undefined) return struct([[3, i64(nulls)]]);
  const [max, min] = [boundBytes(column.type, bounds, 'max'), boundBytes(column.type, bounds, 'min')];
  const [isMaxExact, isMinExact] =
    bounds.kind === 'texts' ? [bounds.isMaxExact, bounds.isMinExact] : [true, true];
  return struct([
    [3, i64(nulls)],
    [5, max && binary(max)],
    [6, min && binary(min)],
    [7, max && bool(isMaxExact)],
    [8, min && bool(isMinExact)],
  ]);
}

function columnChunk(placed: PlacedChunk): ThriftValue {
  const { chunk, dictionaryAt, dataAt, size, rawSize, offsetIndex, columnIndex, bloom } = placed;
  const { column, dictionary, pages, rows, isPacked } = chunk;
  const encodings = new Set<number>(pages.map(({ encoding }) => encoding));
  const pageCounts = [...encodings].map((encoding) =>
    struct([
      [1, i32(PAGE.dataV2)],
      [2, i32(encoding)],
      [3, i32(pages.filter((page) => page.encoding === encoding).length)],
    ]),
  );
  if (dictionary !== undefined) {
    pageCounts.unshift(
      struct([
        [1, i32(PAGE.dictionary)],
        [2, i32(ENCODING.plain)],
        [3, i32(1)],
      ]),
    );
    encodings.add(ENCODING.plain);
  }
  if (column.isNullable) encodings.add(ENCODING.rle);
  const metadata: ThriftFields = [
    [1, i32(physical[column.type].type)],
    [2, list([...encodings].map(i32))],
    [3, list([binary(column.name)])],
    [4, i32(isPacked ? CODEC.zstd : CODEC.uncompressed)],
    [5, i64(rows)],
    [6, i64(rawSize)],
    [7, i64(size)],
    [9, i64(dataAt)],
    [11, dictionaryAt === undefined ? undefined : i64(dictionaryAt)],
    [12, statistics(chunk)],
    [13, list(pageCounts)],
    [14, bloom && i64(bloom.at)],
    [15, bloom && i32(bloom.length)],
  ];
  return struct([
    [2, i64(dictionaryAt ?? dataAt)],
    [3, struct(metadata)],
    [4, offsetIndex && i64(offsetIndex.at)],
    [5, offsetIndex && i32(offsetIndex.length)],
    [6, columnIndex && i64(columnIndex.at)],
    [7, columnIndex && i32(columnIndex.length)],
  ]);
}

const sum = (chunks: readonly PlacedChunk[], of: (chunk: PlacedChunk) => number): number =>
  chunks.reduce((total, chunk) => total + of(chunk), 0);

const rowGroup = ({ rows, chunks }: PlacedGroup, ordinal: number): ThriftValue =>
  struct([
    [1, list(chunks.map(columnChunk))],
    [2, i64(sum(chunks, ({ rawSize }) => rawSize))],
    [3, i64(rows)],
    [5, i64(chunks[0]?.dictionaryAt ?? chunks[0]?.dataAt ?? 0)],
    [6, i64(sum(chunks, ({ size }) => size))],
    [7, i16(ordinal)],
  ]);

/** FileMetaData of parquet.thrift. */
export const encodeFooter = (columns: readonly Column<never>[], groups: readonly PlacedGroup[]): Uint8Array =>
  encodeStruct([
    [1, i32(2)],
    [
      2,
      list([
        struct([
          [4, binary('schema')],
          [5, i32(columns.length)],
        ]),
        ...columns.map(schemaElement),
      ]),
    ],
    [3, i64(groups.reduce((total, { rows }) => total + rows, 0))],
    [4, list(groups.map(rowGroup))],
    [6, binary('plumbline')],
    // Bounds are in the order that the type defines.
    [7, list(columns.map(() => union(1)))],
  ]);
