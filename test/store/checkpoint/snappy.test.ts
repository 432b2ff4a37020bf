import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unpackSnappy } from '../../../src/store/checkpoint/snappy.ts';

const { compress } = createRequire(import.meta.url)('snappyjs') as {
  readonly compress: (bytes: Uint8Array) => Uint8Array;
};

const parts = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom('abcabcabcabc', 'x'.repeat(300), '{"numRecords":1}').map((text) => Buffer.from(text)),
  ),
  { maxLength: 30 },
);

test('what another writer packed is unpacked: literals, copies, and copies of what they make', () => {
  fc.assert(
    fc.property(parts, (some) => {
      const bytes = Buffer.concat(some);
      expect(unpackSnappy(compress(bytes), bytes.length).equals(bytes)).toBe(true);
    }),
  );
});

test.each([
  ['a literal that is cut short', [3, 0x08, 0x61], 3],
  ['a long literal that is cut short', [70, 0xf0, 69, 0x61], 70],
  ['a copy from before the beginning', [5, 0x00, 0x61, 0x01, 0x02], 5],
  ['a copy of nothing', [5, 0x00, 0x61, 0x01, 0x00], 5],
  ['a copy whose place is cut short', [5, 0x00, 0x61, 0x02], 5],
  ['more than was said', [1, 0x04, 0x61, 0x62], 1],
  ['less than was said', [3, 0x00, 0x61], 3],
])('%s is refused', (_, packed, size) => {
  expect(() => unpackSnappy(Uint8Array.from(packed), size)).toThrow('a block of Snappy is damaged');
});
