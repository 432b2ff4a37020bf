import { createHmac } from 'node:crypto';

/** What a put-token request was answered with. */
export type TokenVerdict =
  | { readonly kind: 'accepted'; readonly expiresAt: number }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

/** Reads a shared access signature as the service does: signed with the key, not yet expired. */
function readSas(token: string, key: string, now: number): TokenVerdict {
  const fields = new URLSearchParams(token.replace(/^SharedAccessSignature /, ''));
  const expires = fields.get('se') ?? '';
  const signed = `${encodeURIComponent(fields.get('sr') ?? '')}\n${expires}`;
  if (createHmac('sha256', key).update(signed).digest('base64') !== fields.get('sig'))
    return { kind: 'refused', status: 401, why: 'InvalidSignature' };
  if (Number(expires) * 1000 <= now) return { kind: 'refused', status: 401, why: 'ExpiredToken' };
  return { kind: 'accepted', expiresAt: Number(expires) * 1000 };
}

/** Reads the expiry of a JSON web token; who signed it is not this broker's business. */
function readJwt(token: string, now: number): TokenVerdict {
  const payload = token.split('.')[1] ?? '';
  let expires: unknown;
  try {
    expires = (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown }).exp;
  } catch {
    return { kind: 'refused', status: 401, why: 'InvalidToken' };
  }
  if (typeof expires !== 'number' || expires * 1000 <= now)
    return { kind: 'refused', status: 401, why: 'ExpiredToken' };
  return { kind: 'accepted', expiresAt: expires * 1000 };
}

export const readToken = (type: string, token: string, key: string, now: number): TokenVerdict =>
  type === 'jwt' ? readJwt(token, now) : readSas(token, key, now);
