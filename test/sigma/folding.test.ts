import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PatternPart } from '../../src/sigma/ast.ts';
import { foldCase, foldText, parsePattern, patternMatcher } from '../../src/sigma/pattern.ts';
import { selection, verdict } from './support.ts';

const written = 'Update application – Certificates and secrets management ';

describe('what Azure writes and people type differently', () => {
  test.each<readonly [line: string, value: unknown, expected: boolean]>([
    // The audit log's own name of the activity: an en dash, and a space at the end.
    ['field: Update application - Certificates and secrets management', written, true],
    ['field: Update application – Certificates and secrets management', written, true],
    ['field: "Update application — Certificates and secrets management "', written.trim(), true],
    ['field|endswith: secrets management', written, true],
    ['field|startswith: Update application -', written, true],
    ['field|startswith: Update', `\u00a0${written}`, true],
    ['field|contains: application - cert', written, true],
    ['field: Update*management', written, true],
    ['field: Update?application*', 'Update\u00a0application', true],
    ['field|cased: Update application - Certificates and secrets management', written, false],
    ['field|re: management$', written, false],
    ['field: Update application', written, false],

    ['field: Add member to role', 'Add\u00a0member\u202fto\u2009role', true],
    ['field: well-known', 'well\u2011known', true],
    ['field: wellknown', 'well-known', false],
    ['field: ""', ' ', true],
    ['field: ""', '-', false],

    ['field: 50140', '50140', true],
    ['field: "50140"', 50_140, true],
    ['field: 50140', '50140 ', true],
    ['field: true', 'True ', true],
    ['field|cidr: 192.0.2.0/24', ' 192.0.2.7', true],
    ['field: MICROSOFT.KEYVAULT/VAULTS/WRITE', 'Microsoft.KeyVault/vaults/write', true],
  ])('%s on %j is %s', (line, value, expected) => {
    expect(verdict(selection(line), { field: value as never })).toBe(expected);
  });

  test('two fields of one event are compared folded too', () => {
    const rule = selection('field|fieldref: other');
    expect(verdict(rule, { field: 'Ada – Example ', other: 'ada - example' })).toBe(true);
    const cased = selection('field|fieldref|cased: other');
    expect(verdict(cased, { field: 'Ada – Example ', other: 'Ada - Example' })).toBe(false);
  });
});

const text = fc.string({
  unit: fc.constantFrom(...'aA bB-–—\u00a0\u2011\tςσΣ*?\\'.split('')),
  maxLength: 8,
});

test('folding keeps the length, and folding twice changes nothing', () => {
  fc.assert(
    fc.property(text, (any) => {
      expect(foldText(any)).toHaveLength(any.length);
      expect(foldText(foldText(any))).toBe(foldText(any));
    }),
  );
});

/** The specification's own comparison, for patterns of any length: letter case alone does not count. */
function fitsUnfolded(pattern: readonly PatternPart[], value: string): boolean {
  const [part, ...rest] = pattern;
  if (part === undefined) return value === '';
  switch (part.kind) {
    case 'any':
      return Array.from({ length: value.length + 1 }, (_, index) => value.slice(index)).some((tail) =>
        fitsUnfolded(rest, tail),
      );
    case 'one':
      return value !== '' && fitsUnfolded(rest, value.slice(1));
    case 'literal': {
      const head = value.slice(0, part.text.length);
      return foldCase(head) === foldCase(part.text) && fitsUnfolded(rest, value.slice(part.text.length));
    }
  }
}

test('folding only ever widens: what fits without it fits with it', () => {
  fc.assert(
    fc.property(text, text, (written_, value) => {
      const pattern = parsePattern(written_);
      expect(!fitsUnfolded(pattern, value) || patternMatcher(pattern, false)(value)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
