import { createDecipheriv, createHmac, hash } from 'node:crypto';
import { canonical, isMap, parseCanonical } from './canonical.ts';
import type { JsonMap } from './canonical.ts';
import { NONCE_BYTES, TAG_BYTES } from './encrypted-value.ts';

/** A key of the lake, wrapped by one outside of it: `keys/data/00000003.json`, `keys/pseudonym/00000001.json`. */
export const DATA_KEY_FORMAT = 'plumbline-data-key/1';
export const KEY_BYTES = 32;

export const keyPurposes = ['data', 'pseudonym'] as const;
/** `data` keys encrypt values; a `pseudonym` key makes the texts that stand for people. */
export type KeyPurpose = (typeof keyPurposes)[number];

export interface WrappedKey {
  /** Whose key opens it: `file:<check of the key>`, or the URL of a Key Vault key with its version. */
  readonly by: string;
  /** `A256GCM`: nonce, ciphertext, tag. `RSA-OAEP-256`: as Key Vault answers. */
  readonly algorithm: string;
  /** Base64. */
  readonly value: string;
}

/** What the key's file says besides how it is wrapped. */
export interface DataKeyFacts {
  readonly purpose: KeyPurpose;
  /** Counts from 1 among those of its purpose. */
  readonly number: number;
  /** When it was made, epoch ms. */
  readonly from: number;
  /** Says that an unwrapped key is this one: `keyCheck`. */
  readonly check: string;
}

export interface DataKeyFile extends DataKeyFacts {
  /** Null once it was destroyed. */
  readonly wrapped: WrappedKey | null;
  /** Under which decision it was. */
  readonly decision?: string | undefined;
}

export const dataKeyPath = (purpose: KeyPurpose, number: number): string =>
  `keys/${purpose}/${String(number).padStart(8, '0')}.json`;

export const dataKeyText = (file: DataKeyFile): string =>
  `${canonical({ format: DATA_KEY_FORMAT, ...(file as unknown as JsonMap) })}\n`;

/** SHA-256, hex, of a key's file: the log has it. */
export const dataKeyDigest = (file: DataKeyFile): string => hash('sha256', dataKeyText(file), 'hex');

const isWrapped = (value: unknown): value is WrappedKey =>
  typeof value === 'object' &&
  value !== null &&
  ['by', 'algorithm', 'value'].every((name) => typeof (value as JsonMap)[name] === 'string');

/** Reads a key's file; undefined when it is none that this product writes. */
export function parseDataKey(text: string): DataKeyFile | undefined {
  const value = text.endsWith('\n') ? parseCanonical(text.slice(0, -1)) : undefined;
  if (!isMap(value) || value['format'] !== DATA_KEY_FORMAT) return undefined;
  const { purpose, number, from, check, decision, wrapped = null } = value;
  if (purpose !== 'data' && purpose !== 'pseudonym') return undefined;
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(from) || typeof check !== 'string')
    return undefined;
  if (wrapped !== null && !isWrapped(wrapped)) return undefined;
  const facts = { purpose, number: Number(number), from: Number(from), check, wrapped } as const;
  return typeof decision === 'string' ? { ...facts, decision } : facts;
}

/** A text that shows which key one has and nothing of it: HMAC-SHA-256 of `plumbline key check`, 16 hex digits. */
export const keyCheck = (key: Uint8Array): string =>
  createHmac('sha256', key).update('plumbline key check').digest('hex').slice(0, 16);

/** What binds a key wrapped by a key file to what its own file says of it. */
export const wrapAad = ({ purpose, number, from, check }: DataKeyFacts): Buffer =>
  Buffer.from(canonical({ format: DATA_KEY_FORMAT, purpose, number, from, check }));

/** Unwraps a key that a key file wrapped; undefined when another key wrapped it, or its file was changed. */
export function unwrapLocally(file: DataKeyFile, keyEncryptionKey: Uint8Array): Uint8Array | undefined {
  const { wrapped } = file;
  if (wrapped?.algorithm !== 'A256GCM') return undefined;
  const bytes = Buffer.from(wrapped.value, 'base64');
  if (bytes.length !== NONCE_BYTES + KEY_BYTES + TAG_BYTES) return undefined;
  try {
    const cipher = createDecipheriv('aes-256-gcm', keyEncryptionKey, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    cipher.setAAD(wrapAad(file));
    cipher.setAuthTag(bytes.subarray(NONCE_BYTES + KEY_BYTES));
    const key = cipher.update(bytes.subarray(NONCE_BYTES, NONCE_BYTES + KEY_BYTES));
    cipher.final();
    return keyCheck(key) === file.check ? key : undefined;
  } catch {
    return undefined;
  }
}

/** The 32 bytes that a key file holds, as 44 characters of base64; undefined when it holds anything else. */
export function parseKeyFile(text: string): Uint8Array | undefined {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) return undefined;
  return Buffer.from(trimmed, 'base64');
}
