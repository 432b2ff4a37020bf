import type { Pattern } from './ast.ts';

/** UTF-16 with the low byte first: `cmd` is 63 00 6d 00 64 00. */
export const utf16le = (text: string): Buffer => Buffer.from(text, 'utf16le');

/** UTF-16 with the high byte first: `cmd` is 00 63 00 6d 00 64. */
export const utf16be = (text: string): Buffer => utf16le(text).swap16();

/** UTF-16 with a byte order mark; little-endian, as the specification's example shows: FF FE 63 00 6d 00 64 00. */
export const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), utf16le(text)]);

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/**
 * What stays the same of Base64 wherever the bytes stand in a longer text: one piece for each of the three shifts.
 * The characters that also carry bits of unknown neighbours are cut off. Needs two bytes or more.
 */
export function base64Offsets(bytes: Uint8Array): readonly string[] {
  const cutBefore = [0, 2, 3] as const;
  const cutAfter = [0, 3, 2] as const;
  return [0, 1, 2].map((shift) => {
    const length = bytes.length + shift;
    const text = base64(Buffer.concat([Buffer.alloc(shift), bytes]));
    return text.slice(cutBefore[shift], text.length - (cutAfter[length % 3] ?? 0));
  });
}

const dashes = ['-', '/', '–', '—', '―'] as const;
/** Flags looked at in one value: 5 ways each, so five make 3,125 patterns. */
export const mostWindashFlags = 5;

/**
 * Every way to write the flags of a command line: a dash of any kind that begins a word and does not follow one
 * (so neither the dash in `a-b` nor the slash in `c:/x` … `d/e`) stands for each of the five. Undefined: too many.
 */
export function windashVariants(pattern: Pattern): readonly Pattern[] | undefined {
  const flags = /(?<![\p{L}\p{N}_])[-/–—―](?=[\p{L}\p{N}_])/gu;
  const count = pattern.reduce(
    (sum, part) => sum + (part.kind === 'literal' ? [...part.text.matchAll(flags)].length : 0),
    0,
  );
  if (count > mostWindashFlags) return undefined;
  return pattern.reduce<readonly Pattern[]>(
    (soFar, part) => {
      const ways =
        part.kind === 'literal'
          ? textVariants(part.text, flags).map((text) => ({ kind: 'literal' as const, text }))
          : [part];
      return soFar.flatMap((before) => ways.map((way) => before.concat(way)));
    },
    [[]],
  );
}

function textVariants(text: string, flags: RegExp): readonly string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const { index } of text.matchAll(flags)) {
    pieces.push(text.slice(end, index));
    end = index + 1;
  }
  return pieces
    .reduce<readonly string[]>(
      (soFar, piece) => soFar.flatMap((before) => dashes.map((dash) => before + piece + dash)),
      [''],
    )
    .map((before) => before + text.slice(end));
}
