import fc from 'fast-check';
import { expect, test } from 'vitest';
import { literalOfRegex } from '../../../src/detect/engine/regex-literal.ts';
import { foldText } from '../../../src/sigma/pattern.ts';
import { regexMatcher } from '../../../src/sigma/regex.ts';

test.each([
  [String.raw`"retentionInDays"\s*:\s*(\d|[12]\d)`, '"retentionInDays"'],
  [String.raw`Consent\.IsAdmin[^{}]*"newValue"`, 'Consent.IsAdmin'],
  ['a{"b":1}', 'a{"b":1}'],
  ['(?:x|y)longer.', 'longer'],
  ['abcde*', 'abcd'],
  ['abcd{0,2}efg', 'abc'],
  ['abc😀?', 'abc'],
  ['(?:"k"(longer)+)1', 'longer'],
  ['abc(?:longer)?(longer){0,1}(long|longer)', 'abc'],
])('every match of %s contains %s', (source, literal) => {
  expect(literalOfRegex(source, false)).toBe(literal);
});

test.each([
  'abc|def',
  '(?i)abc',
  'ab',
  String.raw`\Qabc*\E`,
  '(abc',
  '[abc',
  String.raw`\pLabc`,
  '[[:alpha:]]abc',
])('nothing is taken from %s', (source) => {
  expect(literalOfRegex(source, false)).toBeUndefined();
});

test('whatever matches a regular expression contains its literal', () => {
  const part = fc.constantFrom(
    'abc',
    'Isk',
    'ſK',
    '-',
    ' ',
    '😀',
    'k',
    's',
    '{',
    '{2}',
    '{0,1}',
    '?',
    '*',
    '+',
    '+?',
    '.',
    '[^x]',
    '[]a]',
    '(a|bc)',
    '(?:abc)?',
    '(?:Iskra',
    '(bcd',
    ')',
    String.raw`\.`,
    String.raw`\d`,
    String.raw`\s*`,
    '^',
    '$',
    '|',
  );
  const sources = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
  const texts = fc
    .array(
      fc.constantFrom(
        'abc',
        'ABC',
        'isk',
        'iſ\u212A',
        'k',
        '-',
        '\u2013',
        ' ',
        '\u00a0',
        '😀',
        '{',
        '.',
        '1',
        'bc',
        'a',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(''));
  let matches = 0;
  fc.assert(
    fc.property(
      sources,
      fc.array(texts, { minLength: 10, maxLength: 10 }),
      fc.boolean(),
      (source, all, ignoreCase) => {
        const matcher = regexMatcher({ source, ignoreCase, multiline: false, dotAll: false });
        const literal = literalOfRegex(source, ignoreCase);
        if (typeof matcher === 'string' || literal === undefined) return;
        for (const text of all) {
          if (!matcher(text)) continue;
          matches++;
          expect(ignoreCase ? foldText(text) : text).toContain(literal);
        }
      },
    ),
    { numRuns: 2000 },
  );
  expect(matches).toBeGreaterThan(20);
});
