/**
 * Steps through structures of Thrift's compact protocol (thrift, doc/specs/thrift-compact-protocol.md) and takes out of them
 * what is asked for. A look-up steps through a footer a file, in a process that may just have begun: whole footers made into
 * objects were most of what it took.
 */
export interface ThriftCursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Of the field that `nextField` has come to. */
  id: number;
  type: number;
}

const TYPE = {
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
};
/** Structures of Parquet are a handful deep; forged ones must not reach the end of the stack. */
const MOST_DEEP = 32;

const cutShort = (): Error => new Error('a structure of the file is cut short');

export const cursorAt = (bytes: Uint8Array, at = 0): ThriftCursor => ({ bytes, at, id: 0, type: 0 });

/** An unsigned whole number, seven bits a byte, as far as a double holds it. */
function readVarint(cursor: ThriftCursor): number {
  const { bytes } = cursor;
  let [value, scale] = [0, 1];
  for (;;) {
    const byte = bytes[cursor.at++];
    if (byte === undefined || scale > 2 ** 63) throw cutShort();
    if (byte < 128) return value + byte * scale;
    value += (byte - 128) * scale;
    scale *= 128;
  }
}

/** A signed whole number. Doubled it would not fit a double: the sign is in the first byte, and is looked at there. */
export function readNumber(cursor: ThriftCursor): number {
  const first = cursor.bytes[cursor.at++];
  if (first === undefined) throw cutShort();
  const rest = first >= 128 ? readVarint(cursor) : 0;
  const size = ((first & 127) >> 1) + rest * 64;
  return (first & 1) === 1 ? -size - 1 : size;
}

export function readText(cursor: ThriftCursor): string {
  const length = readVarint(cursor);
  const from = cursor.at;
  cursor.at += length;
  if (cursor.at > cursor.bytes.length) throw cutShort();
  let text = '';
  for (let at = from; at < cursor.at; at++) text += String.fromCharCode(cursor.bytes[at] ?? 0);
  return text;
}

/** How many items stand from here on, behind each other. */
export function readCount(cursor: ThriftCursor): number {
  const head = cursor.bytes[cursor.at++];
  if (head === undefined) throw cutShort();
  const few = head >> 4;
  const count = few === 15 ? readVarint(cursor) : few;
  // Each item takes a byte at least.
  if (count > cursor.bytes.length - cursor.at) throw cutShort();
  return count;
}

/** The items of a list. */
export function readList<T>(cursor: ThriftCursor, item: (cursor: ThriftCursor) => T): T[] {
  const items: T[] = [];
  for (let left = readCount(cursor); left > 0; left--) items.push(item(cursor));
  return items;
}

/** Begins a structure, and answers in which field of the one around it that is. */
export function begin(cursor: ThriftCursor): number {
  const outer = cursor.id;
  cursor.id = 0;
  return outer;
}

/**
 * Comes to the next field of the structure that was begun, whose value then is to be read or skipped; false behind the last:
 * `for (const outer = begin(cursor); nextField(cursor, outer);) …`.
 *
 * @throws Error when the structure is cut short.
 */
export function nextField(cursor: ThriftCursor, outer: number): boolean {
  const head = cursor.bytes[cursor.at++];
  if (head === undefined) throw cutShort();
  if ((head & 15) === 0) {
    cursor.id = outer;
    return false;
  }
  cursor.type = head & 15;
  cursor.id = head < 16 ? readNumber(cursor) : cursor.id + (head >> 4);
  return true;
}

/** Steps over the value of the field that the cursor has come to. */
export function skip(cursor: ThriftCursor): void {
  cursor.at = behind(cursor.bytes, cursor.at, cursor.type, false, 0);
  if (cursor.at > cursor.bytes.length) throw cutShort();
}

/** Where the structure that begins at `from` ends. */
export const behindStruct = (bytes: Uint8Array, from: number): number =>
  behind(bytes, from, TYPE.struct, false, 0);

/** Where the value of a field begins in the structure that begins at `from`; -1 when it has none. */
export function fieldAt(bytes: Uint8Array, from: number, wanted: number): number {
  let [at, id] = [from, 0];
  for (;;) {
    const head = bytes[at++];
    if (head === undefined) throw cutShort();
    if ((head & 15) === 0) return -1;
    id += head >> 4;
    if (head < 16) {
      const cursor = cursorAt(bytes, at);
      id = readNumber(cursor);
      ({ at } = cursor);
    }
    if (id === wanted) return at;
    at = behind(bytes, at, head & 15, false, 0);
  }
}

/** Where a value ends. Most of a footer goes through here, so it has neither objects nor calls back. */
function behind(bytes: Uint8Array, from: number, type: number, isItem: boolean, depth: number): number {
  let at = from;
  if (type >= TYPE.i16 && type <= TYPE.i64) {
    while ((bytes[at++] ?? 0) >= 128);
    return at;
  }
  // As a field, a truth is in its type.
  if (type <= TYPE.false) return isItem ? at + 1 : at;
  if (type === TYPE.struct) {
    for (;;) {
      const head = bytes[at++];
      if (head === undefined || depth === MOST_DEEP) throw cutShort();
      if ((head & 15) === 0) return at;
      if (head < 16) while ((bytes[at++] ?? 0) >= 128);
      at = behind(bytes, at, head & 15, false, depth + 1);
    }
  }
  if (type === TYPE.byte) return at + 1;
  if (type === TYPE.double) return at + 8;
  const cursor = cursorAt(bytes, at);
  if (type === TYPE.binary) return readVarint(cursor) + cursor.at;
  if (type > TYPE.set || depth === MOST_DEEP) throw cutShort();
  const of = (bytes[at] ?? 0) & 15;
  let left = readCount(cursor);
  for (at = cursor.at; left > 0; left--) at = behind(bytes, at, of, true, depth + 1);
  return at;
}
