/** Byte values that the JSON grammar is made of. */
export const byte = {
  newline: 0x0a,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

/** White space, NUL and record separators: anything up to the space character. */
export const isBlank = (code: number | undefined): boolean => code !== undefined && code <= 0x20;

/**
 * Index after the string that opens at `start`. Negative when it is cut off or holds a raw line break, which JSON
 * forbids: then `~result` is where the search stopped.
 */
export function stringEnd(bytes: Uint8Array, start: number, limit: number): number {
  for (let i = start + 1; i < limit; i++) {
    const code = bytes[i];
    if (code === byte.backslash) i++;
    else if (code === byte.quote) return i + 1;
    else if (code === byte.newline) return ~i;
  }
  return ~limit;
}

/** Index after the object or array that opens at `start`; negative when it never closes, as in {@link stringEnd}. */
export function containerEnd(bytes: Uint8Array, start: number, limit: number): number {
  let depth = 0;
  for (let i = start; i < limit; i++) {
    const code = bytes[i];
    if (code === byte.quote) {
      const end = stringEnd(bytes, i, limit);
      if (end < 0) return end;
      i = end - 1;
    } else if (code === byte.openBrace || code === byte.openBracket) depth++;
    else if (code === byte.closeBrace || code === byte.closeBracket) {
      depth--;
      if (depth === 0) return i + 1;
    }
  }
  return ~limit;
}

/** Keys under which messages and pages of Azure's APIs list their records. */
const listKeys = { records: Buffer.from('"records"'), value: Buffer.from('"value"') } as const;
export type ListKey = keyof typeof listKeys;

/**
 * Where the array under the list key of the object at `start` begins and ends, its brackets left out.
 * The last such key wins, as it does for JSON.parse. An array that is cut off ends at `limit`.
 */
export function recordsSpan(
  bytes: Uint8Array,
  start: number,
  limit: number,
  key: ListKey,
): { readonly start: number; readonly end: number } | undefined {
  let found: { start: number; end: number } | undefined;
  let isKey = true;
  for (let i = start + 1; i < limit; i++) {
    const code = bytes[i];
    if (code === byte.quote) {
      const end = stringEnd(bytes, i, limit);
      if (end < 0) return found;
      const opens = isKey ? arrayAfterKey(bytes, i, end, limit, listKeys[key]) : -1;
      isKey = false;
      i = end - 1;
      if (opens === -1) continue;
      const closes = containerEnd(bytes, opens, limit);
      found = { start: opens + 1, end: closes < 0 ? limit : closes - 1 };
      if (closes < 0) return found;
      i = closes - 1;
    } else if (code === byte.comma) isKey = true;
    else if (code === byte.openBrace || code === byte.openBracket) {
      const end = containerEnd(bytes, i, limit);
      if (end < 0) return found;
      i = end - 1;
    } else if (code === byte.closeBrace) return found;
  }
  return found;
}

/** Index of the `[` that follows the key between `start` and `end` when it is the one asked for, else -1. */
function arrayAfterKey(bytes: Uint8Array, start: number, end: number, limit: number, key: Buffer): number {
  if (end - start !== key.length) return -1;
  if (key.compare(bytes, start, end) !== 0) return -1;
  let i = end;
  while (i < limit && (isBlank(bytes[i]) || bytes[i] === byte.colon)) i++;
  return bytes[i] === byte.openBracket ? i : -1;
}
