/**
 * XXH64 with seed 0, as Parquet's bloom filters use it (xxHash, doc/xxhash_spec.md), in halves of 32 bits: with BigInt it
 * would cost more than all the rest of writing a row.
 */

/** A 64-bit number: high and low half, unsigned. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** The primes, in halves. */
const P1 = { high: 0x9e3779b1, low: 0x85ebca87 } as const;
const P2 = { high: 0xc2b2ae3d, low: 0x27d4eb4f } as const;
const P3 = { high: 0x165667b1, low: 0x9e3779f9 } as const;
const P4 = { high: 0x85ebca77, low: 0xc2b2ae63 } as const;
const P5 = { high: 0x27d4eb2f, low: 0x165667c5 } as const;

/** Numbers that are worked on, high half then low: four lanes, the hash, and one to mix in. No call allocates. */
const words = new Int32Array(12);
const HASH = 8;
const LANE = 10;
/** P1 + P2, P2, 0 and -P1. */
const seeds = [0x60ea27ee, 0xadc0b5d6, P2.high, P2.low, 0, 0, 0x61c8864e, 0x7a143579];
const turns = [1, 7, 12, 18];

function set(word: number, high: number, low: number): void {
  words[word] = high;
  words[word + 1] = low;
}

function add(word: number, high: number, low: number): void {
  const sum = ((words[word + 1] ?? 0) >>> 0) + (low >>> 0);
  words[word + 1] = sum;
  words[word] = (words[word] ?? 0) + high + (sum > 0xffffffff ? 1 : 0);
}

/**
 * High half of the product of two unsigned 32-bit numbers whose low half is known: a double is off by 2^11 at the most,
 * which is nothing once it is divided by 2^32 and rounded.
 */
const highOf = (a: number, b: number, low: number): number =>
  (((a >>> 0) * (b >>> 0) - (low >>> 0)) / 4294967296 + 0.5) | 0;

function multiply(word: number, pHigh: number, pLow: number): void {
  const high = words[word] ?? 0;
  const low = words[word + 1] ?? 0;
  const product = Math.imul(low, pLow);
  words[word] = highOf(low, pLow, product) + Math.imul(high, pLow) + Math.imul(low, pHigh);
  words[word + 1] = product;
}

function rotate(word: number, by: number): void {
  const high = words[word] ?? 0;
  const low = words[word + 1] ?? 0;
  words[word] = (high << by) | (low >>> (32 - by));
  words[word + 1] = (low << by) | (high >>> (32 - by));
}

/** One round: `word` takes in 64 bits of the input. */
function round(word: number, high: number, low: number): void {
  const product = Math.imul(low, P2.low);
  add(word, highOf(low, P2.low, product) + Math.imul(high, P2.low) + Math.imul(low, P2.high), product);
  rotate(word, 31);
  multiply(word, P1.high, P1.low);
}

/** The hash is mixed with one round over what stands in a lane or in the input. */
function mixRound(high: number, low: number): void {
  set(LANE, 0, 0);
  round(LANE, high, low);
  words[HASH] = (words[HASH] ?? 0) ^ (words[LANE] ?? 0);
  words[HASH + 1] = (words[HASH + 1] ?? 0) ^ (words[LANE + 1] ?? 0);
}

const at = (bytes: Uint8Array, i: number): number =>
  (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);

function stripes(bytes: Uint8Array, from: number, to: number): number {
  for (let i = 0; i < 8; i++) words[i] = seeds[i] ?? 0;
  let i = from;
  for (; i + 32 <= to; i += 32)
    for (let lane = 0; lane < 8; lane += 2) round(lane, at(bytes, i + 4 * lane + 4), at(bytes, i + 4 * lane));
  for (let lane = 0; lane < 8; lane += 2) {
    set(LANE, words[lane] ?? 0, words[lane + 1] ?? 0);
    rotate(LANE, turns[lane >> 1] ?? 1);
    add(HASH, words[LANE] ?? 0, words[LANE + 1] ?? 0);
  }
  for (let lane = 0; lane < 8; lane += 2) {
    mixRound(words[lane] ?? 0, words[lane + 1] ?? 0);
    multiply(HASH, P1.high, P1.low);
    add(HASH, P4.high, P4.low);
  }
  return i;
}

/** Of the bytes from `from` up to `to`. */
export function xxhash64(bytes: Uint8Array, from = 0, to = bytes.length): Hash64 {
  set(HASH, 0, 0);
  let i = from;
  if (to - from >= 32) i = stripes(bytes, from, to);
  else set(HASH, P5.high, P5.low);
  add(HASH, 0, to - from);
  for (; i + 8 <= to; i += 8) {
    mixRound(at(bytes, i + 4), at(bytes, i));
    rotate(HASH, 27);
    multiply(HASH, P1.high, P1.low);
    add(HASH, P4.high, P4.low);
  }
  if (i + 4 <= to) {
    set(LANE, 0, at(bytes, i));
    multiply(LANE, P1.high, P1.low);
    set(HASH, (words[HASH] ?? 0) ^ (words[LANE] ?? 0), (words[HASH + 1] ?? 0) ^ (words[LANE + 1] ?? 0));
    rotate(HASH, 23);
    multiply(HASH, P2.high, P2.low);
    add(HASH, P3.high, P3.low);
    i += 4;
  }
  for (; i < to; i++) {
    set(LANE, 0, bytes[i] ?? 0);
    multiply(LANE, P5.high, P5.low);
    set(HASH, (words[HASH] ?? 0) ^ (words[LANE] ?? 0), (words[HASH + 1] ?? 0) ^ (words[LANE + 1] ?? 0));
    rotate(HASH, 11);
    multiply(HASH, P1.high, P1.low);
  }
  // A shift by 33.
  set(HASH, words[HASH] ?? 0, (words[HASH + 1] ?? 0) ^ ((words[HASH] ?? 0) >>> 1));
  multiply(HASH, P2.high, P2.low);
  // A shift by 29, then one by 32.
  const [high, low] = [words[HASH] ?? 0, words[HASH + 1] ?? 0];
  set(HASH, high ^ (high >>> 29), low ^ ((low >>> 29) | (high << 3)));
  multiply(HASH, P3.high, P3.low);
  return {
    high: (words[HASH] ?? 0) >>> 0,
    low: ((words[HASH + 1] ?? 0) ^ (words[HASH] ?? 0)) >>> 0,
  };
}
