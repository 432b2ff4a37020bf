import {
  begin,
  behindStruct,
  cursorAt,
  fieldAt,
  nextField,
  readCount,
  readList,
  readNumber,
  readText,
  skip,
} from './thrift-cursor.ts';
import type { ThriftCursor } from './thrift-cursor.ts';

/** Bytes of a file. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

/** Where one column of one row group lies in its file. */
export interface ColumnPlace {
  readonly name: string;
  /** As parquet.thrift numbers physical types and codecs. */
  readonly type: number;
  readonly codec: number;
  /** All its pages, the dictionary first where there is one. */
  readonly pages: Place;
  readonly hasDictionary: boolean;
  /** Undefined in files of few rows. */
  readonly offsetIndex: Place | undefined;
  /** Where the header of its bloom filter begins. */
  readonly bloomAt: number | undefined;
}

export interface GroupPlaces {
  readonly rows: number;
  readonly columns: readonly ColumnPlace[];
}

/** A node in the tree of a file's columns, which stand from the top down. */
export interface SchemaElement {
  readonly name: string;
  readonly repetition: number;
  readonly children: number;
}

export interface FilePlaces {
  readonly groups: readonly GroupPlaces[];
  readonly elements: readonly SchemaElement[];
}

/** As parquet.thrift numbers repetition. */
export const REPETITION = { required: 0, optional: 1, repeated: 2 } as const;

const MAGIC = 0x31524150;
/** Bytes behind a footer: its length and the magic. */
const BEHIND = 8;

/** A column of a group as its fields say, 0 where one is missing. */
interface ColumnFields {
  name: string;
  type: number;
  codec: number;
  size: number;
  dataAt: number;
  dictionaryAt: number;
  indexAt: number;
  indexLength: number;
  bloomAt: number | undefined;
}

/** ColumnMetaData of parquet.thrift. */
function takeMetaData(cursor: ThriftCursor, column: ColumnFields): void {
  for (const outer = begin(cursor); nextField(cursor, outer);)
    switch (cursor.id) {
      case 1:
        column.type = readNumber(cursor);
        break;
      case 3:
        column.name = readList(cursor, readText).join('.');
        break;
      case 4:
        column.codec = readNumber(cursor);
        break;
      case 7:
        column.size = readNumber(cursor);
        break;
      case 9:
        column.dataAt = readNumber(cursor);
        break;
      case 11:
        column.dictionaryAt = readNumber(cursor);
        break;
      case 14:
        column.bloomAt = readNumber(cursor);
        break;
      default:
        skip(cursor);
    }
}

/** ColumnChunk of parquet.thrift. */
function readColumn(cursor: ThriftCursor): ColumnPlace {
  const column: ColumnFields = {
    name: '',
    type: -1,
    codec: -1,
    size: 0,
    dataAt: 0,
    dictionaryAt: 0,
    indexAt: 0,
    indexLength: 0,
    bloomAt: undefined,
  };
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 3) takeMetaData(cursor, column);
    else if (cursor.id === 4) column.indexAt = readNumber(cursor);
    else if (cursor.id === 5) column.indexLength = readNumber(cursor);
    else skip(cursor);
  const { name, type, codec, size, dataAt, dictionaryAt, indexAt, indexLength, bloomAt } = column;
  // Some writers say 0 where there is none.
  const hasDictionary = dictionaryAt > 0;
  return {
    name,
    type,
    codec,
    pages: { at: hasDictionary ? dictionaryAt : dataAt, length: size },
    hasDictionary,
    offsetIndex: indexLength > 0 ? { at: indexAt, length: indexLength } : undefined,
    bloomAt,
  };
}

function readGroup(cursor: ThriftCursor): GroupPlaces {
  let rows = 0;
  let columns: readonly ColumnPlace[] = [];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 1) columns = readList(cursor, readColumn);
    else if (cursor.id === 3) rows = readNumber(cursor);
    else skip(cursor);
  return { rows, columns };
}

/** SchemaElement of parquet.thrift. */
function readElement(cursor: ThriftCursor): SchemaElement {
  let [name, repetition, children] = ['', REPETITION.required as number, 0];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 3) repetition = readNumber(cursor);
    else if (cursor.id === 4) name = readText(cursor);
    else if (cursor.id === 5) children = readNumber(cursor);
    else skip(cursor);
  return { name, repetition, children };
}

