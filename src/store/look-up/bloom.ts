import type { Hash64 } from './xxhash64.ts';

/**
 * Split block bloom filters of Parquet (parquet-format, BloomFilter.md): blocks of eight 32-bit words, one bit set in each
 * word of the block that a value belongs to.
 */
export type BloomBlocks = Uint32Array;

const SALT = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];
/** Of a hundred values that are not there, about one seems to be: a filter of 10 to 20 bits a value. */
const FALSE_POSITIVES = 0.01;
export const BLOCK_BYTES = 32;

/** The blocks of a filter for so many values, a power of two as Arrow asks for. */
export function blocksFor(values: number): number {
  const bits = (-8 * values) / Math.log(1 - FALSE_POSITIVES ** (1 / 8));
  return 2 ** Math.max(0, Math.ceil(Math.log2(bits / 8 / BLOCK_BYTES)));
}

/** Which block of a filter of so many a value belongs to. */
export const blockOf = ({ high }: Hash64, blocks: number): number => Math.floor((high * blocks) / 4294967296);
const firstWord = (hash: Hash64, blocks: BloomBlocks): number => blockOf(hash, blocks.length / 8) * 8;
const bit = (low: number, i: number): number => 1 << (Math.imul(low, SALT[i] ?? 0) >>> 27);

/** A filter that holds nothing yet, large enough for so many values. */
export const emptyBloom = (values: number): BloomBlocks => new Uint32Array(8 * blocksFor(values));

/** Makes a filter hold one value more. */
export function addToBloom(blocks: BloomBlocks, hash: Hash64): void {
  const word = firstWord(hash, blocks);
  for (let i = 0; i < 8; i++) blocks[word + i] = (blocks[word + i] ?? 0) | bit(hash.low, i);
}

/** False when the value is surely not among those of a filter, by its one block of that, as it stands in a file. */
export function blockMayHold(block: Uint8Array, { low }: Hash64): boolean {
  for (let i = 0; i < 8; i++) {
    const at = 4 * i;
    const word =
      (block[at] ?? 0) |
      ((block[at + 1] ?? 0) << 8) |
      ((block[at + 2] ?? 0) << 16) |
      ((block[at + 3] ?? 0) << 24);
    if ((word & bit(low, i)) === 0) return false;
  }
  return true;
}
