import type { Column, ColumnValue } from '../../domain/tables.ts';
import { textRange } from './bounds.ts';
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

function* pagesOf(
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  isBounded: boolean,
  onValue: OnValue | undefined,
): Generator<RawPage, void> {
  for (let start = from; start < to;) {
    let out = room;
    let [row, at] = [start, 0];
    const range = isBounded ? textRange() : undefined;
    const last = Math.min(to, start + PAGE_ROWS);
    for (; row < last && at < PAGE_BYTES; row++) {
      const value = values[row] as string | Uint8Array | undefined;
      if (value === undefined) continue;
      const bound = boundOf(value);
      if (at + bound > out.length) {
        if (at > 0) break;
        out = Buffer.allocUnsafeSlow(bound);
      }
      const begin = at + LENGTH_BYTES;
      at = writeValue(value, out, at);
      range?.add(out, begin, at);
      onValue?.(out, begin, at);
    }
    const { levels, nulls } = levelsOf(column, values, start, row);
    yield {
      rows: row - start,
      nulls,
      encoding: ENCODING.plain,
      levels,
      values: out.subarray(0, at),
      bounds: range?.bounds(),
    };
    start = row;
  }
}

/**
 * Texts or bytes of one row group, one after the other.
 *
 * @param isBounded whether the least and the greatest are wanted.
 * @param onValue sees the bytes of each value.
 */
export const textChunk = (
  column: Column<never>,
  values: readonly ColumnValue[],
  from: number,
  to: number,
  isBounded: boolean,
  onValue?: OnValue,
): RawChunk => ({
  dictionary: undefined,
  bounds: undefined,
  pages: pagesOf(column, values, from, to, isBounded, onValue),
});