/** How many bytes from the end of a file its footer takes; undefined when these are not the last bytes of a Parquet file. */
export function footerSize(tail: Uint8Array): number | undefined {
  if (tail.length < BEHIND) return undefined;
  const view = new DataView(tail.buffer, tail.byteOffset + tail.length - BEHIND, BEHIND);
  return view.getUint32(4, true) === MAGIC ? view.getUint32(0, true) + BEHIND : undefined;
}

/** A cursor where the footer begins. */
export function footerCursor(tail: Uint8Array): ThriftCursor {
  const size = footerSize(tail);
  if (size === undefined || size > tail.length) throw new Error('the file has no footer');
  return cursorAt(tail.subarray(0, tail.length - BEHIND), tail.length - size);
}

/**
 * FileMetaData of parquet.thrift, as far as rows are read by it.
 *
 * @param tail the last bytes of a file, with the whole footer among them.
 * @throws Error when that is no footer.
 */
export function readFooter(tail: Uint8Array): FilePlaces {
  const cursor = footerCursor(tail);
  let groups: readonly GroupPlaces[] = [];
  let elements: readonly SchemaElement[] = [];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 2) elements = readList(cursor, readElement);
    else if (cursor.id === 4) groups = readList(cursor, readGroup);
    else skip(cursor);
  return { groups, elements };
}

/**
 * Where the bloom filters of a column begin, one a row group; undefined for a group that has none. Of everything else in the
 * footer nothing is made: this runs once a file of the lake, in a process that may just have begun.
 *
 * @throws Error when that is no footer.
 */
export function readBloomPlaces(tail: Uint8Array, column: string): readonly (number | undefined)[] {
  const { bytes, at } = footerCursor(tail);
  const groups = itemsAt(bytes, fieldAt(bytes, at, 4));
  const places: (number | undefined)[] = [];
  let group = groups.at;
  for (let left = groups.count; left > 0; left--) {
    const columns = itemsAt(bytes, fieldAt(bytes, group, 1));
    let place: number | undefined;
    let chunk = columns.at;
    for (let more = columns.count; more > 0 && place === undefined; more--) {
      const metaData = fieldAt(bytes, chunk, 3);
      if (metaData >= 0 && isPath(bytes, fieldAt(bytes, metaData, 3), column)) {
        const bloomAt = fieldAt(bytes, metaData, 14);
        place = bloomAt < 0 ? undefined : readNumber(cursorAt(bytes, bloomAt));
        break;
      }
      chunk = behindStruct(bytes, chunk);
    }
    places.push(place);
    if (left > 1) group = behindStruct(bytes, group);
  }
  return places;
}

function itemsAt(bytes: Uint8Array, at: number): { readonly at: number; readonly count: number } {
  if (at < 0) return { at, count: 0 };
  const cursor = cursorAt(bytes, at);
  const count = readCount(cursor);
  return { at: cursor.at, count };
}

/** Whether a list of texts is of this one alone. Names of columns are ASCII. */
function isPath(bytes: Uint8Array, at: number, column: string): boolean {
  if (at < 0 || bytes[at] !== 0x18 || bytes[at + 1] !== column.length) return false;
  for (let i = 0; i < column.length; i++) if (bytes[at + 2 + i] !== column.charCodeAt(i)) return false;
  return true;
}

/** A page of a column: where it lies, header included, and the first of its rows in the group. */
export interface PagePlace extends Place {
  readonly firstRow: number;
}

/** PageLocation of parquet.thrift. */
function readPagePlace(cursor: ThriftCursor): PagePlace {
  let [at, length, firstRow] = [0, 0, 0];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 1) at = readNumber(cursor);
    else if (cursor.id === 2) length = readNumber(cursor);
    else if (cursor.id === 3) firstRow = readNumber(cursor);
    else skip(cursor);
  return { at, length, firstRow };
}

/** OffsetIndex of parquet.thrift. */
export function readOffsetIndex(bytes: Uint8Array): readonly PagePlace[] {
  const cursor = cursorAt(bytes);
  let places: readonly PagePlace[] = [];
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 1) places = readList(cursor, readPagePlace);
    else skip(cursor);
  return places;
}
