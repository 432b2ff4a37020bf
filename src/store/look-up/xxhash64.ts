/**
 * XXH64 with seed 0, as Parquet's bloom filters use it (xxHash, doc/xxhash_spec.md), in halves of 32 bits: with BigInt it
 * would cost more than all the rest of writing a row.
 */

/** A 64-bit number: high and low half, unsigned. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

type Prime = readonly [high: number, low: number];
const P1: Prime = [0x9e3779b1, 0x85ebca87];
const P2: Prime = [0xc2b2ae3d, 0x27d4eb4f];
const P3: Prime = [0x165667b1, 0x9e3779f9];
const P4: Prime = [0x85ebca77, 0xc2b2ae63];
const P5: Prime = [0x27d4eb2f, 0x165667c5];

/** An accumulator; the operations change it in place, so that none of them allocates. */
interface Word {
  high: number;
  low: number;
}

function add(word: Word, high: number, low: number): void {
  const sum = (word.low >>> 0) + (low >>> 0);
  word.low = sum | 0;
  word.high = (word.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
}

/** High half of the product of two unsigned 32-bit numbers. */
function highOf(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536)) | 0;
}

function multiply(word: Word, [high, low]: Prime): void {
  const product = highOf(word.low, low) + Math.imul(word.high, low) + Math.imul(word.low, high);
  word.low = Math.imul(word.low, low);
  word.high = product | 0;
}

function rotate(word: Word, by: number): void {
  const { high, low } = word;
  word.high = (high << by) | (low >>> (32 - by));
  word.low = (low << by) | (high >>> (32 - by));
}

const scratch: Word = { high: 0, low: 0 };

/** One round: `word` takes in 64 bits of the input. */
function round(word: Word, high: number, low: number): void {
  scratch.high = high;
  scratch.low = low;
  multiply(scratch, P2);
  add(word, scratch.high, scratch.low);
  rotate(word, 31);
  multiply(word, P1);
}

const lane: Word = { high: 0, low: 0 };

/** `word` is mixed with one round over what stands in a lane or in the input. */
function mixRound(word: Word, high: number, low: number): void {
  lane.high = 0;
  lane.low = 0;
  round(lane, high, low);
  word.high ^= lane.high;
  word.low ^= lane.low;
}

const at = (bytes: Uint8Array, i: number): number =>
  (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);

function stripes(bytes: Uint8Array, from: number, to: number, hash: Word): number {
  const lanes: readonly Word[] = [
    // P1 + P2, P2, 0 and -P1.
    { high: 0x60ea27ee, low: 0xadc0b5d6 },
    { high: P2[0], low: P2[1] },
    { high: 0, low: 0 },
    { high: 0x61c8864e, low: 0x7a143579 },
  ];
  let i = from;
  for (; i + 32 <= to; i += 32)
    for (const [n, word] of lanes.entries()) round(word, at(bytes, i + 8 * n + 4), at(bytes, i + 8 * n));
  for (const [n, { high, low }] of lanes.entries()) {
    const turned: Word = { high, low };
    rotate(turned, [1, 7, 12, 18][n] ?? 1);
    add(hash, turned.high, turned.low);
  }
  for (const { high, low } of lanes) {
    mixRound(hash, high, low);
    multiply(hash, P1);
    add(hash, ...P4);
  }
  return i;
}

/** Of the bytes from `from` up to `to`. */
export function xxhash64(bytes: Uint8Array, from = 0, to = bytes.length): Hash64 {
  const hash: Word = { high: 0, low: 0 };
  let i = from;
  if (to - from >= 32) i = stripes(bytes, from, to, hash);
  else add(hash, ...P5);
  add(hash, 0, to - from);
  for (; i + 8 <= to; i += 8) {
    mixRound(hash, at(bytes, i + 4), at(bytes, i));
    rotate(hash, 27);
    multiply(hash, P1);
    add(hash, ...P4);
  }
  if (i + 4 <= to) {
    const word: Word = { high: 0, low: at(bytes, i) };
    multiply(word, P1);
    hash.high ^= word.high;
    hash.low ^= word.low;
    rotate(hash, 23);
    multiply(hash, P2);
    add(hash, ...P3);
    i += 4;
  }
  for (; i < to; i++) {
    const word: Word = { high: 0, low: bytes[i] ?? 0 };
    multiply(word, P5);
    hash.high ^= word.high;
    hash.low ^= word.low;
    rotate(hash, 11);
    multiply(hash, P1);
  }
  hash.low ^= hash.high >>> 1;
  multiply(hash, P2);
  // A shift by 29, then one by 32.
  const { high, low } = hash;
  hash.high = high ^ (high >>> 29);
  hash.low = low ^ ((low >>> 29) | (high << 3));
  multiply(hash, P3);
  hash.low ^= hash.high;
  return { high: hash.high >>> 0, low: hash.low >>> 0 };
}
