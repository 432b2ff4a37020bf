/** Bytes that `count` values of `width` bits take at the most, however runs and packed groups follow one another. */
export const hybridBound = (count: number, width: number): number =>
  Math.ceil(count / 8) * (width + 5 + ((width + 7) >> 3)) + 8;

/** From so many equal values on, a run is smaller than packing them and opening a new group behind it. */
const leastRun = (width: number): number => (width <= 2 ? 32 : 8);

/**
 * Parquet's mix of runs and packed bits, for levels and dictionary ids (parquet-format, Encodings.md, RLE / Bit-Packing
 * Hybrid). Answers where it ends in `out`, which must have room for `hybridBound`.
 *
 * @param width bits of a value, 24 at the most.
 */
export function writeHybrid(
  values: Uint32Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  if (width > 24) throw new RangeError(`ids of ${width} bits`);
  const least = leastRun(width);
  let end = at;
  let open = from;
  for (let i = from; i < to;) {
    const value = values[i] ?? 0;
    let stop = i + 1;
    while (stop < to && values[stop] === value) stop++;
    // Packed values come in eights: an open group is filled up from the run first.
    const start = i + ((8 - ((i - open) & 7)) & 7);
    if (stop - start >= least) {
      end = writePacked(values, open, start, width, out, end);
      end = writeVarint((stop - start) << 1, out, end);
      for (let bits = 0; bits < width; bits += 8) out[end++] = value >>> bits;
      open = stop;
    }
    i = stop;
  }
  return writePacked(values, open, to, width, out, end);
}

function writeVarint(value: number, out: Uint8Array, at: number): number {
  let end = at;
  let left = value;
  for (; left >= 128; left >>>= 7) out[end++] = (left & 127) | 128;
  out[end++] = left;
  return end;
}

/** Groups of eight; what the last one lacks is zero. */
function writePacked(
  values: Uint32Array,
  from: number,
  to: number,
  width: number,
  out: Uint8Array,
  at: number,
): number {
  if (from === to) return at;
  const groups = Math.ceil((to - from) / 8);
  let end = writeVarint((groups << 1) | 1, out, at);
  const stop = end + groups * width;
  let [held, bits] = [0, 0];
  for (let i = from; i < to; i++) {
    held |= (values[i] ?? 0) << bits;
    bits += width;
    while (bits >= 8) {
      out[end++] = held;
      held >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) out[end++] = held;
  out.fill(0, end, stop);
  return stop;
}
