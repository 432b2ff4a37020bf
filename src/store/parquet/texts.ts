import type { Column, ColumnValue } from '../../domain/tables.ts';
import { ENCODING, levelsOf, PAGE_BYTES, PAGE_ROWS } from './page.ts';
import type { RawChunk, RawPage } from './page.ts';

/** Texts up to so many characters are written by hand: a call into the runtime costs more. */
const SHORT = 48;

const LENGTH_BYTES = 4;

/** A page and a value of common size behind it. Each page is packed before the next one of any column is begun. */
const room = Buffer.allocUnsafeSlow(PAGE_BYTES + 256 * 1024);

/** Bytes that a value takes in a page at the most. */
const boundOf = (value: string | Uint8Array): number =>
  LENGTH_BYTES + (typeof value === 'string' ? 3 * value.length : value.length);

function writeText(text: string, out: Buffer, at: number): number {
  const { length } = text;
  if (length > SHORT) return at + out.write(text, at);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return at + out.write(text, at);
    out[at + i] = code;
  }
  return at + length;
}

/** A value behind its length; answers where it ends. */
export function writeValue(value: string | Uint8Array, out: Buffer, at: number): number {
  const start = at + LENGTH_BYTES;
  let end = start;
  if (typeof value === 'string') end = writeText(value, out, start);
  else {
    out.set(value, start);
    end += value.length;
  }
  const length = end - start;
  out[at] = length;
  out[at + 1] = length >>> 8;
  out[at + 2] = length >>> 16;
  out[at + 3] = length >>> 24;
  return end;
}

/** Is told of each value, where it stands in a page. */
export type OnValue = (bytes: Uint8Array, from: number, to: number) => void;

/** The page that begins at a row: it ends before `to`, before a value that has no room, or behind one that fills it. */
function pageFrom(
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  onValue: OnValue | undefined,
): RawPage {
  let out = room;
  let [row, at, nulls] = [from, 0, 0];
  for (; row < to && at < PAGE_BYTES; row++) {
    const value = values[row] as string | Uint8Array | undefined;
    if (value === undefined) {
      nulls++;
      continue;
    }
    const bound = boundOf(value);
    if (at + bound > out.length) {
      if (at > 0) break;
      out = Buffer.allocUnsafeSlow(bound);
    }
    const begin = at + LENGTH_BYTES;
    at = writeValue(value, out, at);
    onValue?.(out, begin, at);
  }
  return {
    rows: row - from,
    nulls,
    encoding: ENCODING.plain,
    levels: levelsOf(column, row - from, nulls, (n) => values[from + n] !== undefined),
    values: out.subarray(0, at),
    bounds: undefined,
  };
}

function* pagesOf(
  column: Column<never>,
  values: readonly ColumnValue[],
  onValue: OnValue | undefined,
): Generator<RawPage, void> {
  for (let from = 0; from < values.length;) {
    const page = pageFrom(column, values, from, Math.min(values.length, from + PAGE_ROWS), onValue);
    yield page;
    from += page.rows;
  }
}

/**
 * Texts or bytes of one row group, one after the other. Nobody is told the least and the greatest: of ids and digests there
 * are some of every sort in every group.
 *
 * @param onValue sees the bytes of each value.
 */
export const textChunk = (
  column: Column<never>,
  values: readonly ColumnValue[],
  onValue?: OnValue,
): RawChunk => ({
  dictionary: undefined,
  bounds: undefined,
  pages: pagesOf(column, values, onValue),
});
