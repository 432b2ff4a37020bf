import type { Column } from '../../domain/tables.ts';
import { textRange } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { isWordData } from './column-data.ts';
import type { ColumnData } from './column-data.ts';
import { hybridBound, writeHybrid } from './hybrid.ts';
import { ENCODING, levelsOf, PAGE_ROWS } from './page.ts';
import type { RawChunk, RawDictionary, RawPage } from './page.ts';
import { writeValue } from './texts.ts';

/** A dictionary that has more than this share of the values in it is no gain. */
const MOST_DISTINCT = 0.7;
/** Fewer values than these say nothing of that yet. */
const LEAST_VALUES = 1024;

interface Words {
  /** One a row: 0 where it has none, n for the nth word. */
  readonly ids: Uint32Array;
  /** Each distinct word of these rows, in the order it was first met. */
  readonly words: readonly string[];
}

/** So many rows are numbered at a stretch: well below a millisecond. */
const STEP_ROWS = 8192;

/** Answers words of some rows as ids, however they were kept; undefined when too many of them differ. */
function* wordsOf(data: ColumnData, from: number, to: number): Generator<undefined, Words | undefined> {
  const ids = new Uint32Array(to - from);
  const words: string[] = [];
  const idOf = isWordData(data) ? wordRenumbering(data.words, data.ids, words) : wordNumbering(data, words);
  let count = 0;
  /** Answers false when it is no use. */
  const number = (begin: number, end: number): boolean => {
    for (let row = begin; row < end; row++) {
      const id = idOf(row);
      ids[row - from] = id;
      if (id !== 0) count++;
      if (count === LEAST_VALUES && words.length > count * MOST_DISTINCT) return false;
    }
    return true;
  };
  for (let row = from; row < to; row += STEP_ROWS) {
    if (!number(row, Math.min(to, row + STEP_ROWS))) return undefined;
    yield undefined;
  }
  return { ids, words };
}

/** Words that are numbered already get numbers in the order of these rows. */
function wordRenumbering(
  known: readonly string[],
  ids: readonly number[],
  words: string[],
): (row: number) => number {
  const fresh = new Uint32Array(known.length + 1);
  return (row) => {
    const id = ids[row] ?? 0;
    const old = fresh[id] ?? 0;
    if (old !== 0 || id === 0) return old;
    return (fresh[id] = words.push(known[id - 1] ?? ''));
  };
}

/** Words of neighbours are often the same: that is looked at first. */
function wordNumbering(data: readonly unknown[], words: string[]): (row: number) => number {
  const known = new Map<string, number>();
  let [last, lastId] = [undefined as string | undefined, 0];
  return (row) => {
    const word = data[row] as string | undefined;
    if (word === undefined) return 0;
    if (word === last) return lastId;
    last = word;
    lastId = known.get(word) ?? 0;
    if (lastId === 0) known.set(word, (lastId = words.push(word)));
    return lastId;
  };
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

function pageOf(column: Column<never>, ids: Uint32Array, width: number): RawPage {
  const rows = ids.length;
  const present = new Uint32Array(rows);
  let count = 0;
  for (const id of ids) if (id !== 0) present[count++] = id - 1;
  const out = Buffer.allocUnsafe(1 + hybridBound(count, width));
  out[0] = width;
  return {
    rows,
    nulls: rows - count,
    encoding: ENCODING.rleDictionary,
    levels: levelsOf(column, rows, rows - count, (row) => ids[row] !== 0),
    values: out.subarray(0, writeHybrid(present, 0, count, width, out, 1)),
    bounds: undefined,
  };
}

function* pagesOf(column: Column<never>, { ids, words }: Words): Generator<RawPage, void> {
  const width = 32 - Math.clz32(words.length - 1);
  for (let from = 0; from < ids.length; from += PAGE_ROWS)
    yield pageOf(column, ids.subarray(from, from + PAGE_ROWS), width);
}

/**
 * Words of one row group as ids into a dictionary, met step by step; undefined where there are none, or too many that differ: such a column
 * is better written as it is.
 *
 * @param isBounded whether the least and the greatest are wanted.
 */
export function* wordChunk(
  column: Column<never>,
  data: ColumnData,
  from: number,
  to: number,
  isBounded: boolean,
): Generator<undefined, RawChunk | undefined> {
  const words = yield* wordsOf(data, from, to);
  if (words === undefined || words.words.length === 0) return undefined;
  return { ...dictionaryOf(words.words, isBounded), pages: pagesOf(column, words) };
}
