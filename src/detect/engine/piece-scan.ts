import { isAscii } from 'node:buffer';
import { emptyBits, hasBit, putBit } from './bits.ts';
import type { Bits } from './bits.ts';
import { mayBeFolded } from './plain-pieces.ts';

/**
 * Whether one of many pieces may stand in bytes of JSON: plain text of ASCII, folded, of four signs and more.
 *
 * Its law: it may only weaken. No piece stands where `false` is said, be it in upper case, with signs of it escaped
 * (`\u0061`, `\/`) or as characters beyond ASCII that fold to them.
 */
export type PieceScan = (bytes: Uint8Array) => boolean;

/** So many signs are looked at together. */
const GRAM = 4;
/** Few enough for a bit each to stay near the processor; grams that share a place are only compared more often. */
const PLACES = 1 << 13;
/** Letters of both cases have one place. */
const placeOf = (first: number, second: number, third: number, fourth: number): number =>
  (((first | 0x20) << 7) ^ ((second | 0x20) << 4) ^ ((third | 0x20) << 2) ^ (fourth | 0x20)) & (PLACES - 1);

const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const SMALL_U = 0x75;
/** A character of UTF-8 that folds to ASCII has so many bytes at most. */
const LONGEST_SIGN = 3;
/** So many places are looked at together. */
const MOST_LOOKS = 256;
/** Behind its backslash an escape has so many bytes at most, all but the first of them hexadecimal digits. */
const LONGEST_ESCAPE = 5;

/** First bytes of the UTF-8 of characters that fold to ASCII: U+00A0, U+0130, odd spaces and dashes, the Kelvin sign. */
const foldingBytes = new Set([0xc2, 0xc4, 0xe1, 0xe2, 0xe3, 0xef]);

/** What pieces begin with, all of one length, and how they go on. */
interface Start {
  readonly codes: Uint8Array;
  readonly rests: readonly Uint8Array[];
}

/** A gram of a start, by the place of its first sign in it. */
interface Gram {
  readonly start: Start;
  readonly from: number;
}

/**
 * Looks at four bytes every so often: where the starts of pieces have `n` signs and one stands in the bytes, spelled in
 * whatever way, it has at least as many bytes, and of grams `n - 3` apart one lies within it. That is one of its own, or
 * it has a part of a sign that is not spelled as itself.
 */
export function createPieceScan(pieces: readonly string[]): PieceScan {
  const length = Math.min(...pieces.map((piece) => piece.length));
  const step = length - GRAM + 1;
  const grams = gramsOf(startsOf(pieces, length));
  const places = emptyBits(PLACES);
  for (const place of grams.keys()) putBit(places, place, true);
  const folds = pieces.some(mayBeFolded);
  /** Where in the bytes at hand signs may be spelled otherwise, and so far around it pieces with such signs reach. */
  let oddFrom = 0;
  let oddUntil = 0;
  const around = length * (LONGEST_ESCAPE + 1);

  const isOddAt = (bytes: Uint8Array, at: number): boolean =>
    at >= 0 && at < bytes.length && isOdd(bytes, at, at, folds);
  const mayStand = (bytes: Uint8Array, at: number, { start: { codes, rests }, from }: Gram): boolean => {
    const begin = at - from;
    const next = begin + codes.length;
    if (at < oddFrom - around || at > oddUntil + around) {
      // As it is or not at all: other texts with this gram most often begin or end otherwise.
      if (begin < 0 || next > bytes.length) return false;
      if (lower[bytes[begin] ?? 0] !== codes[0]) return false;
      if (lower[bytes[next - 1] ?? 0] !== codes[codes.length - 1]) return false;
    }
    let first = from;
    while (first > 0 && begin + first > 0 && lower[bytes[begin + first - 1] ?? 0] === codes[first - 1])
      first--;
    if (first > 0) return isOddAt(bytes, begin + first - 1);
    const end = likeUntil(bytes, begin, codes, from);
    if (end < codes.length) return isOddAt(bytes, begin + end);
    for (const rest of rests) {
      const until = likeUntil(bytes, next, rest, 0);
      if (until === rest.length || isOddAt(bytes, next + until)) return true;
    }
    return false;
  };
  const mayStandAt = (bytes: Uint8Array, at: number): boolean => {
    const place = placeOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0);
    const known = grams.get(place);
    if (known === undefined) return false;
    for (let nth = 0; nth < known.length; nth++) {
      const gram = known[nth];
      if (gram !== undefined && mayStand(bytes, at, gram)) return true;
    }
    return false;
  };

  /** Where a closer look is due. They are looked at afterwards: the loop that finds them has no calls, and is fast. */
  const due = new Int32Array(MOST_LOOKS);
  return (given) => {
    const bytes = Buffer.isBuffer(given)
      ? given
      : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const last = bytes.length - GRAM;
    oddFrom = folds && !isAscii(bytes) ? 0 : bytes.indexOf(BACKSLASH);
    if (oddFrom < 0) oddFrom = oddUntil = Number.POSITIVE_INFINITY;
    else {
      oddUntil = folds && !isAscii(bytes) ? bytes.length : bytes.lastIndexOf(BACKSLASH) + LONGEST_ESCAPE;
      const until = Math.min(last, oddUntil);
      for (let at = step * Math.max(0, Math.ceil((oddFrom - GRAM + 1) / step)); at <= until; at += step)
        if (isOdd(bytes, at, at + GRAM - 1, folds)) return true;
    }
    for (let from = 0; from <= last; from += step * MOST_LOOKS) {
      const count = findDue(bytes, from, step, places, due);
      for (let nth = 0; nth < count; nth++) if (mayStandAt(bytes, due[nth] ?? 0)) return true;
    }
    return false;
  };
}

