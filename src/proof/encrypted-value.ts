import { createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * One encrypted value of the lake, AES-256-GCM under a data key. Byte by byte:
 *
 *     0  4  89 50 4C 31                      mark
 *     4  1  00 as it was, 01 one zstd frame  what was encrypted
 *     5  4  number of the data key           big-endian
 *     9  4  bytes of the plain value         big-endian
 *    13 12  nonce
 *    25  n  ciphertext
 *  25+n 16  tag
 *
 * Its additional data are the first 13 bytes and behind them a JSON array: table, column, and what names the row. A value
 * in another row, column or table does not open. In columns of text it is written as `ple1:` and base64url.
 */
export const VALUE_MARK: readonly number[] = [0x89, 0x50, 0x4c, 0x31];
export const TEXT_MARK = 'ple1:';
export const HEADER_BYTES = 13;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** What an encrypted value is longer by than what was encrypted. */
export const OVERHEAD_BYTES = HEADER_BYTES + NONCE_BYTES + TAG_BYTES;

/** Where a value stands, and what no maintenance changes of its row. */
export interface ValuePlace {
  readonly table: string;
  readonly column: string;
  /** What names the row: `captures` leaf, stream, sequence; `dead_letters` leaf, record, sequence; `findings` leaf, record, id. */
  readonly row: readonly (string | number)[];
}

export interface EncryptedValue {
  /** Number of the data key. */
  readonly key: number;
  readonly isCompressed: boolean;
  readonly plainBytes: number;
  readonly bytes: Uint8Array;
}

/** Undoes a zstd frame of so many bytes. */
export type Inflate = (frame: Uint8Array, plainBytes: number) => Uint8Array;

/** Reads the frame of a value; undefined when it is not an encrypted one. */
export function parseEncrypted(bytes: Uint8Array): EncryptedValue | undefined {
  if (bytes.length < OVERHEAD_BYTES || VALUE_MARK.some((byte, i) => bytes[i] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const method = view.getUint8(4);
  return method > 1
    ? undefined
    : { key: view.getUint32(5), isCompressed: method === 1, plainBytes: view.getUint32(9), bytes };
}

/** The value that a text stands for; undefined when it stands for itself. */
export function parseEncryptedText(text: string): EncryptedValue | undefined {
  if (!text.startsWith(TEXT_MARK)) return undefined;
  return parseEncrypted(
    Buffer.from(text.slice(TEXT_MARK.length).replaceAll('-', '+').replaceAll('_', '/'), 'base64'),
  );
}

/** What a value's tag covers besides its ciphertext. @param header its first 13 bytes. */
export const valueAad = (header: Uint8Array, { table, column, row }: ValuePlace): Buffer =>
  Buffer.concat([header, Buffer.from(JSON.stringify([table, column, ...row]))]);

/** Keys as OpenSSL has them: making one of the bytes for each value would cost more than opening it. */
const prepared = new WeakMap<Uint8Array, KeyObject>();

function keyObjectOf(key: Uint8Array): KeyObject {
  const known = prepared.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key);
  prepared.set(key, made);
  return made;
}

/** The plain bytes; undefined when the key is another, or anything of value or place was changed. */
export function openValue(
  { bytes, isCompressed, plainBytes }: EncryptedValue,
  place: ValuePlace,
  key: Uint8Array,
  inflate: Inflate,
): Uint8Array | undefined {
  const sealed = HEADER_BYTES + NONCE_BYTES;
  const end = bytes.length - TAG_BYTES;
  try {
    const cipher = createDecipheriv('aes-256-gcm', keyObjectOf(key), bytes.subarray(HEADER_BYTES, sealed), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(valueAad(bytes.subarray(0, HEADER_BYTES), place));
    cipher.setAuthTag(bytes.subarray(end));
    const payload = cipher.update(bytes.subarray(sealed, end));
    cipher.final();
    const plain = isCompressed ? inflate(payload, plainBytes) : payload;
    return plain.length === plainBytes ? plain : undefined;
  } catch {
    return undefined;
  }
}
