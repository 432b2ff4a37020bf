/** A set of small numbers, one bit each. */
export type Bits = Int32Array;

export const emptyBits = (count: number): Bits => new Int32Array((count + 31) >> 5);

export const hasBit = (bits: Bits, at: number): boolean => ((bits[at >> 5] ?? 0) & (1 << (at & 31))) !== 0;

export function putBit(bits: Bits, at: number, isSet: boolean): void {
  const word = bits[at >> 5] ?? 0;
  const bit = 1 << (at & 31);
  bits[at >> 5] = isSet ? word | bit : word & ~bit;
}
