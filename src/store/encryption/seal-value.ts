import { createCipheriv, createHmac, createSecretKey, hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  HEADER_BYTES,
  OVERHEAD_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  TEXT_MARK,
  VALUE_MARK,
  valueAad,
} from '../../proof/encrypted-value.ts';
import type { Inflate, ValuePlace } from '../../proof/encrypted-value.ts';

/** Shorter values gain less than a zstd frame costs. */
const COMPRESSED_FROM_BYTES = 256;
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

/** One frame, into one output buffer that surely holds it. */
const deflate = (plain: Uint8Array): Uint8Array =>
  zstdCompressSync(plain, { params, pledgedSrcSize: plain.length, chunkSize: plain.length + 128 });

/** Undoes what `sealValue` compressed; never more than the value says it is. */
export const inflate: Inflate = (frame, plainBytes) =>
  zstdDecompressSync(frame, { maxOutputLength: Math.max(1, plainBytes) });

const HASH_BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;

/** HMAC-SHA-256 over parts end to end, from one-shot hashes: an object for each value would cost more than the hashing. */
function hmacOf(key: Uint8Array): (parts: readonly Uint8Array[]) => Uint8Array {
  const padded = (byte: number, room: number): Buffer => {
    const pad = Buffer.alloc(HASH_BLOCK_BYTES + room, byte);
    for (const [i, part] of key.entries()) pad[i] = part ^ byte;
    return pad;
  };
  let inner = padded(0x36, 64 * 1024);
  const outer = padded(0x5c, DIGEST_BYTES);
  return (parts) => {
    let end = HASH_BLOCK_BYTES;
    for (const { length } of parts) end += length;
    if (end > inner.length) inner = padded(0x36, 2 * end);
    let at = HASH_BLOCK_BYTES;
    for (const part of parts) {
      inner.set(part, at);
      at += part.length;
    }
    // As hex: no memory of its own for each digest.
    outer.write(hash('sha256', inner.subarray(0, end), 'hex'), HASH_BLOCK_BYTES, 'hex');
    return Buffer.from(hash('sha256', outer, 'hex'), 'hex');
  };
}

/** Encrypts values under one data key. */
export interface ValueSealer {
  /** Number of the key. */
  readonly key: number;
  bytes(place: ValuePlace, plain: Uint8Array): Buffer;
  text(place: ValuePlace, plain: string): string;
}

/**
 * The nonce is the first 96 bits of HMAC-SHA-256 over place and content, under a key derived from the data key: the same
 * value in the same row gives the same bytes, a seal that is written again included, and two different ones meet
 * on a nonce no more often than random nonces would: q values under a key, less than q² / 2^97.
 */
export function valueSealer(number: number, key: Uint8Array): ValueSealer {
  const nonceKey = createHmac('sha256', key).update('plumbline nonce').digest();
  const hmac = hmacOf(nonceKey);

  const length = Buffer.alloc(4);
  // Made once: from the bytes of the key, each cipher would take longer to set up than to run.
  const cipherKey = createSecretKey(key);

  const bytes: ValueSealer['bytes'] = (place, plain) => {
    const packed = plain.length < COMPRESSED_FROM_BYTES ? plain : deflate(plain);
    const isCompressed = packed.length < plain.length;
    const payload = isCompressed ? packed : plain;
    const sealed = Buffer.allocUnsafe(OVERHEAD_BYTES + payload.length);
    sealed.set(VALUE_MARK);
    sealed.writeUInt8(isCompressed ? 1 : 0, 4);
    sealed.writeUInt32BE(number, 5);
    sealed.writeUInt32BE(plain.length, 9);
    const aad = valueAad(sealed.subarray(0, HEADER_BYTES), place);
    length.writeUInt32BE(aad.length);
    const nonce = hmac([length, aad, payload]).subarray(0, NONCE_BYTES);
    sealed.set(nonce, HEADER_BYTES);
    const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(aad);
    sealed.set(cipher.update(payload), HEADER_BYTES + NONCE_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
    return sealed;
  };
  return {
    key: number,
    bytes,
    text: (place, plain) => `${TEXT_MARK}${bytes(place, Buffer.from(plain)).toString('base64url')}`,
  };
}
