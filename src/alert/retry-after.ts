import { SECOND_MS } from '../lib/clock.ts';

/**
 * How long a `Retry-After` header asks to wait from `now`, ms: seconds or an HTTP date (RFC 9110 10.2.3).
 * Undefined when there is none or it is no such thing; never negative.
 */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND_MS;
  // Date.parse alone takes far more than an HTTP date, "1.5" and "-3" among it.
  if (!/^[A-Z][a-z]+, ?\d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
