import { get, giveBack, i32, i64, moduleOf, set, v128, when, whilst } from './wasm-code.ts';
import type { Code, ValueType } from './wasm-code.ts';

/** Where the message lies in the memory of the scan; before it lie zeros. */
export const MESSAGE_AT = 64;
/** A longer message is not scanned: it is of many records, and tells little of each. */
export const LONGEST_MESSAGE = 65_536;
/** Behind the message so many bytes may be read, and are zeros. */
const BEHIND = 128;
/** Where tables lie, so many beside one another, of so many bytes. */
export const TABLES_AT = 2 * 65_536;
export const TABLE_BYTES = 4 * 65_536;
export const MOST_TABLES = 16;
const PAGES = (TABLES_AT + MOST_TABLES * TABLE_BYTES) / 65_536;

/** What a table begins with: numbers of 32 bits, by their place in bytes. Places count from its begin. */
export const header = {
  step: 0,
  entriesAt: 4,
  piecesAt: 8,
  seenAt: 12,
  hitsAt: 16,
  /** Hits of the scan before. */
  count: 20,
  folds: 24,
  /** By how many bits a hash is shifted to be the place of its bit; a number of 64 bits. */
  shift: 32,
  bytes: 64,
} as const;

/**
 * Behind that lie a bit for each hash of so many bits, as few as tell most apart: each look touches another part of
 * them. Behind room for the most of these, the first entry for each hash of `HEADS` bits.
 */
export const FEWEST_BITS = 9;
export const MOST_BITS = 15;
export const HEADS = 12;
export const bitsAt: number = header.bytes;
export const headsAt: number = bitsAt + 2 ** MOST_BITS / 8;
export const headsUntil: number = headsAt + 2 * 2 ** HEADS;
/** So many signs are looked at together. */
export const GRAM = 6;
export const GRAM_MASK: bigint = (1n << BigInt(8 * GRAM)) - 1n;

/** Spreads grams over the places of a table: 2^64 divided by the golden ratio, which is odd. */
export const SPREAD = 0x9e37_79b9_7f4a_7c15n;
/** Makes letters of ASCII lower; other signs of ASCII become one with others, which lets more through. */
export const LOWER = 0x2020_2020_2020_2020n;

/** What is said of a message whose signs may be spelled otherwise than as themselves. */
export const ODD = -1;

/** So many bytes are looked at together. */
const BLOCK = 64;

const BACKSLASH = 0x5c;
/** First bytes of characters beyond ASCII that fold to ASCII: see `piece-scan.ts`. */
const folding = [0xc2, 0xc4, 0xe1, 0xe2, 0xe3, 0xef] as const;

const parameters = ['table', 'length'] as const;
const types = {
  at: 'i32',
  end: 'i32',
  step: 'i32',
  hash: 'i64',
  shift: 'i64',
  place: 'i32',
  entry: 'i32',
  piece: 'i32',
  begin: 'i32',
  text: 'i32',
  left: 'i32',
  count: 'i32',
  all: 'v128',
  escapes: 'v128',
} as const satisfies Readonly<Record<string, ValueType>>;

type Name = (typeof parameters)[number] | keyof typeof types;
const names: readonly string[] = [...parameters, ...Object.keys(types)];
const $ = (name: Name): Code => get(names.indexOf(name));
const put = (name: Name, value: Code): Code => set(names.indexOf(name), value);
const head = (field: keyof typeof header): Code => i32.load($('table'), header[field]);
const placeOf = (field: keyof typeof header): Code => i32.add($('table'), head(field));

const anyOf = (parts: readonly Code[]): Code => parts.reduce((one, other) => v128.or(one, other));
const isByte = (bytes: Code, byte: number): Code => v128.eq(bytes, v128.of(byte));

/** So many bytes of the message after the other, in sixteens; what is behind the message are zeros. */
const throughMessage = (...body: readonly Code[]): Code => [
  ...put('at', i32.of(MESSAGE_AT)),
  ...whilst(i32.lt($('at'), $('end')), ...body, put('at', i32.add($('at'), i32.of(BLOCK)))),
];
const sixteens = Array.from({ length: BLOCK / 16 }, (_, nth) => 16 * nth);

/** Behind each backslash, what is there. Of all that JSON has there, `u` and the slash alone are odd numbers. */
const escapedAt = (from: number): Code =>
  v128.and(isByte(v128.load($('at'), from), BACKSLASH), v128.load($('at'), from + 1));

