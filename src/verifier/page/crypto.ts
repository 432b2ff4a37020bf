import { openAes256Gcm } from './aes-gcm.ts';
import { PageBuffer } from './buffer.ts';
import { ed25519Verify } from './ed25519.ts';
import { sha256 } from './sha2.ts';

/** What the verifier uses of `node:crypto`, for browsers: the bundler puts this in its place. */

/** DER before the 32 bytes of an Ed25519 public key: RFC 8410 4. */
const SPKI_BYTES = 12;

export function hash(
  algorithm: string,
  data: Uint8Array | string,
  encoding: 'hex' | 'binary' | 'buffer',
): unknown {
  if (algorithm !== 'sha256') throw new Error(`${algorithm} is not here`);
  const digest = PageBuffer.wrap(sha256(typeof data === 'string' ? PageBuffer.from(data) : data));
  if (encoding === 'buffer') return digest;
  return digest.toString(encoding === 'hex' ? 'hex' : 'latin1');
}

export const createPublicKey = ({ key }: { readonly key: Uint8Array }): Uint8Array =>
  key.subarray(SPKI_BYTES);

/** One checkpoint is looked at in several places, and big integers take their time. */
const known = new Map<string, boolean>();

export function verify(_: null, message: Uint8Array, publicKey: Uint8Array, signature: Uint8Array): boolean {
  const key = [message, publicKey, signature]
    .map((bytes) => PageBuffer.wrap(bytes).toString('latin1'))
    .join('|');
  const answer = known.get(key) ?? ed25519Verify(message, publicKey, signature);
  known.set(key, answer);
  return answer;
}

const notHere = (): never => {
  throw new Error('the page signs nothing');
};
export const sign = notHere;
export const createPrivateKey = notHere;

/** A key is its bytes here. */
export const createSecretKey = (key: Uint8Array): Uint8Array => key;

/** AES-256-GCM as `node:crypto` has it, opened whole: what comes before the tag is looked at is nothing. */
export function createDecipheriv(_: string, key: Uint8Array, nonce: Uint8Array) {
  let [aad, tag] = [new Uint8Array(), new Uint8Array()];
  return {
    setAAD: (bytes: Uint8Array): void => void (aad = new Uint8Array(bytes)),
    setAuthTag: (bytes: Uint8Array): void => void (tag = new Uint8Array(bytes)),
    update(ciphertext: Uint8Array): Uint8Array {
      const plain = openAes256Gcm(key, nonce, aad, ciphertext, tag);
      if (plain === undefined) throw new Error('the value does not open');
      return PageBuffer.wrap(plain);
    },
    final: (): Uint8Array => new Uint8Array(),
  };
}

const HASH_BLOCK = 64;

/** HMAC-SHA-256: RFC 2104. */
export function createHmac(_: string, key: Uint8Array) {
  const short = key.length > HASH_BLOCK ? sha256(key) : key;
  const pad = (byte: number): Uint8Array =>
    Uint8Array.from({ length: HASH_BLOCK }, (__, i) => (short[i] ?? 0) ^ byte);
  let message = new Uint8Array();
  const hmac = {
    update(text: string) {
      message = PageBuffer.concat([message, PageBuffer.from(text)]);
      return hmac;
    },
    digest(encoding: 'hex'): string {
      const inner = sha256(PageBuffer.concat([pad(0x36), message]));
      return PageBuffer.wrap(sha256(PageBuffer.concat([pad(0x5c), inner]))).toString(encoding);
    },
  };
  return hmac;
}
