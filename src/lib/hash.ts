import { hash } from 'node:crypto';

/** SHA-256 as 64 lower-case hex digits. One-shot `crypto.hash` to hex is the fastest form Node has. */
export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex');

/** The first `digits` hex digits of SHA-256 over the parts, joined by a byte that no part may hold. */
export const shortId = (digits: number, ...parts: readonly string[]): string =>
  sha256Hex(parts.join('\u001f')).slice(0, digits);
