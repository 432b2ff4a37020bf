import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Pattern } from '../../src/sigma/ast.ts';
import {
  affixed,
  foldCase,
  parsePattern,
  patternMatcher,
  printPattern,
  shapeOf,
} from '../../src/sigma/pattern.ts';
import { selection, verdict } from './support.ts';

const fits = (pattern: string, text: string): boolean => patternMatcher(parsePattern(pattern), false)(text);

test('a value fits whatever its letter case, with * for any run of characters and ? for one', () => {
  expect(fits('prog?.exe', 'ProgA.EXE')).toBe(true);
  expect(fits('prog?.exe', 'prog.exe')).toBe(false);
  expect(fits('antivirus_V*.exe', 'antivirus_V21.2.1.exe')).toBe(true);
  expect(fits('antivirus_V*.exe', 'my antivirus_V1.exe')).toBe(false);
});

describe('the five rules of the backslash', () => {
  test.each([
    // A backslash before anything but a wildcard is itself, written once or twice.
    [String.raw`C:\Windows`, String.raw`C:\Windows`, String.raw`C:\\Windows`],
    [String.raw`C:\\Windows`, String.raw`C:\Windows`, 'C:Windows'],
    // An escaped wildcard is a plain character.
    [String.raw`a\*b`, 'a*b', 'axb'],
    [String.raw`a\?b`, 'a?b', 'axb'],
    // Two backslashes and a wildcard: a backslash, then anything.
    [String.raw`a\\*b`, String.raw`a\xb`, 'a*b'],
    [String.raw`a\\?b`, String.raw`a\xb`, String.raw`a\b`],
    // Three: both plain.
    [String.raw`a\\\*b`, String.raw`a\*b`, String.raw`a\xb`],
    [String.raw`a\\\?b`, String.raw`a\?b`, String.raw`a\xb`],
    // Three or four before anything else are two.
    [String.raw`a\\\b`, String.raw`a\\b`, String.raw`a\b`],
    [String.raw`\\\\server`, String.raw`\\server`, String.raw`\server`],
    // At the end too.
    [String.raw`dir\ `.trim(), 'dir\\', 'dir'],
    [String.raw`dir\\`, 'dir\\', 'dir\\\\'],
    [String.raw`dir\\*`, String.raw`dir\file`, 'dirfile'],
  ])('%s fits %s and not %s', (pattern, text, other) => {
    expect(fits(pattern, text)).toBe(true);
    expect(fits(pattern, other)).toBe(false);
    expect(verdict(selection(`field: '${pattern}'`), { field: text })).toBe(true);
  });
});

test.each([
  ['abc', { kind: 'equals', text: 'abc' }],
  ['abc*', { kind: 'startswith', text: 'abc' }],
  ['*abc', { kind: 'endswith', text: 'abc' }],
  ['*abc*', { kind: 'contains', text: 'abc' }],
  ['*', { kind: 'present' }],
  ['**', { kind: 'present' }],
  ['', { kind: 'equals', text: '' }],
  ['a*c', { kind: 'glob' }],
  ['?', { kind: 'glob' }],
])('%j asks for no more than %j', (text, shape) => {
  expect(shapeOf(parsePattern(text))).toEqual(shape);
});

test('a modifier adds no second wildcard where one stands', () => {
  expect(printPattern(affixed(parsePattern('*a*'), 'contains'))).toBe('*a*');
  expect(printPattern(affixed(parsePattern('a'), 'contains'))).toBe('*a*');
  expect(printPattern(affixed(parsePattern('*a'), 'startswith'))).toBe('*a*');
  expect(printPattern(affixed([], 'contains'))).toBe('*');
});

/** Texts short and poor enough for wildcards to meet them. */
const text = fc.string({
  unit: fc.constantFrom('a', 'b', 'A', '\\', '*', '?', '😀', 'ς', 'Σ', '.'),
  maxLength: 8,
});

/** Tries every way: as slow and plain as it gets. */
function naive(pattern: Pattern, characters: readonly string[]): boolean {
  const [part, ...rest] = pattern;
  if (part === undefined) return characters.length === 0;
  switch (part.kind) {
    case 'one':
      return characters.length > 0 && naive(rest, characters.slice(1));
    case 'any':
      return characters.some((_, index) => naive(rest, characters.slice(index))) || naive(rest, []);
    case 'literal': {
      const wanted = Array.from(foldCase(part.text));
      const isHere = wanted.every((character, index) => foldCase(characters[index] ?? '') === character);
      return isHere && naive(rest, characters.slice(wanted.length));
    }
  }
}

test('matching is the same as trying every way', () => {
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const parsed = parsePattern(pattern);
      expect(patternMatcher(parsed, false)(subject)).toBe(naive(parsed, Array.from(subject)));
    }),
    { numRuns: 3000 },
  );
});

test('startswith, endswith and contains are those of plain strings', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 4 }), fc.string(), fc.boolean(), (part, subject, isCased) => {
      const fold = (value: string): string => (isCased ? value : value.toLowerCase());
      const asks = (affix: 'startswith' | 'endswith' | 'contains'): boolean =>
        patternMatcher(
          affixed(part === '' ? [] : [{ kind: 'literal', text: part }], affix),
          isCased,
        )(subject);
      expect(asks('startswith')).toBe(fold(subject).startsWith(fold(part)));
      expect(asks('endswith')).toBe(fold(subject).endsWith(fold(part)));
      expect(asks('contains')).toBe(fold(subject).includes(fold(part)));
    }),
  );
});

test('a printed pattern is read back as the same', () => {
  fc.assert(
    fc.property(text, (written) => {
      const parsed = parsePattern(written);
      expect(parsePattern(printPattern(parsed))).toEqual(parsed);
    }),
  );
});

test('many stars over a long text still end', () => {
  expect(fits(`${'*a'.repeat(30)}*b`, 'a'.repeat(5000))).toBe(false);
  expect(fits('?*'.repeat(30), 'a'.repeat(5000))).toBe(true);
});
