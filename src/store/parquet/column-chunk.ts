import type { Column, ColumnValue } from '../../domain/tables.ts';
import type { KeyMarks } from '../look-up/key-marks.ts';
import type { ThreadShare } from '../thread-share.ts';
import { joinBounds } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { valuesIn } from './column-data.ts';
import type { ColumnData } from './column-data.ts';
import { numberChunk } from './numbers.ts';
import { pack } from './pack.ts';
import type { RawChunk, RawDictionary, RawPage } from './page.ts';
import { textChunk } from './texts.ts';
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
}

/** In a group of fewer rows there is nothing to skip, and setting up zstd for numbers and ids would be most of the time. */
const SMALL_ROWS = 256;
/** What is smaller than this does not shrink. */
const LEAST_BYTES = 256;

interface Source {
  readonly raw: RawChunk;
  readonly isPacked: boolean;
}

/** Where the pages of a column come from; to meet all words of it takes several steps. */
function* sourceOf(
  column: Column<never>,
  data: ColumnData,
  from: number,
  to: number,
  marks: KeyMarks | undefined,
): Generator<undefined, Source> {
  const isSmall = to - from < SMALL_ROWS;
  const values = (): readonly ColumnValue[] => valuesIn(data, from, to);
  switch (column.type) {
    case 'int':
    case 'long':
    case 'timestamp':
      return { raw: numberChunk(column, values()), isPacked: !isSmall };
    case 'bytes':
      return { raw: textChunk(column, values()), isPacked: true };
    case 'string': {
      if (marks !== undefined) return { raw: textChunk(column, values(), marks.add), isPacked: true };
      const words =
        column.values === 'repeats' ? yield* wordChunk(column, data, from, to, !isSmall) : undefined;
      return words === undefined
        ? { raw: textChunk(column, values()), isPacked: true }
        : { raw: words, isPacked: !isSmall };
    }
  }
}

function packedPage(raw: RawPage, isPacked: boolean): PackedPage {
  const size = raw.values.length;
  const packed = isPacked && size >= LEAST_BYTES ? pack(raw.values) : undefined;
  // The memory of the page is used again, and what packing answers has as much room behind it as the page had.
  return packed !== undefined && packed.length < size
    ? { ...raw, values: new Uint8Array(packed), isPacked: true, size }
    : { ...raw, values: new Uint8Array(raw.values), isPacked: false, size };
}

const packedDictionary = ({ entries, values }: RawDictionary, isPacked: boolean): PackedDictionary => ({
  entries,
  values: isPacked ? pack(values) : values,
  size: values.length,
});

/** Takes all steps of something, and lets others go on between them. */
async function inSteps<T>(steps: Generator<undefined, T>, share: ThreadShare): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (share.isUsed()) await share.giveWay();
  }
}

/**
 * Encodes the rows of a group of one column, page by page.
 *
 * @param marks take in every value; undefined of a column that is no key.
 */
export async function encodeChunk(
  column: Column<never>,
  data: ColumnData,
  from: number,
  to: number,
  marks: KeyMarks | undefined,
  share: ThreadShare,
): Promise<Chunk> {
  const { raw, isPacked } = await inSteps(sourceOf(column, data, from, to, marks), share);
  const dictionary = raw.dictionary && packedDictionary(raw.dictionary, isPacked);
  const pages: PackedPage[] = [];
  for (let next = raw.pages.next(); next.done !== true; next = raw.pages.next()) {
    if (share.isUsed()) await share.giveWay();
    if (next.value === undefined) continue;
    pages.push(packedPage(next.value, isPacked));
    if (share.isUsed()) await share.giveWay();
  }
  return {
    column,
    isPacked,
    dictionary,
    pages,
    rows: to - from,
    nulls: pages.reduce((sum, { nulls }) => sum + nulls, 0),
    bounds: raw.bounds ?? joinBounds(pages.map(({ bounds }) => bounds)),
  };
}
