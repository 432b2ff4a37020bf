import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { zstdFrames } from './zstd-frames.ts';

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** Behind its first byte, which holds a user's number. */
const ZSTD_SKIPPABLE = [0x2a, 0x4d, 0x18];

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, index) => bytes[index] === byte);

/**
 * Undoes gzip or zstd, told by the first bytes and not by the name; anything else passes through.
 *
 * @throws the error of zlib when compressed data is cut short or damaged.
 */
export async function* decompress(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < 4) {
    const next = await source.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => source };
  }
  if (startsWith(head, GZIP)) yield* through(createGunzip({ chunkSize: 1 << 20 }), whole());
  else if (startsWith(head, ZSTD) || startsWith(head.subarray(1), ZSTD_SKIPPABLE)) yield* unzstd(whole());
  else yield* whole();
}

async function* through(transform: Duplex, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const finished = pipeline(Readable.from(chunks), transform);
  // Reading the transform raises the same error; this only keeps it from counting as unhandled until then.
  finished.catch(() => {});
  yield* transform as AsyncIterable<Uint8Array>;
  await finished;
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const pieces = zstdFrames(chunks);
  let isAtEnd = false;
  async function* oneFrame(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = await pieces.next();
      isAtEnd = piece.done === true;
      if (piece.done === true || piece.value.length === 0) return;
      yield piece.value;
    }
  }
  for (;;) {
    const frame = oneFrame();
    const first = await frame.next();
    if (isAtEnd || first.done === true) return;
    async function* rest(piece: Uint8Array): AsyncGenerator<Uint8Array> {
      yield piece;
      yield* frame;
    }
    yield* through(createZstdDecompress({ chunkSize: 1 << 20 }), rest(first.value));
  }
}
