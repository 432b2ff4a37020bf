import { createCipheriv, createHmac, hash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  HEADER_BYTES,
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

/** Undoes what `sealValue` compressed; never more than the value says it is. */
export const inflate: Inflate = (frame, plainBytes) =>
  zstdDecompressSync(frame, { maxOutputLength: Math.max(1, plainBytes) });

const HASH_BLOCK_BYTES = 64;

/** HMAC-SHA-256 from one-shot hashes: an object for each value would cost more than the hashing. */
function hmacOf(key: Uint8Array): (message: Uint8Array) => Buffer {
  const pad = (byte: number): Buffer => {
    const padded = Buffer.alloc(HASH_BLOCK_BYTES, byte);
    for (const [i, part] of key.entries()) padded[i] = part ^ byte;
    return padded;
  };
  const [inner, outer] = [pad(0x36), pad(0x5c)];
  return (message) =>
    hash(
      'sha256',
      Buffer.concat([outer, hash('sha256', Buffer.concat([inner, message]), 'buffer')]),
      'buffer',
    );
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

  const bytes: ValueSealer['bytes'] = (place, plain) => {
    const packed = plain.length < COMPRESSED_FROM_BYTES ? plain : zstdCompressSync(plain, { params });
    const isCompressed = packed.length < plain.length;
    const payload = isCompressed ? packed : plain;
    const header = Buffer.alloc(HEADER_BYTES);
    header.set(VALUE_MARK);
    header.writeUInt8(isCompressed ? 1 : 0, 4);
    header.writeUInt32BE(number, 5);
    header.writeUInt32BE(plain.length, 9);
    const aad = valueAad(header, place);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(aad.length);
    const nonce = hmac(Buffer.concat([length, aad, payload])).subarray(0, NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(aad);
    const ciphertext = cipher.update(payload);
    cipher.final();
    return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
  };
  return {
    key: number,
    bytes,
    text: (place, plain) => `${TEXT_MARK}${bytes(place, Buffer.from(plain)).toString('base64url')}`,
  };
}
