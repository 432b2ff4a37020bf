import { addToBloom, emptyBloom } from './bloom.ts';
import type { BloomBlocks } from './bloom.ts';
import { PRINT_BYTES, printOf } from './leading-filters.ts';
import { xxhash64 } from './xxhash64.ts';

/** What a file will say of a key: which values it may hold, and in which rows. */
export interface KeyMarks {
  readonly bloom: BloomBlocks;
  /** Of each row, in their order. */
  readonly prints: Uint8Array;
  /** Takes in the value of the next row: the bytes from `from` up to `to`. */
  readonly add: (bytes: Uint8Array, from: number, to: number) => void;
}

/** @param rows of the file: each of them has a value. */
export function createMarks(rows: number): KeyMarks {
  const bloom = emptyBloom(rows);
  const prints = new Uint8Array(rows * PRINT_BYTES);
  let at = 0;
  return {
    bloom,
    prints,
    add(bytes, from, to) {
      const hash = xxhash64(bytes, from, to);
      addToBloom(bloom, hash);
      const print = printOf(hash);
      prints[at] = print;
      prints[at + 1] = print >>> 8;
      at += PRINT_BYTES;
    },
  };
}
