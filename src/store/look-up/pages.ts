import { zstdDecompressSync } from 'node:zlib';
import type { ColumnPlace } from './footer.ts';
import { hybridRuns } from './hybrid.ts';
import type { NumberRun } from './hybrid.ts';
import { begin, cursorAt, nextField, readNumber, skip } from './thrift-cursor.ts';
import type { ThriftCursor } from './thrift-cursor.ts';

/** A page of a flat column, unpacked. */
export type Page =
  | { readonly kind: 'dictionary'; readonly values: Buffer }
  | {
      readonly kind: 'data';
      readonly rows: number;
      /** Over the rows: 1 where they have a value; undefined where all have. */
      readonly present: readonly NumberRun[] | undefined;
      /** As parquet.thrift numbers encodings. */
      readonly encoding: number;
      readonly values: Buffer;
    };

/** As parquet.thrift numbers kinds of pages and codecs. */
export const PAGE = { data: 0, dictionary: 2, dataV2: 3 } as const;
const CODEC = { uncompressed: 0, zstd: 6 } as const;
/** As a field, a falsehood is in its type. */
const FALSE = 2;

export interface PageHeader {
  kind: number;
  rawSize: number;
  size: number;
  rows: number;
  /** Rows without a value, where the header says how many. */
  nulls: number | undefined;
  encoding: number;
  /** Bytes of levels in front of the values, which are never packed: of definition, and before them of repetition. */
  levels: number;
  repeats: number;
  isPacked: boolean;
  /** Behind the header. */
  at: number;
}

/** DataPageHeader, DictionaryPageHeader and, whose encoding is its fourth field, DataPageHeaderV2. */
function takeFields(cursor: ThriftCursor, header: PageHeader, encodingId: 2 | 4): void {
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 1) header.rows = readNumber(cursor);
    else if (cursor.id === encodingId) header.encoding = readNumber(cursor);
    else if (encodingId === 2) skip(cursor);
    else if (cursor.id === 2) header.nulls = readNumber(cursor);
    else if (cursor.id === 5) header.levels = readNumber(cursor);
    else if (cursor.id === 6) header.repeats = readNumber(cursor);
    else if (cursor.id === 7) header.isPacked = cursor.type !== FALSE;
    else skip(cursor);
}

/** PageHeader of parquet.thrift, with the header of whichever kind it is of. */
export function readHeader(bytes: Uint8Array, at: number): PageHeader {
  const cursor = cursorAt(bytes, at);
  const header: PageHeader = {
    kind: -1,
    rawSize: 0,
    size: 0,
    rows: 0,
    nulls: undefined,
    encoding: -1,
    levels: 0,
    repeats: 0,
    isPacked: true,
    at: 0,
  };
  for (const outer = begin(cursor); nextField(cursor, outer);)
    switch (cursor.id) {
      case 1:
        header.kind = readNumber(cursor);
        break;
      case 2:
        header.rawSize = readNumber(cursor);
        break;
      case 3:
        header.size = readNumber(cursor);
        break;
      case 5:
      case 7:
        takeFields(cursor, header, 2);
        break;
      case 8:
        takeFields(cursor, header, 4);
        break;
      default:
        skip(cursor);
    }
  header.at = cursor.at;
  return header;
}

/** Pages of ours are of a megabyte and a value; what claims to be larger than this is forged. */
const MOST_BYTES = 256 * 1024 * 1024;

function unpacked({ name, codec }: ColumnPlace, packed: Uint8Array, size: number): Buffer {
  if (codec === CODEC.uncompressed) return Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  if (codec !== CODEC.zstd) throw new Error(`column ${name} is packed by codec ${codec}`);
  if (size > MOST_BYTES) throw new Error(`a page of ${name} of ${size} bytes`);
  const room = Math.max(64, size + 64);
  const bytes = zstdDecompressSync(packed, { chunkSize: room, maxOutputLength: room });
  if (bytes.length !== size) throw new Error(`a page of ${name} is not of its size`);
  return bytes;
}

const levelsIn = (bytes: Uint8Array, from: number, end: number, rows: number): readonly NumberRun[] =>
  hybridRuns(bytes, from, end, 1, rows);

function pageOf(column: ColumnPlace, isNullable: boolean, header: PageHeader, body: Uint8Array): Page {
  const { kind, rawSize, rows, encoding, levels } = header;
  if (kind === PAGE.dictionary) return { kind: 'dictionary', values: unpacked(column, body, rawSize) };
  if (kind === PAGE.dataV2) {
    const packed = body.subarray(levels);
    const values = unpacked(
      header.isPacked ? column : { ...column, codec: CODEC.uncompressed },
      packed,
      rawSize - levels,
    );
    const present = isNullable && header.nulls !== 0 ? levelsIn(body, 0, levels, rows) : undefined;
    return { kind: 'data', rows, present, encoding, values };
  }
  if (kind !== PAGE.data) throw new Error(`a page of ${column.name} is of no known kind`);
  const values = unpacked(column, body, rawSize);
  if (!isNullable) return { kind: 'data', rows, present: undefined, encoding, values };
  const end = 4 + values.readUInt32LE(0);
  const present = levelsIn(values, 4, end, rows);
  return { kind: 'data', rows, present, encoding, values: values.subarray(end) };
}

/**
 * The pages that stand in these bytes, end to end, one at a time.
 *
 * @param rows of the group: no page has more.
 * @throws Error when they are cut short or packed in a way that is not ours.
 */
export function* pagesIn(
  bytes: Uint8Array,
  column: ColumnPlace,
  isNullable: boolean,
  rows: number,
): Generator<Page> {
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    at = header.at + header.size;
    if (header.size < 0 || at > bytes.length || !(header.rows >= 0 && header.rows <= rows))
      throw new Error(`a page of ${column.name} is cut short`);
    yield pageOf(column, isNullable, header, bytes.subarray(header.at, at));
  }
}