/** Gives up where `\\u` or `\\/` stands, or a sign that may fold to ASCII when a piece has what it folds to. */
const refuseOdd: Code = [
  ...throughMessage(
    put('all', anyOf([$('all'), ...sixteens.map((from) => v128.load($('at'), from))])),
    put('escapes', anyOf([$('escapes'), ...sixteens.map(escapedAt)])),
  ),
  ...when(v128.isAny(v128.and($('escapes'), v128.of(1))), giveBack(i32.of(ODD))),
  ...when(
    i32.and(i32.ne(v128.signs($('all')), i32.of(0)), head('folds')),
    throughMessage(
      when(
        v128.isAny(
          anyOf(sixteens.flatMap((from) => folding.map((byte) => isByte(v128.load($('at'), from), byte)))),
        ),
        giveBack(i32.of(ODD)),
      ),
    ),
  ),
];

const hitAt = (nth: Code): Code => i32.add(placeOf('hitsAt'), i32.shl(nth, i32.of(1)));

/** Whether a piece was told; once is enough. */
const forgetHits: Code = [
  ...put('count', head('count')),
  ...whilst(
    $('count'),
    put('count', i32.sub($('count'), i32.of(1))),
    i32.storeByte(i32.add(placeOf('seenAt'), i32.loadShort(hitAt($('count')))), i32.of(0)),
  ),
];

const lowered = (address: Code): Code => i64.or(i64.load(address), i64.of(LOWER));

/** Compares eight bytes at a time, the last eight last; a piece has no fewer. */
const comparePiece: Code = [
  ...put('begin', i32.sub($('at'), i32.loadShort($('entry'), 2))),
  ...put('text', i32.add($('table'), i32.load($('piece')))),
  ...put('left', i32.load($('piece'), 4)),
  ...when(
    i32.and(i32.le(i32.of(MESSAGE_AT), $('begin')), i32.le(i32.add($('begin'), $('left')), $('end'))),
    whilst(
      i32.and(i32.lt(i32.of(8), $('left')), i64.eq(lowered($('begin')), i64.load($('text')))),
      put('begin', i32.add($('begin'), i32.of(8))),
      put('text', i32.add($('text'), i32.of(8))),
      put('left', i32.sub($('left'), i32.of(8))),
    ),
    when(
      i32.le($('left'), i32.of(8)),
      put('begin', i32.sub(i32.add($('begin'), $('left')), i32.of(8))),
      put('text', i32.sub(i32.add($('text'), $('left')), i32.of(8))),
      when(
        i64.eq(lowered($('begin')), i64.load($('text'))),
        put('piece', i32.loadShort($('entry'))),
        put('place', i32.add(placeOf('seenAt'), $('piece'))),
        when(
          i32.not(i32.loadByte($('place'))),
          i32.storeByte($('place'), i32.of(1)),
          i32.storeShort(hitAt($('count')), $('piece')),
          put('count', i32.add($('count'), i32.of(1))),
        ),
      ),
    ),
  ),
];

/** Asks the pieces that have such a gram. */
const askPieces: Code = [
  ...put(
    'entry',
    i32.loadShort(
      i32.add($('table'), i32.shl(i32.low(i64.shr($('hash'), i64.of(BigInt(64 - HEADS)))), i32.of(1))),
      headsAt,
    ),
  ),
  ...whilst(
    $('entry'),
    put('entry', i32.add(placeOf('entriesAt'), i32.shl($('entry'), i32.of(3)))),
    put('piece', i32.add(placeOf('piecesAt'), i32.shl(i32.loadShort($('entry')), i32.of(3)))),
    comparePiece,
    put('entry', i32.loadShort($('entry'), 4)),
  ),
];

const lookEverySoOften: Code = [
  ...put('step', head('step')),
  ...put('shift', i64.load($('table'), header.shift)),
  ...put('at', i32.of(MESSAGE_AT)),
  ...whilst(
    i32.lt($('at'), $('end')),
    put('hash', i64.mul(i64.and(lowered($('at')), i64.of(GRAM_MASK)), i64.of(SPREAD))),
    put('place', i32.low(i64.shr($('hash'), $('shift')))),
    when(
      i32.and(
        i32.shr(
          i32.loadByte(i32.add($('table'), i32.shr($('place'), i32.of(3))), bitsAt),
          i32.and($('place'), i32.of(7)),
        ),
        i32.of(1),
      ),
      askPieces,
    ),
    put('at', i32.add($('at'), $('step'))),
  ),
];

/**
 * `run(table, length)`: looks through the message for the pieces of a table. Gives the number of pieces that stand in
 * it, whose places are told at `hitsAt`; or `ODD`.
 */
export function scanModule(): Uint8Array<ArrayBuffer> {
  const behind = Array.from({ length: BEHIND / 16 }, (_, nth) =>
    v128.store(i32.add($('end'), i32.of(16 * nth)), v128.of(0)),
  );
  const body = [
    put('end', i32.add(i32.of(MESSAGE_AT), $('length'))),
    ...behind,
    refuseOdd,
    forgetHits,
    lookEverySoOften,
    i32.store(i32.add($('table'), i32.of(header.count)), $('count')),
    $('count'),
  ].flat();
  return moduleOf(PAGES, parameters.length, Object.values(types), body);
}
