/** Parquet's mix of runs and packed bits, for levels and dictionary ids. Format: RLE / bit-packing hybrid. */
export function readHybrid(
  bytes: Uint8Array,
  from: number,
  end: number,
  width: number,
  count: number,
): Uint32Array {
  const values = new Uint32Array(count);
  if (width === 0) return values;
  if (width > 32) throw new Error(`values of ${width} bits`);
  let [at, filled] = [from, 0];
  while (filled < count) {
    let [header, shift] = [0, 0];
    for (let byte = 128; byte >= 128; shift += 7) {
      if (at >= end || shift > 28) throw new Error('levels or ids are cut short');
      byte = bytes[at++] ?? 0;
      header |= (byte & 127) << shift;
    }
    if ((header & 1) === 0) {
      let value = 0;
      for (let i = 0; i < (width + 7) >> 3; i++) value |= (bytes[at++] ?? 0) << (8 * i);
      const stop = Math.min(count, filled + (header >>> 1));
      if (stop === filled) throw new Error('a run of no values');
      values.fill(value >>> 0, filled, stop);
      filled = stop;
      continue;
    }
    const packed = (header >>> 1) * 8;
    const stop = Math.min(count, filled + packed);
    if (stop === filled) throw new Error('a run of no values');
    const mask = width === 32 ? 0xffffffff : (1 << width) - 1;
    for (let bit = 0; filled < stop; bit += width) {
      const byte = at + (bit >> 3);
      const word =
        (bytes[byte] ?? 0) |
        ((bytes[byte + 1] ?? 0) << 8) |
        ((bytes[byte + 2] ?? 0) << 16) |
        ((bytes[byte + 3] ?? 0) << 24);
      const off = bit & 7;
      const high = off + width > 32 ? (bytes[byte + 4] ?? 0) << (32 - off) : 0;
      values[filled++] = (((word >>> off) | high) & mask) >>> 0;
    }
    at += (packed * width) / 8;
  }
  return values;
}
