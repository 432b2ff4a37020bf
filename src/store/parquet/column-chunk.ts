import type { Column, ColumnValue } from '../../domain/tables.ts';
import { addToBloom, emptyBloom } from '../look-up/bloom.ts';
import type { BloomBlocks } from '../look-up/bloom.ts';
import { joinBounds } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { numberChunk } from './numbers.ts';
import { packPage, packRoom } from './pack.ts';
import type { RawChunk, RawDictionary, RawPage } from './page.ts';
import { textChunk } from './texts.ts';
import type { Turn } from './turn.ts';
import { wordChunk } from './words.ts';

/** A page as it will stand in the file, behind its header. */
export interface PackedPage extends Pick<RawPage, 'rows' | 'nulls' | 'encoding' | 'levels' | 'bounds'> {
  readonly values: Uint8Array;
  readonly isPacked: boolean;
  /** Bytes of the values before they were packed. */
  readonly size: number;
}

export interface PackedDictionary extends RawDictionary {
  readonly size: number;
}

/** One column of one row group, ready to be laid out. */
export interface Chunk {
  readonly column: Column<never>;
  readonly isPacked: boolean;
  readonly dictionary: PackedDictionary | undefined;
  readonly pages: readonly PackedPage[];
  readonly rows: number;
  readonly nulls: number;
  readonly bounds: Bounds | undefined;
  readonly bloom: BloomBlocks | undefined;
}

/** In a group of fewer rows there is nothing to skip, and setting up zstd for numbers and ids would be most of the time. */
const SMALL_ROWS = 256;
/** What is smaller than this does not shrink. */
const LEAST_BYTES = 256;

interface Source {
  readonly raw: RawChunk;
  readonly bloom: BloomBlocks | undefined;
  readonly isPacked: boolean;
}

function sourceOf(column: Column<never>, values: readonly ColumnValue[], from: number, to: number): Source {
  const rows = to - from;
  const isSmall = rows < SMALL_ROWS;
  switch (column.type) {
    case 'int':
    case 'long':
    case 'timestamp':
      return { raw: numberChunk(column, values, from, to), bloom: undefined, isPacked: !isSmall };
    case 'bytes':
      return { raw: textChunk(column, values, from, to, false), bloom: undefined, isPacked: true };
    case 'string': {
      if (column.isKey === true) {
        const bloom = emptyBloom(rows);
        const onValue = (bytes: Uint8Array, start: number, end: number): void =>
          addToBloom(bloom, bytes, start, end);
        return { raw: textChunk(column, values, from, to, !isSmall, onValue), bloom, isPacked: true };
      }
      const words = column.values === 'repeats' ? wordChunk(column, values, from, to, !isSmall) : undefined;
      if (words !== undefined) return { raw: words, bloom: undefined, isPacked: !isSmall };
      return { raw: textChunk(column, values, from, to, !isSmall), bloom: undefined, isPacked: true };
    }
  }
}

const pageOf = (
  { rows, nulls, encoding, levels, bounds, values: { length: size } }: RawPage,
  values: Uint8Array,
  isPacked: boolean,
): PackedPage => ({ rows, nulls, encoding, levels, bounds, values, isPacked, size });

async function packed(raw: RawPage, isPacked: boolean): Promise<PackedPage> {
  try {
    if (isPacked && raw.values.length >= LEAST_BYTES) {
      const values = await packPage(raw.values);
      if (values.length < raw.values.length) return pageOf(raw, values, true);
    }
    return pageOf(raw, raw.release === undefined ? raw.values : new Uint8Array(raw.values), false);
  } finally {
    raw.release?.();
  }
}

const packedDictionary = async (
  { entries, values }: RawDictionary,
  isPacked: boolean,
): Promise<PackedDictionary> => ({
  entries,
  values: isPacked ? await packPage(values) : values,
  size: values.length,
});

/** Encodes the rows of a group of one column; the pages are compressed while the next ones are made. */
export async function encodeChunk(
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  turn: Turn,
): Promise<Chunk> {
  const { raw, bloom, isPacked } = sourceOf(column, values, from, to);
  const dictionary =
    raw.dictionary === undefined ? undefined : await packedDictionary(raw.dictionary, isPacked);
  const pages: Promise<PackedPage>[] = [];
  for (let next = raw.pages.next(); next.done !== true; next = raw.pages.next()) {
    if (next.value !== undefined) {
      const page = packed(next.value, isPacked);
      // Whoever awaits them all is told; until then a failure must not count as one that nobody awaits.
      page.catch(() => undefined);
      pages.push(page);
    }
    if (turn.isOver()) await turn.next();
    for (let room = packRoom(); room !== undefined; room = packRoom()) await room;
  }
  const done = await Promise.all(pages);
  return {
    column,
    isPacked,
    dictionary,
    pages: done,
    rows: to - from,
    nulls: done.reduce((sum, { nulls }) => sum + nulls, 0),
    bounds: raw.bounds ?? joinBounds(done.map(({ bounds }) => bounds)),
    bloom,
  };
}
