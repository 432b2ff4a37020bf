import fc from 'fast-check';
import { expect, test } from 'vitest';
import { base64Offsets, windashVariants } from '../../src/sigma/encodings.ts';
import { parsePattern, printPattern } from '../../src/sigma/pattern.ts';

test('one of the three pieces stands in the Base64 of any text that holds the value', () => {
  const pieces = base64Offsets(Buffer.from('/bin/sh'));
  expect(pieces).toEqual(['L2Jpbi9za', '9iaW4vc2', 'vYmluL3No']);
  for (const before of ['', 'x', 'xy', 'xyz'])
    expect(
      pieces.some((piece) => Buffer.from(`${before}/bin/sh -c`).toString('base64').includes(piece)),
    ).toBe(true);
});

test('the piece of a shift is what the real encodings at that shift share', () => {
  const value = fc.uint8Array({ minLength: 2, maxLength: 24 });
  const around = fc.uint8Array({ maxLength: 11 });
  fc.assert(
    fc.property(around, value, around, (before, needle, after) => {
      const shift = before.length % 3;
      const piece = base64Offsets(needle)[shift] ?? '';
      const real = Buffer.concat([before, needle, after]).toString('base64');
      const first = Math.ceil((before.length * 8) / 6);
      const last = Math.floor(((before.length + needle.length) * 8) / 6);
      // Exactly the characters whose six bits all come from the value.
      expect(piece).toBe(real.slice(first, last));
    }),
  );
});

test('a flag is written in all five ways, a dash inside a word in one', () => {
  const variants = (text: string) => (windashVariants(parsePattern(text)) ?? []).map(printPattern);
  expect(variants('-enc')).toEqual(['-enc', '/enc', '–enc', '—enc', '―enc']);
  expect(variants('a-b c/d - x')).toEqual(['a-b c/d - x']);
  expect(variants('-a* –b')).toHaveLength(25);
  expect(variants('')).toEqual(['']);
  expect(windashVariants(parsePattern('-a -b -c -d -e -f'))).toBeUndefined();
});
