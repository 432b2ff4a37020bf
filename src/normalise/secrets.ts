/** A secret in a message: where its value starts and ends. */
export interface SecretSpan {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
}

export const placeholder = 'REDACTED';

const backslash = 0x5c;
const quote = 0x22;
const percent = 0x25;
const slash = 0x2f;
const colon = 0x3a;

const isTokenByte = (byte: number | undefined): boolean =>
  byte !== undefined &&
  ((byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x5f);

const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** True when the bytes before `end` spell `name` (lower-case letters), whatever their case. */
export function endsWithName(bytes: Uint8Array, end: number, name: string): boolean {
  const start = end - name.length;
  if (start < 0) return false;
  for (let i = 0; i < name.length; i++) {
    if (lower(bytes[start + i] ?? 0) !== name.charCodeAt(i)) return false;
  }
  return true;
}

const backslashesBefore = (bytes: Uint8Array, end: number): number => {
  let count = 0;
  while (bytes[end - 1 - count] === backslash) count++;
  return count;
};

/** How deep in JSON-in-JSON a quote stands: its run of n backslashes is 2^level - 1 for the quote that delimits. */
const quoteLevel = (run: number): number => {
  let level = 0;
  for (let rest = run; (rest & 1) === 1; rest >>= 1) level++;
  return level;
};

/**
 * The text of the JSON string whose opening quote is at `open`, also inside JSON that is itself text in JSON. Ends
 * before the closing quote and its own backslashes, so that what is cut out never splits an escape.
 */
export function stringSpan(bytes: Uint8Array, open: number): { start: number; end: number } {
  const level = quoteLevel(backslashesBefore(bytes, open));
  for (let i = open + 1; i < bytes.length; i++) {
    if (bytes[i] !== quote) continue;
    const closing = quoteLevel(backslashesBefore(bytes, i));
    if (closing <= level) return { start: open + 1, end: Math.max(open + 1, i - (2 ** closing - 1)) };
  }
  return { start: open + 1, end: bytes.length };
}

/** The text value of the JSON member whose name ends at `nameEnd` (`name": "value"`, quotes escaped or not). */
export function memberValue(bytes: Uint8Array, nameEnd: number): { start: number; end: number } | undefined {
  let i = nameEnd;
  while (bytes[i] === backslash) i++;
  if (bytes[i] !== quote) return undefined;
  i = skipBlanks(bytes, i + 1);
  if (bytes[i] !== colon) return undefined;
  i = skipBlanks(bytes, i + 1);
  while (bytes[i] === backslash) i++;
  return bytes[i] === quote ? stringSpan(bytes, i) : undefined;
}

export function skipBlanks(bytes: Uint8Array, from: number): number {
  let i = from;
  while (i < bytes.length && (bytes[i] ?? 0) <= 0x20) i++;
  return i;
}

/** Ends of a value in a query string or a connection string. Percent-encoded ones count where the text is encoded. */
const ends = new Set(Buffer.from(' "\';&,<>()[]{}|\n\r\t'));
const encodedEnds = new Set(['26', '3b', '20', '22', '27', '2c', '3c', '3e', '0a', '0d', '7d', '5d']);

/**
 * Where the value that starts at `start` ends. Escapes of JSON (`\/`, `\u002B`, at any depth) are read as what
 * they stand for and never split.
 */
export function valueEnd(bytes: Uint8Array, start: number, isEncoded: boolean): number {
  let i = start;
  while (i < bytes.length) {
    const byte = bytes[i] ?? 0;
    if (byte === backslash) {
      const next = escapeEnd(bytes, i);
      if (next === undefined) return i;
      i = next;
    } else if (ends.has(byte) || byte <= 0x20) return i;
    else if (byte === percent && isEncoded && encodedEnds.has(percentCode(bytes, i))) return i;
    else i++;
  }
  return i;
}

/** The two hex digits that a percent escape comes down to, however often it was encoded again (`%2526` is `26`). */
function percentCode(bytes: Uint8Array, from: number): string {
  let i = from + 1;
  while (bytes[i] === 0x32 && bytes[i + 1] === 0x35 && isHex(bytes[i + 2]) && isHex(bytes[i + 3])) i += 2;
  return String.fromCharCode(lower(bytes[i] ?? 0), lower(bytes[i + 1] ?? 0));
}

const isHex = (byte: number | undefined): boolean =>
  byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (lower(byte) >= 0x61 && lower(byte) <= 0x66));

/** Index after a run of backslashes and what it escapes, when that can belong to a value; undefined: the value ends. */
function escapeEnd(bytes: Uint8Array, from: number): number | undefined {
  let i = from;
  while (bytes[i] === backslash) i++;
  const byte = bytes[i];
  if (byte === slash) return i + 1;
  if (byte === 0x75 /* u */) {
    const hex = String.fromCharCode(...bytes.subarray(i + 1, i + 5));
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) return undefined;
    const character = Number.parseInt(hex, 16);
    return ends.has(character) || character <= 0x20 ? undefined : i + 5;
  }
  // An even run is backslashes of the value itself; an odd one escapes what follows: a quote or a line break.
  return (i - from) % 2 === 0 && byte !== quote && byte !== undefined ? i : undefined;
}

/** A JSON Web Token (or JWE) whose `eyJ` is at `start`; undefined when it merely looks like one. */
export function tokenEnd(bytes: Buffer, start: number): number | undefined {
  const parts: number[] = [];
  let i = start;
  for (;;) {
    const from = i;
    while (isTokenByte(bytes[i])) i++;
    parts.push(i - from);
    if (bytes[i] !== 0x2e || parts.length === 5) break;
    i++;
  }
  const [header = 0, payload = 0] = parts;
  if (parts.length < 3 || header < 12 || (payload === 0 && parts.length < 5)) return undefined;
  const head = Buffer.from(bytes.toString('latin1', start, start + header), 'base64url').toString('latin1');
  return /^\{"[\w#]{1,20}":/.test(head) ? i : undefined;
}

/** The password in `scheme://user:password@host`, for the `@` at `end`. */
export function userinfoPassword(bytes: Uint8Array, end: number): { start: number; end: number } | undefined {
  let first = -1;
  const floor = Math.max(0, end - 512);
  for (let i = end - 1; i >= floor; i--) {
    const byte = bytes[i] ?? 0;
    if (byte === colon) first = i;
    if (byte === slash) {
      let before = i - 1;
      while (bytes[before] === backslash) before--;
      if (bytes[before] !== slash || first <= i) return undefined;
      while (bytes[before - 1] === backslash) before--;
      const isScheme = bytes[before - 1] === colon && isTokenByte(bytes[before - 2]);
      return isScheme && first + 1 < end ? { start: first + 1, end } : undefined;
    }
    if (byte <= 0x20 || byte === quote || byte === 0x3f || byte === 0x23) return undefined;
  }
  return undefined;
}