/** Tells where a gram of a list may stand, of as many places as are looked at together. */
function findDue(bytes: Uint8Array, from: number, step: number, places: Bits, due: Int32Array): number {
  const last = Math.min(bytes.length - GRAM, from + step * (MOST_LOOKS - 1));
  let count = 0;
  for (let at = from; at <= last; at += step) {
    const place = placeOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0);
    if (hasBit(places, place)) due[count++] = at;
  }
  return count;
}

function startsOf(pieces: readonly string[], length: number): readonly Start[] {
  const codesOf = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  const rests = new Map<string, Uint8Array[]>();
  for (const piece of new Set(pieces)) {
    const start = piece.slice(0, length);
    rests.set(start, [...(rests.get(start) ?? []), codesOf(piece.slice(length))]);
  }
  return Array.from(rests, ([start, of]) => ({ codes: codesOf(start), rests: of }));
}

/** The grams of all starts, by their place. */
function gramsOf(starts: readonly Start[]): ReadonlyMap<number, readonly Gram[]> {
  const grams = new Map<number, Gram[]>();
  for (const start of starts)
    for (let from = 0; from + GRAM <= start.codes.length; from++) {
      const [a = 0, b = 0, c = 0, d = 0] = start.codes.subarray(from, from + GRAM);
      const place = placeOf(a, b, c, d);
      grams.set(place, [...(grams.get(place) ?? []), { start, from }]);
    }
  return grams;
}

/** Whether one of these bytes may be part of a sign that is not spelled as itself. */
function isOdd(bytes: Uint8Array, first: number, last: number, folds: boolean): boolean {
  if (endsEscape(bytes, first)) return true;
  for (let at = first; at <= last; at++) if (bytes[at] === BACKSLASH && mayEscape(bytes, at)) return true;
  if (!folds) return false;
  for (let at = Math.max(0, first - LONGEST_SIGN + 1); at <= last; at++)
    if (foldingBytes.has(bytes[at] ?? 0)) return true;
  return false;
}

/** In JSON within JSON within a text, backslashes stand for one another; so many are let through. */
const MOST_BACKSLASHES = 32;

/** Whether an escape of another sign than itself may begin with this backslash. */
function mayEscape(bytes: Uint8Array, first: number): boolean {
  const end = Math.min(bytes.length, first + MOST_BACKSLASHES);
  let at = first + 1;
  while (at < end && bytes[at] === BACKSLASH) at++;
  return at < end ? bytes[at] === SMALL_U || bytes[at] === SLASH : at < bytes.length;
}

/** Whether an escape of another sign than itself has this byte behind its backslash. */
function endsEscape(bytes: Uint8Array, last: number): boolean {
  if (last < 1) return false;
  if (bytes[last] === SLASH) return bytes[last - 1] === BACKSLASH;
  let at = last;
  while (at > 1 && at > last - LONGEST_ESCAPE + 1 && isDigit(bytes[at] ?? 0)) at--;
  return bytes[at] === SMALL_U && bytes[at - 1] === BACKSLASH;
}

const isDigit = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
/** By byte: letters of ASCII in lower case. */
const lower = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte,
);

/** How many of the codes stand in the bytes from `begin` on, given that those before `from` do. */
function likeUntil(bytes: Uint8Array, begin: number, codes: Uint8Array, from: number): number {
  const end = Math.min(codes.length, bytes.length - begin);
  let at = from;
  while (at < end && lower[bytes[begin + at] ?? 0] === codes[at]) at++;
  return at;
}
