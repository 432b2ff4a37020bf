import { createRequire } from 'node:module';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

/** Names of the codecs by the number that a record batch's attributes carry. */
export const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof codecs)[number];

/** A batch that unpacks to more than this is refused: brokers limit batches to about 1 MiB packed. */
const MOST_UNPACKED = 128 * 1024 * 1024;

const require = createRequire(import.meta.url);

interface Snappy {
  uncompress(bytes: Uint8Array, maxLength: number): Uint8Array;
}
interface Lz4 {
  decompressBound(bytes: Uint8Array): number;
  decompress(bytes: Uint8Array, maxSize: number): Uint8Array;
}

let snappy: Snappy | undefined;
let lz4: Lz4 | undefined;

/**
 * Unpacks the records of a batch.
 *
 * @throws Error when the bytes are not what the codec packs, or unpack to more than 128 MiB.
 */
export function decompress(codec: Codec, packed: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return packed;
    case 'gzip':
      return gunzipSync(packed, { maxOutputLength: MOST_UNPACKED });
    case 'zstd':
      return zstdDecompressSync(packed, { maxOutputLength: MOST_UNPACKED });
    case 'snappy':
      return unpackSnappy(packed);
    case 'lz4':
      return unpackLz4(packed);
  }
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEADER = 16;

/** Java clients frame snappy blocks the way xerial's stream does; librdkafka writes one bare block. */
function unpackSnappy(packed: Buffer): Buffer {
  snappy ??= require('snappyjs') as Snappy;
  if (!packed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return unpackBlock(snappy, packed, MOST_UNPACKED);
  const blocks: Buffer[] = [];
  let room = MOST_UNPACKED;
  for (let at = XERIAL_HEADER; at < packed.length;) {
    const length = packed.readInt32BE(at);
    const end = at + 4 + length;
    if (length < 0 || end > packed.length) throw new RangeError('a snappy block reaches beyond its batch');
    const block = unpackBlock(snappy, packed.subarray(at + 4, end), room);
    room -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const unpackBlock = (with_: Snappy, block: Buffer, room: number): Buffer =>
  asBuffer(with_.uncompress(block, room));

function unpackLz4(packed: Buffer): Buffer {
  lz4 ??= require('lz4js') as Lz4;
  const bound = lz4.decompressBound(packed);
  if (bound > MOST_UNPACKED) throw new RangeError('an lz4 frame unpacks to more than a batch may hold');
  return asBuffer(lz4.decompress(packed, bound));
}
