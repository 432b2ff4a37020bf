import type { Column, ColumnValue } from '../../domain/tables.ts';
import { textRange } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { hybridBound, writeHybrid } from './hybrid.ts';
import { ENCODING, levelsOf, PAGE_ROWS } from './page.ts';
import type { RawChunk, RawDictionary, RawPage } from './page.ts';
import { writeValue } from './texts.ts';

/** A dictionary that has more than this share of the values in it is no gain. */
const MOST_DISTINCT = 0.7;
/** Fewer rows than these say nothing of that yet. */
const LEAST_ROWS = 1024;

interface Words {
  readonly ids: Uint32Array;
  /** Each distinct word, in the order it was first met. */
  readonly words: readonly string[];
}

/** Undefined when too many words differ. Words of neighbours are often the same: that is looked at first. */
function wordsOf(values: readonly ColumnValue[], from: number, to: number): Words | undefined {
  const ids = new Uint32Array(to - from);
  const known = new Map<string, number>();
  let [count, last, lastId] = [0, undefined as string | undefined, 0];
  for (let row = from; row < to; row++) {
    const word = values[row] as string | undefined;
    if (word === undefined) continue;
    if (word !== last) {
      const id = known.get(word);
      if (id === undefined) {
        lastId = known.size;
        known.set(word, lastId);
      } else lastId = id;
      last = word;
    }
    ids[count++] = lastId;
    if (count === LEAST_ROWS && known.size > count * MOST_DISTINCT) return undefined;
  }
  return { ids: ids.subarray(0, count), words: [...known.keys()] };
}

function dictionaryOf(
  words: readonly string[],
  isBounded: boolean,
): { readonly dictionary: RawDictionary; readonly bounds: Bounds | undefined } {
  const out = Buffer.allocUnsafe(words.reduce((sum, { length }) => sum + 4 + 3 * length, 0));
  const range = isBounded ? textRange() : undefined;
  let at = 0;
  for (const word of words) {
    const from = at + 4;
    at = writeValue(word, out, at);
    range?.add(out, from, at);
  }
  return { dictionary: { entries: words.length, values: out.subarray(0, at) }, bounds: range?.bounds() };
}

function* pagesOf(
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  { ids, words }: Words,
): Generator<RawPage | undefined, void> {
  const width = 32 - Math.clz32(Math.max(0, words.length - 1));
  let at = 0;
  // To have met all words took its time.
  yield undefined;
  for (let start = from; start < to; start += PAGE_ROWS) {
    const stop = Math.min(to, start + PAGE_ROWS);
    const { levels, nulls } = levelsOf(column, values, start, stop);
    const count = stop - start - nulls;
    const out = Buffer.allocUnsafe(1 + hybridBound(count, width));
    out[0] = width;
    const end = writeHybrid(ids, at, at + count, width, out, 1);
    at += count;
    yield {
      rows: stop - start,
      nulls,
      encoding: ENCODING.rleDictionary,
      levels,
      values: out.subarray(0, end),
      bounds: undefined,
    };
  }
}

/**
 * Words of one row group as ids into a dictionary; undefined where there are none, or too many that differ: such a column
 * is better written as it is.
 *
 * @param isBounded whether the least and the greatest are wanted.
 */
export function wordChunk(
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  isBounded: boolean,
): RawChunk | undefined {
  const words = wordsOf(values, from, to);
  if (words === undefined || words.words.length === 0) return undefined;
  return { ...dictionaryOf(words.words, isBounded), pages: pagesOf(column, values, from, to, words) };
}
