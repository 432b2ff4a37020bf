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
export const createDecipheriv = notHere;
export const createHmac = notHere;
