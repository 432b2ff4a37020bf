import type { Random } from '../../lib/random.ts';

const hex6 = (random: Random): string =>
  Math.floor(random.next() * 0x1000000)
    .toString(16)
    .padStart(6, '0');

/** Hex digits in sixes: cheaper than one call a digit, which a day of records would notice. */
export function hexText(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits) text += hex6(random);
  return text.slice(0, digits);
}

/** A GUID that nobody could take for a real one: zeroes but for the last twelve digits. */
export const guid = (random: Random): string => `00000000-0000-4000-8000-${hexText(random, 12)}`;

/** A fixed GUID of the fictional tenant: `fixedGuid('a0001')`. */
export const fixedGuid = (tail: string): string => `00000000-0000-0000-0000-${tail.padStart(12, '0')}`;

const fourDigits = (random: Random): string => String(random.int(0, 9999)).padStart(4, '0');

/** .NET's round-trip form without the zone: seven fraction digits. */
const iso7Bare = (timeMs: number, random: Random): string =>
  new Date(timeMs).toISOString().slice(0, 23) + fourDigits(random);

/** `2026-03-02T09:14:02.4351234Z`: how most Azure services write time. */
export const iso7 = (timeMs: number, random: Random): string => `${iso7Bare(timeMs, random)}Z`;

/** `2026-03-02T09:14:02.4351234`: some services forget the zone. */
export const iso7WithoutZone = iso7Bare;

/** `3/2/2026 9:14:02 AM`: how Entra writes the time of risk events. */
export function usDate(timeMs: number): string {
  const at = new Date(timeMs);
  const hour = at.getUTCHours();
  const two = (n: number): string => String(n).padStart(2, '0');
  const clock = `${hour % 12 === 0 ? 12 : hour % 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()} ${clock} ${hour < 12 ? 'AM' : 'PM'}`;
}

/** Milliseconds from .NET's epoch, 0001-01-01, to Unix's. */
const DOTNET_EPOCH_MS = 62_135_596_800_000;

/** .NET ticks (100 ns) as text: they do not fit a JavaScript number. */
export const dotnetTicks = (timeMs: number, random: Random): string =>
  `${Math.floor(timeMs) + DOTNET_EPOCH_MS}${fourDigits(random)}`;

const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A made-up SAS signature in the form a real one has in a URL: 43 characters of base64 and an escaped `=`. */
export function sasSignature(random: Random): string {
  let text = '';
  for (let i = 0; i < 43; i++) text += base64Alphabet[random.int(0, 61)];
  return `${text}%3D`;
}
