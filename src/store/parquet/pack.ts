import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync } from 'node:zlib';
import type { ZstdOptions } from 'node:zlib';

const compress = promisify(zstdCompress);

/**
 * Level 1 with a table of 2^16 instead of 2^14 places and a window over the whole page: measured on messages of a day, it
 * is as fast, and smaller than level 3.
 */
const params = {
  [constants.ZSTD_c_compressionLevel]: 1,
  [constants.ZSTD_c_hashLog]: 16,
  [constants.ZSTD_c_windowLog]: 21,
};

/** One output buffer that surely holds the page: in smaller ones it would be compressed piece by piece, at twice the price. */
const options = (length: number): ZstdOptions => ({
  params,
  chunkSize: Math.max(64, length + (length >> 8) + 64),
});

/** Pages from this size on are compressed beside the flow; handing over a smaller one costs more than compressing it. */
const BESIDE_BYTES = 64 * 1024;
/** So many at once: twice as many threads are there, and others wait for the disk in them. */
const AT_ONCE = 2;

let running = 0;
let waiting: (() => void)[] = [];

/** Undefined when there is room for one more page; else when it is worth asking again. */
export function packRoom(): Promise<void> | undefined {
  return running < AT_ONCE ? undefined : new Promise((resolve) => waiting.push(resolve));
}

/** A copy without the room behind it, which is as large as the page was. */
const trimmed = (packed: Buffer): Uint8Array => new Uint8Array(packed);

async function packBeside(bytes: Uint8Array): Promise<Uint8Array> {
  running++;
  try {
    return trimmed(await compress(bytes, options(bytes.length)));
  } finally {
    running--;
    // All of them: one that turns out to have no page left would not wake the next.
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }
}

/** A page as zstd. The same bytes give the same bytes, wherever it is done. */
export const packPage = (bytes: Uint8Array): Uint8Array | Promise<Uint8Array> =>
  bytes.length < BESIDE_BYTES ? zstdCompressSync(bytes, options(bytes.length)) : packBeside(bytes);
