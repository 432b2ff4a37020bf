import type { RowBytes, RowText } from '../../proof/verify-port.ts';
import type { ColumnPages, Page } from './pages.ts';

/** Reads a column value by value, one page in memory at a time. Each call moves on to the next row. */
export type Cursor<T> = () => T;

/** How the values of one kind of column are read. */
interface Values<T> {
  /** Every entry of a dictionary, made once. */
  readonly words: (bytes: Uint8Array, count: number) => readonly T[];
  /** Values that stand in the page itself come next. */
  readonly begin: (page: Page) => void;
  /** The next of those. */
  readonly next: () => T;
}

/** Steps through the pages of a column, row by row; undefined for a row without a value. */
function pageWalk<T>(pages: ColumnPages, values: Values<T>): Cursor<T | undefined> {
  let words: readonly T[] | undefined;
  let page: Page | undefined;
  let [row, value] = [0, 0];
  const turn = (): Page => {
    const next = pages.next();
    if (next === undefined) throw new Error('a column ends too early');
    if (next.ids === undefined) values.begin(next);
    else words ??= values.words(pages.dictionary?.bytes ?? new Uint8Array(), pages.dictionary?.values ?? 0);
    [row, value] = [0, 0];
    return next;
  };
  return () => {
    while (page === undefined || row >= page.rows) page = turn();
    const { present, ids } = page;
    if (present !== undefined && present[row++] !== 1) return undefined;
    if (present === undefined) row++;
    if (ids === undefined) return values.next();
    const word = words?.[ids[value++] ?? 0];
    if (word === undefined) throw new Error('an id is in no dictionary');
    return word;
  };
}

function required<T>(cursor: Cursor<T | undefined>): Cursor<T> {
  return () => {
    const value = cursor();
    if (value === undefined) throw new Error('a text is missing');
    return value;
  };
}

/** Where the value at `at` ends: texts and bodies lie end to end, each behind its length. */
function endOf(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new Error('a column ends too early');
  const length =
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
  const end = at + 4 + length;
  if (length < 0 || end > bytes.length) throw new Error('a text reaches out of its page');
  return end;
}

/** Values of bytes, each made into what is wanted of it. */
function byteValues<T>(make: (bytes: Uint8Array, from: number, to: number) => T): Values<T> {
  let bytes: Uint8Array = new Uint8Array();
  let at = 0;
  const next = (): T => {
    const from = at + 4;
    at = endOf(bytes, at);
    return make(bytes, from, at);
  };
  return {
    begin(page) {
      ({ bytes, at } = page);
    },
    next,
    words(dictionary, count) {
      const words: T[] = [];
      for (let from = 0; words.length < count;) {
        const to = endOf(dictionary, from);
        words.push(make(dictionary, from + 4, to));
        from = to;
      }
      return words;
    },
  };
}

function mustBe(pages: ColumnPages, type: string): void {
  if (pages.type !== type) throw new Error(`a column of type ${type} is of type ${pages.type}`);
}

/** A required column of bytes, each value made into what is wanted of it: once for each entry of a dictionary. */
export function bytesCursor<T>(pages: ColumnPages, make: (bytes: Uint8Array) => T): Cursor<T> {
  mustBe(pages, 'BYTE_ARRAY');
  return required(
    pageWalk(
      pages,
      byteValues((bytes, from, to) => make(bytes.subarray(from, to))),
    ),
  );
}

const decoder = new TextDecoder();

/** A required column of texts: the same object for the same entry of a dictionary. */
export const textCursor = (pages: ColumnPages): Cursor<RowText> =>
  bytesCursor(pages, (bytes) => ({ text: decoder.decode(bytes) }));

/** A required column of bytes that answers where they lie: the same object each time, moved on. */
export function bytesCell(pages: ColumnPages): Cursor<RowBytes> {
  mustBe(pages, 'BYTE_ARRAY');
  const cell: { bytes: Uint8Array; from: number; to: number } = { bytes: new Uint8Array(), from: 0, to: 0 };
  const inPage = byteValues((bytes, from, to): RowBytes => {
    cell.bytes = bytes;
    cell.from = from;
    cell.to = to;
    return cell;
  });
  // An entry of a dictionary is kept, so it takes an object of its own.
  const { words } = byteValues((bytes, from, to): RowBytes => ({ bytes, from, to }));
  return required(pageWalk(pages, { ...inPage, words }));
}

/** A column of 64-bit whole numbers, as far as a double holds them; undefined where a row has none. */
export function longCursor(pages: ColumnPages): Cursor<number | undefined> {
  mustBe(pages, 'INT64');
  let view: DataView = new DataView(new ArrayBuffer(0));
  let at = 0;
  const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
    new DataView(buffer, byteOffset, byteLength);
  const longAt = (of: DataView, offset: number): number =>
    of.getUint32(offset, true) + of.getInt32(offset + 4, true) * 4_294_967_296;
  return pageWalk(pages, {
    begin(page) {
      [view, at] = [viewOf(page.bytes), page.at];
    },
    next() {
      at += 8;
      return longAt(view, at - 8);
    },
    words(bytes, count) {
      const of = viewOf(bytes);
      return Array.from({ length: count }, (_, i) => longAt(of, 8 * i));
    },
  });
}
