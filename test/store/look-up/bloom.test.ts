import fc from 'fast-check';
import { sbbfContains } from 'hyparquet/src/bloom.js';
import { xxhash64 as reference } from 'hyparquet/src/xxhash.js';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../src/lib/hash.ts';
import {
  addToBloom,
  BLOCK_BYTES,
  blockMayHold,
  blockOf,
  emptyBloom,
} from '../../../src/store/look-up/bloom.ts';
import type { BloomBlocks } from '../../../src/store/look-up/bloom.ts';
import { xxhash64 } from '../../../src/store/look-up/xxhash64.ts';
import type { Hash64 } from '../../../src/store/look-up/xxhash64.ts';

/** As it is read out of a file: the block of the value alone. */
function mayHold(blocks: BloomBlocks, hash: Hash64): boolean {
  const at = BLOCK_BYTES * blockOf(hash, blocks.byteLength / BLOCK_BYTES);
  return blockMayHold(new Uint8Array(blocks.buffer, at, BLOCK_BYTES), hash);
}

const whole = (bytes: Uint8Array): bigint => {
  const { high, low } = xxhash64(bytes);
  return (BigInt(high) << 32n) | BigInt(low);
};

test('the hash is XXH64, whatever the bytes and however many', () => {
  // xxHash's own: of nothing, of "a", and of 64 bytes.
  expect(whole(Buffer.from(''))).toBe(0xef46db3751d8e999n);
  expect(whole(Buffer.from('a'))).toBe(0xd24ec4f1a98c6e5bn);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(whole(bytes)).toBe(reference(bytes));
    }),
    { numRuns: 500 },
  );
});

test('a filter says yes to all it holds, to others’ readers too, and seldom to what it does not hold', () => {
  const valueOf = (n: number): Buffer => Buffer.from(sha256Hex(String(n)));
  const values = Array.from({ length: 5000 }, (_, n) => valueOf(n));
  const blocks = emptyBloom(values.length);
  for (const value of values) addToBloom(blocks, xxhash64(value));
  for (const value of values) {
    expect(mayHold(blocks, xxhash64(value))).toBe(true);
    expect(sbbfContains(blocks, reference(value))).toBe(true);
  }
  const others = Array.from({ length: 5000 }, (_, n) => xxhash64(valueOf(n + 5000)));
  expect(others.filter((hash) => mayHold(blocks, hash)).length).toBeLessThan(100);
  expect(mayHold(emptyBloom(0), xxhash64(valueOf(1)))).toBe(false);
});
