/**
 * Splits a zstd stream into its frames (RFC 8878 section 3.1), because node:zlib stops without a word
 * behind the first one, and appended or parallel-compressed files hold several.
 */

/** Reads exact numbers of bytes out of chunks. */
function byteReader(chunks: AsyncIterable<Uint8Array>): (count: number) => Promise<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let buffered: Uint8Array = new Uint8Array(0);
  return async (count) => {
    while (buffered.length < count) {
      const next = await source.next();
      if (next.done === true) break;
      buffered = buffered.length === 0 ? next.value : Buffer.concat([buffered, next.value]);
    }
    const taken = buffered.subarray(0, count);
    buffered = buffered.subarray(taken.length);
    return taken;
  };
}

const isSkippable = (magic: number): boolean => magic >= 0x184d2a50 && magic <= 0x184d2a5f;
const FRAME_MAGIC = 0xfd2fb528;
const dictionaryIdBytes = [0, 1, 2, 4] as const;
const contentSizeBytes = [0, 2, 4, 8] as const;

/** Bytes of the frame header behind the descriptor. */
function headerRest(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSize = contentSizeFlag === 0 && isSingleSegment ? 1 : (contentSizeBytes[contentSizeFlag] ?? 0);
  return (isSingleSegment ? 0 : 1) + (dictionaryIdBytes[descriptor & 3] ?? 0) + contentSize;
}

/** Yields each frame's bytes in pieces; an empty piece stands behind each frame. A cut frame simply ends. */
export async function* zstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const read = byteReader(chunks);
  for (;;) {
    const start = await read(4);
    if (start.length < 4) {
      if (start.length > 0) throw new Error('the zstd data ends in the middle of a frame');
      return;
    }
    const magic = Buffer.from(start).readUInt32LE(0);
    if (isSkippable(magic)) {
      const size = await read(4);
      await read(size.length < 4 ? 0 : Buffer.from(size).readUInt32LE(0));
      continue;
    }
    if (magic !== FRAME_MAGIC) throw new Error('bytes that are no zstd frame follow the last one');
    const descriptor = await read(1);
    yield Buffer.concat([start, descriptor, await read(headerRest(descriptor[0] ?? 0))]);
    for (let isLast = false; !isLast;) {
      const header = await read(3);
      if (header.length < 3) throw new Error('the zstd data ends in the middle of a frame');
      const value = Buffer.from(header).readUIntLE(0, 3);
      isLast = (value & 1) === 1;
      const isRunLength = ((value >> 1) & 3) === 1;
      yield Buffer.concat([header, await read(isRunLength ? 1 : value >> 3)]);
    }
    const hasChecksum = ((descriptor[0] ?? 0) & 4) !== 0;
    if (hasChecksum) yield await read(4);
    yield new Uint8Array(0);
  }
}
