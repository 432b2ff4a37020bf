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
