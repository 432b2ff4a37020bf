import type { RowBytes, RowText } from '../../proof/verify-port.ts';
import type { ColumnPages, Page } from './pages.ts';

/** Reads a column value by value, one page in memory at a time. Each call moves on to the next row. */
export type Cursor<T> = () => T;

/** The page that a row is in, and which of its rows that is. */
function pageWalk(pages: ColumnPages, onPage: (page: Page) => void): () => boolean {
  let page: Page | undefined;
  let row = 0;
  return () => {
    while (page === undefined || row >= page.rows) {
      page = pages.next();
      if (page === undefined) throw new Error('a column ends too early');
      onPage(page);
      row = 0;
    }
    const isPresent = page.present === undefined || page.present[row] === 1;
    row++;
    return isPresent;
  };
}

/** Texts and bodies lie end to end, each behind its length. Answers them as parts of the page: nothing is copied. */
function byteArrays(bytes: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values: Uint8Array[] = [];
  for (let at = 0; values.length < count;) {
    const end = at + 4 + view.getUint32(at, true);
    if (end > bytes.length) throw new Error('a text reaches out of its page');
    values.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return values;
}

/** A required column of bytes, each value made into what is wanted of it: once for each entry of a dictionary. */
export function bytesCursor<T>(pages: ColumnPages, make: (bytes: Uint8Array) => T): Cursor<T> {
  if (pages.type !== 'BYTE_ARRAY') throw new Error('a column of texts is of another type');
  let words: readonly T[] | undefined;
  let page: Page | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let [at, value] = [0, 0];
  const step = pageWalk(pages, (next) => {
    page = next;
    at = next.at;
    value = 0;
    view = new DataView(next.bytes.buffer, next.bytes.byteOffset, next.bytes.byteLength);
    if (next.ids !== undefined && words === undefined) {
      const { bytes, values } = pages.dictionary ?? { bytes: new Uint8Array(), values: 0 };
      words = byteArrays(bytes, values).map(make);
    }
  });
  return () => {
    if (!step() || page === undefined) throw new Error('a text is missing');
    const id = page.ids?.[value++];
    if (page.ids !== undefined) {
      const word = id === undefined ? undefined : words?.[id];
      if (word === undefined) throw new Error('an id is in no dictionary');
      return word;
    }
    const start = at + 4;
    at = start + view.getUint32(at, true);
    if (at > page.bytes.length) throw new Error('a text reaches out of its page');
    return make(page.bytes.subarray(start, at));
  };
}

const decoder = new TextDecoder();

/** A required column of texts: the same object for the same entry of a dictionary. */
export const textCursor = (pages: ColumnPages): Cursor<RowText> =>
  bytesCursor(pages, (bytes) => ({ text: decoder.decode(bytes) }));

/** A required column of bytes that answers where they lie: the same object each time, moved on. */
export function bytesCell(pages: ColumnPages): Cursor<RowBytes> {
  if (pages.type !== 'BYTE_ARRAY') throw new Error('a column of bytes is of another type');
  const cell: { bytes: Uint8Array; from: number; to: number } = { bytes: new Uint8Array(), from: 0, to: 0 };
  let words: readonly Uint8Array[] | undefined;
  let page: Page | undefined;
  let value = 0;
  const step = pageWalk(pages, (next) => {
    page = next;
    value = 0;
    cell.to = next.at;
    if (next.ids === undefined) cell.bytes = next.bytes;
    else words ??= byteArrays(pages.dictionary?.bytes ?? new Uint8Array(), pages.dictionary?.values ?? 0);
  });
  return () => {
    if (!step() || page === undefined) throw new Error('a text is missing');
    if (page.ids !== undefined) {
      const word = words?.[page.ids[value++] ?? 0];
      if (word === undefined) throw new Error('an id is in no dictionary');
      [cell.bytes, cell.from, cell.to] = [word, 0, word.length];
      return cell;
    }
    const { bytes } = cell;
    const at = cell.to;
    if (at + 4 > bytes.length) throw new Error('a column ends too early');
    const length =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    cell.from = at + 4;
    cell.to = cell.from + length;
    if (length < 0 || cell.to > bytes.length) throw new Error('a text reaches out of its page');
    return cell;
  };
}

/** A column of 64-bit whole numbers, as far as a double holds them; undefined where a row has none. */
export function longCursor(pages: ColumnPages): Cursor<number | undefined> {
  if (pages.type !== 'INT64') throw new Error('a column of numbers is of another type');
  let words: readonly number[] | undefined;
  let page: Page | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));
  let [at, value] = [0, 0];
  const longAt = (of: DataView, offset: number): number =>
    of.getUint32(offset, true) + of.getInt32(offset + 4, true) * 4_294_967_296;
  const step = pageWalk(pages, (next) => {
    page = next;
    at = next.at;
    value = 0;
    view = new DataView(next.bytes.buffer, next.bytes.byteOffset, next.bytes.byteLength);
    if (next.ids !== undefined && words === undefined) {
      const { bytes, values } = pages.dictionary ?? { bytes: new Uint8Array(), values: 0 };
      const of = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      words = Array.from({ length: values }, (_, i) => longAt(of, 8 * i));
    }
  });
  return () => {
    if (!step() || page === undefined) return undefined;
    if (page.ids !== undefined) return words?.[page.ids[value++] ?? 0];
    const long = longAt(view, at);
    at += 8;
    return long;
  };
}
