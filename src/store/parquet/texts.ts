import type { Column, ColumnValue } from '../../domain/tables.ts';
import { ENCODING, levelsOf, PAGE_BYTES, PAGE_ROWS, TEXT_PAGE_ROWS } from './page.ts';
import type { RawChunk, RawPage } from './page.ts';

/** Texts up to so many characters are written by hand: a call into the runtime costs more. */
const SHORT = 48;

const LENGTH_BYTES = 4;

/** A page and a value of common size behind it. */
const ROOM_BYTES = PAGE_BYTES + 256 * 1024;
/** Memory of columns that are written, for those that come after them. */
const rooms: Buffer[] = [];

/** So many values are written at a stretch: well below a millisecond. */
const STEP_ROWS = 4096;

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

/** A page that is being written. */
interface Filling {
  out: Buffer;
  /** The next row, and where its value goes. */
  row: number;
  at: number;
  nulls: number;
}

/** Goes on with a page up to a row; answers false when the next value has no room in it. */
function fill(
  page: Filling,
  values: readonly ColumnValue[],
  to: number,
  onValue: OnValue | undefined,
): boolean {
  let { out, row, at, nulls } = page;
  let hasRoom = true;
  for (; row < to && at < PAGE_BYTES; row++) {
    const value = values[row] as string | Uint8Array | undefined;
    if (value === undefined) {
      nulls++;
      continue;
    }
    const bound = boundOf(value);
    if (at + bound > out.length) {
      hasRoom = at === 0;
      if (!hasRoom) break;
      out = Buffer.allocUnsafeSlow(bound);
    }
    const begin = at + LENGTH_BYTES;
    at = writeValue(value, out, at);
    onValue?.(out, begin, at);
  }
  Object.assign(page, { out, row, at, nulls });
  return hasRoom && at < PAGE_BYTES;
}

/** Pages end before a value that has no room, or behind one that fills them. */
function* pagesOf(
  column: Column<never>,
  values: readonly ColumnValue[],
  onValue: OnValue | undefined,
): Generator<RawPage | undefined, void> {
  const most = column.type === 'bytes' ? PAGE_ROWS : TEXT_PAGE_ROWS;
  const room = rooms.pop() ?? Buffer.allocUnsafeSlow(ROOM_BYTES);
  try {
    for (let from = 0; from < values.length;) {
      const end = Math.min(values.length, from + most);
      const page: Filling = { out: room, row: from, at: 0, nulls: 0 };
      while (fill(page, values, Math.min(end, page.row + STEP_ROWS), onValue) && page.row < end)
        yield undefined;
      const { out, row, at, nulls } = page;
      const first = from;
      yield {
        rows: row - first,
        nulls,
        encoding: ENCODING.plain,
        levels: levelsOf(column, row - first, nulls, (n) => values[first + n] !== undefined),
        values: out.subarray(0, at),
        bounds: undefined,
      };
      from = row;
    }
  } finally {
    rooms.push(room);
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
