import { varint, zigzag } from './thrift.ts';

/** As parquet-java has them: what readers are tried with most. */
const BLOCK = 128;
const MINIBLOCK = 32;
const MINIBLOCKS = BLOCK / MINIBLOCK;

const TWO_24 = 16_777_216;
const TWO_32 = 4_294_967_296;

const bitsOf = (value: number): number =>
  value < TWO_32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / TWO_32));

/** True when differences of differences of values within these bounds are exact, and fit the type: 32 bits or 64. */
export const fitsDelta = (min: number, max: number, isLong: boolean): boolean =>
  max - min <= (isLong ? 2 ** 52 : 2 ** 31 - 1);

/**
 * Whole numbers by what they differ from the one before, in as few bits as a block of them needs (parquet-format,
 * Encodings.md, DELTA_BINARY_PACKED). At least one value, all within bounds that `fitsDelta`.
 */
export function encodeDelta(values: Float64Array): Buffer {
  const count = values.length;
  const out = Buffer.allocUnsafe(32 + Math.ceil(count / BLOCK) * (10 + MINIBLOCKS + BLOCK * 7));
  const deltas = new Float64Array(BLOCK);
  let at = 0;
  const put = (bytes: readonly number[]): void => {
    for (const byte of bytes) out[at++] = byte;
  };
  let before = values[0] ?? 0;
  put([...varint(BLOCK), ...varint(MINIBLOCKS), ...varint(count), ...zigzag(before)]);

  for (let from = 1; from < count; from += BLOCK) {
    const size = Math.min(BLOCK, count - from);
    let least = Infinity;
    for (let i = 0; i < size; i++) {
      const value = values[from + i] ?? 0;
      const delta = value - before;
      deltas[i] = delta;
      if (delta < least) least = delta;
      before = value;
    }
    put(zigzag(least));
    const widths = at;
    at += MINIBLOCKS;
    for (let mini = 0; mini < MINIBLOCKS; mini++) {
      const start = mini * MINIBLOCK;
      const stop = Math.min(size, start + MINIBLOCK);
      let most = 0;
      for (let i = start; i < stop; i++) {
        const over = (deltas[i] ?? 0) - least;
        deltas[i] = over;
        if (over > most) most = over;
      }
      const width = bitsOf(most);
      out[widths + mini] = width;
      at = writeBits(deltas, start, stop, width, out, at);
    }
  }
  return out.subarray(0, at);
}

/** A miniblock: what it lacks of its values is zero. One without values takes nothing. */
function writeBits(
  values: Float64Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  if (from >= to || width === 0) return at;
  const stop = at + (MINIBLOCK * width) / 8;
  let end = at;
  let [held, bits] = [0, 0];
  for (let i = from; i < to; i++) {
    let value = values[i] ?? 0;
    // 24 bits and up to seven that are held fit into 32.
    for (let left = width; left > 0; left -= 24) {
      const rest = Math.floor(value / TWO_24);
      held |= (value - rest * TWO_24) << bits;
      bits += Math.min(24, left);
      while (bits >= 8) {
        out[end++] = held;
        held >>>= 8;
        bits -= 8;
      }
      value = rest;
    }
  }
  if (bits > 0) out[end++] = held;
  out.fill(0, end, stop);
  return stop;
}
