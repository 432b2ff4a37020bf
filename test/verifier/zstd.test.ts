import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { ZstdError } from '../../src/verifier/zstd/bits.ts';
import { zstdDecompress } from '../../src/verifier/zstd/zstd.ts';

const compress = (bytes: Uint8Array, level: number, checksum = 0): Buffer =>
  zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: checksum },
  });

/** Content of every kind that pages have: words that repeat, digests, numbers, noise, one byte over and over. */
function content(seed: number, length: number): Buffer {
  const random = seededRandom(`zstd ${seed}`);
  const words = Array.from({ length: 30 }, () => random.hex(random.int(1, 20)));
  const parts: Buffer[] = [];
  for (let size = 0; size < length;) {
    const part = [
      () => Buffer.from(random.pick(words)),
      () => Buffer.from(`{"time":"2026-03-02T11:${random.int(10, 59)}:00Z","level":"high"},`),
      () => Buffer.alloc(random.int(1, 400), random.int(0, 255)),
      () => Buffer.from(random.hex(random.int(1, 64)), 'hex'),
    ][random.int(0, 3)]?.();
    if (part === undefined) continue;
    parts.push(part);
    size += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

test('what zstd compressed comes back', () => {
  const bytes = Buffer.from('{"records":[{"n":1},{"n":2},{"n":3}]}'.repeat(100));
  expect(zstdDecompress(compress(bytes, 1), bytes.length)).toEqual(new Uint8Array(bytes));
});

test('at any level and length, of any content', () => {
  const lengths = [0, 1, 2, 3, 255, 256, 257, 1000, 65_791, 65_792, 131_072, 131_073, 400_000];
  for (const [seed, length] of lengths.entries()) {
    for (const level of [-3, 1, 3, 9, 19]) {
      const bytes = content(seed, length);
      const back = zstdDecompress(compress(bytes, level, level % 2), length);
      expect(Buffer.compare(back, bytes), `${length} bytes, level ${level}`).toBe(0);
    }
  }
});

test('random content, random level', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: 1, max: 19 }),
      (seed, length, level) => {
        const bytes = content(seed, length);
        return Buffer.compare(zstdDecompress(compress(bytes, level), length), bytes) === 0;
      },
    ),
    { numRuns: 150 },
  );
});

test('several frames follow each other, with skippable ones between', () => {
  const [a, b] = [content(1, 500), content(2, 700)];
  const skippable = Buffer.from('502a4d1803000000616263', 'hex');
  const frames = Buffer.concat([compress(a, 1), skippable, compress(b, 3, 1)]);
  expect(Buffer.compare(zstdDecompress(frames, 1200), Buffer.concat([a, b]))).toBe(0);
});

/** The length of what comes out, or the kind of error. */
function outcome(packed: Uint8Array, size: number): unknown {
  try {
    return zstdDecompress(packed, size).length;
  } catch (thrown) {
    return thrown?.constructor;
  }
}

test('damage is an error of its own, never a hang and never another kind of error', () => {
  const bytes = content(3, 3000);
  const packed = compress(bytes, 3);
  const random = seededRandom('damage');
  for (let run = 0; run < 600; run++) {
    const bent = Buffer.from(
      packed.subarray(0, run % 3 === 0 ? random.int(0, packed.length - 1) : packed.length),
    );
    for (let i = 0; i < random.int(1, 4) && bent.length > 0; i++)
      bent.writeUInt8(random.int(0, 255), random.int(0, bent.length - 1));
    expect([bytes.length, ZstdError]).toContain(outcome(bent, bytes.length));
  }
});

test.each([
  ['no magic number', '0000000000000000', 0],
  ['a dictionary', '28b52ffd010000000000', 0],
  ['a reserved bit', '28b52ffd080000000000', 0],
  ['more content than expected', compress(Buffer.alloc(50, 1), 1).toString('hex'), 10],
  ['less content than expected', compress(Buffer.alloc(50, 1), 1).toString('hex'), 60],
  ['a block of no known kind', '28b52ffd2000070000', 0],
])('refused: %s', (_, hex, size) => {
  expect(() => zstdDecompress(Buffer.from(hex, 'hex'), size)).toThrow(ZstdError);
});
