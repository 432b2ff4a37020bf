import type { Compressors, FileMetaData, RowGroup } from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { plainOfDelta } from './delta-binary-packed.ts';
import { readHybrid } from './hybrid.ts';

/** A page of a flat column, unpacked: which rows have a value, and the values' bytes. */
export interface Page {
  readonly rows: number;
  /** One for each row that has a value; undefined where all have. */
  readonly present: Uint32Array | undefined;
  readonly bytes: Uint8Array;
  /** Where the values start in `bytes`. */
  readonly at: number;
  /** Ids into the dictionary; undefined where the values stand in the page. */
  readonly ids: Uint32Array | undefined;
}

/** The pages of one column of one row group, one at a time. */
export interface ColumnPages {
  readonly type: string;
  /** The bytes of the dictionary and how many values it has. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly values: number } | undefined;
  /** The next page; undefined after the last. */
  next(): Page | undefined;
}

type Header = ReturnType<typeof parquetHeader>;

/** Memory for the newest page of each column, used again from page to page. */
export type PageRoom = Map<string, Uint8Array>;

/** Smaller pages may lie in memory that they share with others. */
const OWN_MEMORY = 65_536;

/**
 * Gives the memory of a page back now. Left to the collector, 64 MB of pages come together in each thread before it looks
 * at them.
 */
function release({ buffer, length }: Uint8Array): void {
  const isOwn = length >= OWN_MEMORY && buffer.byteLength < length + OWN_MEMORY / 2;
  if (isOwn && buffer instanceof ArrayBuffer && 'transfer' in buffer) buffer.transfer(0);
}

/** Moves a page that was just unpacked to where the one before it was: unpacking gives new memory each time. */
function moved(room: PageRoom, name: string, page: Uint8Array): Uint8Array {
  let place = room.get(name);
  if (place === undefined || place.length < page.length) {
    place = new Uint8Array(Math.ceil(page.length * 1.25));
    room.set(name, place);
  }
  place.set(page);
  const unpacked = place.subarray(0, page.length);
  release(page);
  return unpacked;
}

/**
 * @param room keeps the values of one page of each column, so that each page ends with the next.
 * @throws Error when the file is damaged, has no such column, or spells it in a way that our writer does not.
 */
export function columnPages(
  file: Uint8Array,
  metadata: FileMetaData,
  group: RowGroup,
  name: string,
  compressors: Compressors,
  room?: PageRoom,
): ColumnPages {
  const chunk = group.columns.find(
    ({ meta_data: meta }) => meta?.path_in_schema.join('.') === name,
  )?.meta_data;
  const element = metadata.schema.find((candidate) => candidate.name === name);
  if (chunk === undefined || element === undefined) throw new Error(`it has no column ${name}`);
  const isNullable = element.repetition_type === 'OPTIONAL';
  const start = Number(chunk.dictionary_page_offset ?? chunk.data_page_offset);
  const length = Number(chunk.total_compressed_size);
  if (!(start >= 0 && length >= 0 && start + length <= file.length))
    throw new Error(`column ${name} reaches out of the file`);
  const reader = { view: new DataView(file.buffer, file.byteOffset + start, length), offset: 0 };

  const unpack = (packed: Uint8Array, size: number): Uint8Array => {
    if (chunk.codec === 'UNCOMPRESSED') return packed;
    const unpacked = compressors[chunk.codec]?.(packed, size);
    if (unpacked?.length !== size) throw new Error(`a page of ${name} is not of its size`);
    return unpacked;
  };
  const unpackData = (packed: Uint8Array, size: number): Uint8Array =>
    room === undefined || chunk.codec === 'UNCOMPRESSED'
      ? unpack(packed, size)
      : moved(room, name, unpack(packed, size));
  const body = (header: Header): Uint8Array => {
    const bytes = file.subarray(start + reader.offset, start + reader.offset + header.compressed_page_size);
    reader.offset += header.compressed_page_size;
    if (header.compressed_page_size < 0 || reader.offset > length)
      throw new Error(`a page of ${name} is cut short`);
    return bytes;
  };

  const pageOf = (
    rows: number,
    encoding: string,
    present: Uint32Array | undefined,
    bytes: Uint8Array,
  ): Page => {
    const values = present === undefined ? rows : present.reduce((sum, one) => sum + one, 0);
    if (encoding === 'PLAIN') return { rows, present, bytes, at: 0, ids: undefined };
    if (encoding === 'DELTA_BINARY_PACKED' && chunk.type === 'INT64')
      return { rows, present, bytes: plainOfDelta(bytes, values), at: 0, ids: undefined };
    if (encoding !== 'RLE_DICTIONARY' && encoding !== 'PLAIN_DICTIONARY')
      throw new Error(`column ${name} is encoded as ${encoding}`);
    const ids = values === 0 ? new Uint32Array() : readHybrid(bytes, 1, bytes.length, bytes[0] ?? 0, values);
    return { rows, present, bytes, at: bytes.length, ids };
  };

  const dataPage = (header: Header): Page => {
    const packed = body(header);
    const size = header.uncompressed_page_size;
    if (header.data_page_header_v2 !== undefined) {
      const {
        num_values: rows,
        definition_levels_byte_length: levels,
        encoding,
        is_compressed,
      } = header.data_page_header_v2;
      const values = packed.subarray(levels);
      return pageOf(
        rows,
        encoding,
        isNullable ? readHybrid(packed, 0, levels, 1, rows) : undefined,
        is_compressed === false ? values : unpackData(values, size - levels),
      );
    }
    if (header.data_page_header === undefined) throw new Error(`a page of ${name} is of no known kind`);
    const { num_values: rows, encoding } = header.data_page_header;
    const bytes = unpackData(packed, size);
    if (!isNullable) return pageOf(rows, encoding, undefined, bytes);
    const levels = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    return pageOf(rows, encoding, readHybrid(bytes, 4, 4 + levels, 1, rows), bytes.subarray(4 + levels));
  };

  let dictionary: ColumnPages['dictionary'];
  return {
    type: chunk.type,
    get dictionary() {
      return dictionary;
    },
    next() {
      while (reader.offset < length) {
        const header = parquetHeader(reader);
        if (header.type !== 'DICTIONARY_PAGE') return dataPage(header);
        const values = header.dictionary_page_header?.num_values ?? 0;
        dictionary = { bytes: unpack(body(header), header.uncompressed_page_size), values };
      }
      return undefined;
    },
  };
}
