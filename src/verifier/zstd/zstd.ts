import { ZstdError } from './bits.ts';
import type { HuffmanTable } from './huffman.ts';
import { readLiterals } from './literals.ts';
import { runSequences } from './sequences.ts';
import type { Repeats } from './sequences.ts';

/**
 * zstd without dictionaries (RFC 8878), for where neither node:zlib nor the browser has it. Written for pages of Parquet:
 * the caller knows how long the content is. Checksums of frames are not looked at: the file's own digest is.
 */
const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

function frameHeader(view: DataView, at: number): { readonly blocks: number; readonly hasChecksum: boolean } {
  const descriptor = view.getUint8(at);
  const isSingle = (descriptor & 32) !== 0;
  if ((descriptor & 8) !== 0) throw new ZstdError('a reserved bit of a frame is set');
  if ((descriptor & 3) !== 0) throw new ZstdError('frames with a dictionary are not read');
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag;
  return { blocks: at + 1 + (isSingle ? 0 : 1) + sizeBytes, hasChecksum: (descriptor & 4) !== 0 };
}

/** The content of all frames in `bytes`. @throws ZstdError when they are damaged or do not give `size` bytes. */
export function zstdDecompress(bytes: Uint8Array, size: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const output = new Uint8Array(size);
  let filled = 0;
  let at = 0;
  const need = (count: number): void => {
    if (at + count > bytes.length) throw new ZstdError('the frame is cut short');
  };
  while (at < bytes.length) {
    need(8);
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) {
      at += 8 + view.getUint32(at + 4, true);
      continue;
    }
    if (magic !== MAGIC) throw new ZstdError('not a zstd frame');
    const { blocks, hasChecksum } = frameHeader(view, at + 4);
    at = blocks;
    let table: HuffmanTable | undefined;
    const repeats: Repeats = { tables: undefined, offsets: [1, 4, 8] };
    for (let isLast = false; !isLast;) {
      need(3);
      const header = view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
      at += 3;
      isLast = (header & 1) === 1;
      const kind = (header >> 1) & 3;
      const length = header >> 3;
      need(kind === 1 ? 1 : length);
      if (kind < 2 && filled + length > size) throw new ZstdError('the content is longer than it should be');
      switch (kind) {
        case 0:
          output.set(bytes.subarray(at, at + length), filled);
          filled += length;
          at += length;
          break;
        case 1:
          output.fill(bytes[at] ?? 0, filled, filled + length);
          filled += length;
          at++;
          break;
        case 2: {
          const literals = readLiterals(bytes, at, at + length, table);
          ({ table } = literals);
          const rest = { bytes, at: literals.end, end: at + length };
          filled = runSequences(rest, literals.bytes, repeats, output, filled);
          at += length;
          break;
        }
        default:
          throw new ZstdError('a block is of no known kind');
      }
    }
    if (hasChecksum) at += 4;
  }
  if (filled !== size) throw new ZstdError(`the content has ${filled} bytes, not ${size}`);
  return output;
}
