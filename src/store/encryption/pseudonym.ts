import { createHmac } from 'node:crypto';
import { boundedMemo } from './bounded-memo.ts';

/** How a text starts that stands for another. */
export const PSEUDONYM_MARK = 'psn1:';
const BYTES = 16;
const KEPT = 50_000;

/**
 * Gives each text its pseudonym: HMAC-SHA-256 of its lower-case form, cut to 128 bits, base64url. The same under one key
 * wherever it stands, so that rows can be counted, joined and looked up by it; nobody without the key can say whose it is.
 */
export function pseudonymiser(key: Uint8Array): (text: string) => string {
  return boundedMemo(KEPT, (text) => {
    const digest = createHmac('sha256', key).update(text.toLowerCase()).digest();
    return `${PSEUDONYM_MARK}${digest.subarray(0, BYTES).toString('base64url')}`;
  });
}

/** The pseudonyms that texts have had in a lake, under each of its keys. */
export const pseudonymsOf = (keys: readonly Uint8Array[], texts: readonly string[]): string[] =>
  keys.flatMap((key) => texts.map(pseudonymiser(key)));
