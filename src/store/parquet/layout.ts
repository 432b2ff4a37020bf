import type { Column } from '../../domain/tables.ts';
import type { BloomBlocks } from '../look-up/bloom.ts';
import type { KeyMarks } from '../look-up/key-marks.ts';
import { bloomHeader } from '../look-up/leading-filters.ts';
import type { Chunk } from './column-chunk.ts';
import { encodeFooter } from './footer.ts';
import type { Place, PlacedChunk, PlacedGroup } from './footer.ts';
import { dataPageHeader, dictionaryPageHeader } from './page-header.ts';
import { encodeColumnIndex, encodeOffsetIndex } from './page-index.ts';
import type { PagePlace } from './page-index.ts';

/** The chunks of one row group, in the order of the columns. */
export interface Group {
  readonly rows: number;
  readonly chunks: readonly Chunk[];
}

const MAGIC = Buffer.from('PAR1');

/** The parts of a file, end to end. */
function createParts(): {
  readonly at: number;
  readonly all: readonly Uint8Array[];
  put(...parts: readonly Uint8Array[]): Place;
} {
  const parts: Uint8Array[] = [];
  let at = 0;
  return {
    all: parts,
    get at() {
      return at;
    },
    put(...added) {
      const from = at;
      for (const part of added) {
        parts.push(part);
        at += part.length;
      }
      return { at: from, length: at - from };
    },
  };
}

type Parts = ReturnType<typeof createParts>;
type Data = Pick<PlacedChunk, 'chunk' | 'dictionaryAt' | 'dataAt' | 'size' | 'rawSize'> & {
  readonly pages: readonly PagePlace[];
};

function putData(parts: Parts, chunk: Chunk): Data {
  const from = parts.at;
  let saved = 0;
  let dictionaryAt: number | undefined;
  if (chunk.dictionary !== undefined) {
    dictionaryAt = parts.put(dictionaryPageHeader(chunk.dictionary), chunk.dictionary.values).at;
    saved += chunk.dictionary.size - chunk.dictionary.values.length;
  }
  const dataAt = parts.at;
  const pages = chunk.pages.map((page) => {
    saved += page.size - page.values.length;
    return parts.put(dataPageHeader(page), page.levels, page.values);
  });
  const size = parts.at - from;
  return { chunk, dictionaryAt, dataAt, pages, size, rawSize: size + saved };
}

const putBloom = (parts: Parts, blocks: BloomBlocks): Place =>
  parts.put(
    bloomHeader(blocks.byteLength),
    new Uint8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength),
  );

/**
 * The parts of a whole file, end to end: what finds rows by their keys without the footer (`leading-filters.ts`), data, the indexes of chunks of several pages, footer.
 *
 * @param marks of each column over all groups, undefined of those that are no keys.
 */
export function layOut(
  columns: readonly Column<never>[],
  groups: readonly Group[],
  marks: readonly (KeyMarks | undefined)[],
): readonly Uint8Array[] {
  const parts = createParts();
  parts.put(MAGIC);
  const filters = marks.map((one) => one && putBloom(parts, one.bloom));
  for (const one of marks) if (one !== undefined) parts.put(one.prints);
  const data = groups.map(({ rows, chunks }) => ({
    rows,
    chunks: chunks.map((chunk) => putData(parts, chunk)),
  }));
  const indexed = data.map(({ rows, chunks }) => ({
    rows,
    chunks: chunks.map((placed) => {
      if (placed.pages.length < 2) return { ...placed, columnIndex: undefined, offsetIndex: undefined };
      const bounds = encodeColumnIndex(placed.chunk);
      return {
        ...placed,
        columnIndex: bounds && parts.put(bounds),
        offsetIndex: parts.put(encodeOffsetIndex(placed.chunk, placed.pages)),
      };
    }),
  }));
  const placed = indexed.map(({ rows, chunks }): PlacedGroup => ({
    rows,
    chunks: chunks.map((one, i) => ({ ...one, bloom: filters[i] })),
  }));
  const { length } = parts.put(encodeFooter(columns, placed));
  const end = Buffer.alloc(4);
  end.writeUInt32LE(length);
  parts.put(end, MAGIC);
  return parts.all;
}
