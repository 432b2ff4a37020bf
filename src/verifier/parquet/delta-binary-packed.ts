/** A block of so many values at the most, so that a forged header asks for no more memory than the page's rows. */
const MOST_PER_BLOCK = 65_536;

/** Seven bits a byte, as far as a double holds them. */
function readVarint(bytes: Uint8Array, at: { offset: number }): number {
  let [value, scale, byte] = [0, 1, 128];
  while (byte >= 128) {
    byte = bytes[at.offset++] ?? -1;
    if (byte < 0 || scale > 2 ** 56) throw new Error('a number is cut short');
    value += (byte & 127) * scale;
    scale *= 128;
  }
  return value;
}

/** Doubled it would not fit a double: the sign is in the first byte, and is looked at there. */
function readZigzag(bytes: Uint8Array, at: { offset: number }): number {
  const first = bytes[at.offset++] ?? 0;
  const rest = first >= 128 ? readVarint(bytes, at) : 0;
  const size = ((first & 127) >> 1) + rest * 64;
  return (first & 1) === 1 ? -size - 1 : size;
}

/** Reads numbers of a fixed width of bits, up to 56, each as a double. */
function bitReader(bytes: Uint8Array, width: number): (index: number, from: number) => number {
  return (index, from) => {
    const bit = index * width;
    let byte = from + (bit >> 3);
    let have = 8 - (bit & 7);
    let value = ((bytes[byte++] ?? 0) >> (bit & 7)) & (2 ** Math.min(width, 8) - 1);
    for (; have < width; have += 8) {
      // Bits of the next number, on top of 50 of this one, would not fit a double.
      const mine = 2 ** Math.min(8, width - have) - 1;
      value += ((bytes[byte++] ?? 0) & mine) * 2 ** have;
    }
    return value;
  };
}

/**
 * Numbers by what they differ from the one before (parquet-format, Encodings.md, DELTA_BINARY_PACKED), as far as a double
 * holds them.
 *
 * @throws Error when the page is cut short, or is not of `count` values.
 */
export function readDelta(bytes: Uint8Array, from: number, count: number): Float64Array {
  const at = { offset: from };
  const block = readVarint(bytes, at);
  const minis = readVarint(bytes, at);
  const perMini = block / minis;
  if (!(block > 0 && block <= MOST_PER_BLOCK && minis > 0) || perMini % 8 !== 0)
    throw new Error('a page of numbers has no blocks of a known size');
  if (readVarint(bytes, at) !== count)
    throw new Error('a page of numbers is not of as many values as it has rows');
  const values = new Float64Array(count);
  let value = readZigzag(bytes, at);
  if (count > 0) values[0] = value;
  for (let filled = 1; filled < count;) {
    const least = readZigzag(bytes, at);
    const widths = at.offset;
    at.offset += minis;
    for (let mini = 0; mini < minis && filled < count; mini++) {
      const width = bytes[widths + mini] ?? 0;
      const end = at.offset + (perMini * width) / 8;
      if (width > 56 || end > bytes.length) throw new Error('a page of numbers is cut short');
      const read = bitReader(bytes, width);
      const stop = Math.min(perMini, count - filled);
      for (let i = 0; i < stop; i++) {
        value += least + (width === 0 ? 0 : read(i, at.offset));
        values[filled++] = value;
      }
      at.offset = end;
    }
  }
  return values;
}

/** The same numbers one after the other, 64 bits each, as a page that holds them plainly has them. */
export function plainOfDelta(bytes: Uint8Array, count: number): Uint8Array {
  const values = readDelta(bytes, 0, count);
  const view = new DataView(new ArrayBuffer(8 * count));
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    const high = Math.floor(value / 4_294_967_296);
    view.setUint32(8 * i, value - high * 4_294_967_296, true);
    view.setInt32(8 * i + 4, high, true);
  }
  return new Uint8Array(view.buffer);
}
