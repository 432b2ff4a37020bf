import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPieceScan } from '../../../src/detect/engine/piece-scan.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test('says whether one of some pieces may stand in bytes of JSON', () => {
  const mayHold = createPieceScan(['roleassignments/write', 'listkeys']);
  expect(mayHold(bytesOf('{"a":"Microsoft.Authorization/RoleAssignments/Write"}'))).toBe(true);
  expect(mayHold(bytesOf(String.raw`{"a":"role\u0041ssignments\/write"}`))).toBe(true);
  expect(mayHold(bytesOf(`{"a":"list${'\\\\'.repeat(8)}u006beys"}`))).toBe(true);
  expect(mayHold(bytesOf(`{"a":"list${'\\\\'.repeat(80)}u006beys"}`))).toBe(true);
  expect(mayHold(bytesOf('{"a":"Microsoft.Authorization/roleAssignments/read"}'))).toBe(false);
  expect(mayHold(bytesOf('roleassignments/writ'))).toBe(false);
  expect(mayHold(bytesOf(''))).toBe(false);
});

/** How one sign of a piece may be spelled: as it is, in upper case, escaped, as what folds to it. */
const spellingsOf = (sign: string): readonly string[] => [
  sign,
  sign.toUpperCase(),
  `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  `\\u${sign.toUpperCase().charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  `\\\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  `\\\\\\\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ...(sign === '/' ? [String.raw`\/`] : []),
  ...(sign === 'k' ? ['\u212A'] : []),
  ...(sign === ' ' ? ['\u00a0', '\u2003', '\u3000'] : []),
  ...(sign === '-' ? ['\u2013', '\uff0d'] : []),
];

const piece = fc.string({
  unit: fc.constantFrom(...Array.from('abcdefuk019/ -.xyz')),
  minLength: 5,
  maxLength: 14,
});
/** What stands around pieces, and looks like them. */
const other = fc
  .array(
    fc.constantFrom(
      '"',
      String.raw`\"`,
      String.raw`\n`,
      'abc',
      'u00',
      '0061',
      '/',
      'é',
      '東',
      'k-',
      ' x',
      '{',
    ),
    {
      maxLength: 20,
    },
  )
  .map((parts) => parts.join(''));

test('no piece is missed, wherever it stands and however its signs are spelled', () => {
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.array(fc.nat(), { minLength: 14, maxLength: 14 }),
      other,
      other,
      (pieces, which, choices, before, after) => {
        const chosen = pieces[which % pieces.length] ?? '';
        const spelled = Array.from(chosen, (sign, nth) => {
          const spellings = spellingsOf(sign);
          const choice = choices[nth] ?? 0;
          // Most signs as they are.
          return choice % 3 === 0 ? spellings[choice % spellings.length] : sign;
        }).join('');
        expect(createPieceScan(pieces)(bytesOf(`${before}${spelled}${after}`))).toBe(true);
      },
    ),
    { numRuns: 5000 },
  );
});

test('bytes that hold no piece and nothing odd are known not to', () => {
  let withPiece = 0;
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.array(piece), (pieces, texts) => {
      const message = texts.join('"').toUpperCase();
      const holds = pieces.some((wanted) => message.includes(wanted.toUpperCase()));
      if (holds) withPiece++;
      expect(createPieceScan(pieces)(bytesOf(message))).toBe(holds);
    }),
    { numRuns: 1000, examples: [[['abcde'], ['xabcdex']]] },
  );
  expect(withPiece).toBeGreaterThan(0);
});
