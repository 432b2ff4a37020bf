import { isAscii } from 'node:buffer';
import type { ValueTest } from '../../sigma/ast.ts';
import { foldText, shapeOf } from '../../sigma/pattern.ts';

/** Says whether any of some tests can be passed by any text of the records in a message, by its bytes. */
export interface MessageGate {
  /** False: none can. True: one might. */
  mayPass(message: Uint8Array): boolean;
}

/** Shorter pieces stand in every message. */
const SHORTEST = 5;
/** Few enough to stay near the processor; pairs of bytes that share a place only move windows on less far. */
const BIGRAMS = 1 << 11;
/** Letters of both cases have one place. */
const bigram = (first: number, second: number): number =>
  (((first | 0x20) << 5) ^ (second | 0x20)) & (BIGRAMS - 1);
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const SMALL_U = 0x75;

/**
 * A gate for tests that all ask for some piece of plain text; undefined when one does not.
 *
 * Its law: it may only weaken. What a test looks for has a piece without the signs that JSON is built with; where that
 * stands in a text of a record, or in the JSON of a part of one, it stands in the message too, in whatever letter case,
 * and be it JSON within a text. The exceptions let everything through: a message with `\u` or `\/` in it, which may
 * spell a piece otherwise; where a piece has what characters beyond ASCII fold to, one with the first byte of such a
 * character (see `foldText`); and a piece that a number may be written as.
 */
export function createMessageGate(tests: readonly ValueTest[]): MessageGate | undefined {
  const pieces: string[] = [];
  for (const test of tests) {
    const piece = pieceOf(test);
    if (piece === undefined) return undefined;
    pieces.push(piece);
  }
  const scan = scannerFor(pieces);
  const folds = pieces.some((piece) => foldedTo.test(piece));
  let last: Uint8Array | undefined;
  let answer = true;
  return {
    mayPass(message) {
      // A message of many records is looked through once.
      if (message === last) return answer;
      last = message;
      answer = scan(message) || spellsOtherwise(message, folds);
      return answer;
    },
  };
}

/** The longest piece of plain ASCII that a text has to have to pass, folded. */
function pieceOf(test: ValueTest): string | undefined {
  if (test.kind !== 'text' || shapeOf(test.pattern).kind === 'present') return undefined;
  const longest = test.pattern
    .flatMap((part) => (part.kind === 'literal' ? foldText(part.text).split(/[^ !#-+\--9;-Z^-z|~]+/u) : []))
    .map((piece) => piece.trim())
    .reduce((best, piece) => (piece.length > best.length ? piece : best), '');
  return longest.length < SHORTEST || mayBeNumber(longest) ? undefined : longest;
}

/** Numbers are not written in a record as they were in the message: 1e3 is 1000, and 1e999 Infinity. */
const mayBeNumber = (piece: string): boolean => /^[-+.e\d]*$/u.test(piece) || 'infinity'.includes(piece);

/**
 * What characters beyond ASCII fold to: a space, a dash, and the letter of the Kelvin sign. U+0130 folds to `i` and a dot
 * of its own (U+0307), so it can stand for the last letter of a piece alone.
 */
const foldedTo = /[ k-]|i$/u;
/** First bytes of the UTF-8 of these characters: U+00A0, U+0130, odd spaces and dashes, the Kelvin sign. */
const foldingBytes = [0xc2, 0xc4, 0xe1, 0xe2, 0xe3, 0xef];

function spellsOtherwise(message: Uint8Array, folds: boolean): boolean {
  const bytes = Buffer.isBuffer(message)
    ? message
    : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const first = bytes.indexOf(BACKSLASH);
  if (first >= 0) {
    const last = bytes.lastIndexOf(BACKSLASH);
    for (let at = first; at <= last; at++) {
      if (bytes[at] !== BACKSLASH) continue;
      const next = bytes[at + 1];
      if (next === SMALL_U || next === SLASH) return true;
    }
  }
  return folds && !isAscii(bytes) && foldingBytes.some((byte) => bytes.includes(byte));
}

/**
 * The search of Wu and Manber: the last two bytes of a window say how far it may be moved on at least, most often by
 * all its length.
 */
function scannerFor(pieces: readonly string[]): (bytes: Uint8Array) => boolean {
  const width = Math.min(255, ...pieces.map(({ length }) => length));
  const shifts = new Uint8Array(BIGRAMS).fill(width - 1);
  const byEnd = new Map<number, Uint8Array[]>();
  for (const piece of new Set(pieces)) {
    const codes = Uint8Array.from(piece, (sign) => sign.charCodeAt(0));
    for (let at = 1; at < width; at++) {
      const place = bigram(codes[at - 1] ?? 0, codes[at] ?? 0);
      shifts[place] = Math.min(shifts[place] ?? 0, width - 1 - at);
      if (at === width - 1) byEnd.set(place, [...(byEnd.get(place) ?? []), codes]);
    }
  }
  return (bytes) => {
    let at = width - 1;
    while (at < bytes.length) {
      const place = bigram(bytes[at - 1] ?? 0, bytes[at] ?? 0);
      const shift = shifts[place] ?? 0;
      if (shift > 0) {
        at += shift;
        continue;
      }
      for (const codes of byEnd.get(place) ?? []) if (standsAt(bytes, at - width + 1, codes)) return true;
      at++;
    }
    return false;
  };
}

const isUpper = (code: number): boolean => code >= 0x41 && code <= 0x5a;
const lower = (code: number): number => (isUpper(code) ? code | 0x20 : code);

function standsAt(bytes: Uint8Array, from: number, codes: Uint8Array): boolean {
  if (from + codes.length > bytes.length) return false;
  for (let at = 0; at < codes.length; at++) if (lower(bytes[from + at] ?? 0) !== codes[at]) return false;
  return true;
}
