import * as zlib from 'node:zlib';
import type { Compressors } from 'hyparquet';
import { zstdDecompress } from '../zstd/zstd.ts';

/** Node has zstd from 22.15 on; before that, and in browsers, our own reader of it is used. */
const native = (zlib as { readonly zstdDecompressSync?: typeof zlib.zstdDecompressSync }).zstdDecompressSync;

export const pageCompressors: Compressors = {
  ZSTD: (page, size) =>
    native === undefined
      ? zstdDecompress(page, size)
      : native(page, { chunkSize: Math.max(64, size + 64), maxOutputLength: size + 64 }),
};
