/** Why a zstd frame was not read. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';
}

export const highestBit = (value: number): number => 31 - Math.clz32(value);

/** Bits of a stream that is read from its end to its start: RFC 8878 4.1 and 4.2. */
export interface BackwardBits {
  readonly bytes: Uint8Array;
  /** First byte of the stream. */
  readonly start: number;
  /** Bits that are left; below 0 when more was asked for than there was. */
  left: number;
}

/** The bits of [start, end), without the padding of the last byte and its mark. @throws ZstdError when there is no mark. */
export function backwardBits(bytes: Uint8Array, start: number, end: number): BackwardBits {
  const last = bytes[end - 1] ?? 0;
  if (end <= start || last === 0) throw new ZstdError('a bit stream has no end mark');
  return { bytes, start, left: (end - start - 1) * 8 + highestBit(last) };
}

/** `count` bits (0 to 25) at a bit position of the stream; what lies before its start is zero. */
function bitsAt({ bytes, start }: BackwardBits, position: number, count: number): number {
  if (position < 0) {
    const there = count + position;
    return there <= 0 ? 0 : bitsAt({ bytes, start, left: 0 }, 0, there) << -position;
  }
  const at = start + (position >> 3);
  const word =
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
  return (word >>> (position & 7)) & ((1 << count) - 1);
}

/** The next bits without taking them. */
export const peekBits = (bits: BackwardBits, count: number): number => bitsAt(bits, bits.left - count, count);

/** Takes up to 32 bits. */
export function takeBits(bits: BackwardBits, count: number): number {
  if (count > 24) {
    const high = takeBits(bits, count - 16);
    return high * 65_536 + takeBits(bits, 16);
  }
  bits.left -= count;
  return bitsAt(bits, bits.left, count);
}
