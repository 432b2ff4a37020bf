import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kqlMember, kqlNumber, kqlString, regexLiteral } from '../../../src/sigma/kql/literal.ts';
import { kustoAnalyser, parsedString } from '../../support/kusto.ts';

describe('KQL literals', () => {
  test('a text with quotes, backslashes and line ends is written as one literal', () => {
    expect(kqlString('C:\\temp "x"\n')).toBe(String.raw`"C:\\temp \"x\"\n"`);
  });

  test.each([
    ['empty', ''],
    ['a comment opener', '// x'],
    ['a closing quote and an operator', '" | project Secret //'],
    ['a single quote', "it's"],
    ['a lone high surrogate', '\ud800x'],
    ['a lone low surrogate', 'x\udc00'],
    ['an astral character', '😀'],
    ['a right-to-left override', 'a\u202eb'],
    ['a tag character', '\u{e0041}'],
    ['NUL', 'a\u0000b'],
    ['a line separator', '\u2028'],
    ['an en dash with a trailing space', 'secrets – management '],
    ['what looks like an escape', String.raw`\n \u0041 \x41`],
    ['three quotes', '"""```'],
  ])("%s comes back out of Kusto's own parser", (_, text) => {
    expect(parsedString(kqlString(text))).toBe(text);
  });

  test("any text at all comes back out of Kusto's own parser", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        expect(parsedString(kqlString(text))).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  test('a literal holds no character that a reviewer cannot see', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(kqlString(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
      }),
    );
  });

  test('any key of an object can be reached', () => {
    const analyse = kustoAnalyser({ T: { Bag: 'dynamic' } });
    expect(kqlMember('requestbody')).toBe('.requestbody');
    expect(kqlMember('http://schemas.example.com/upn')).toBe('["http://schemas.example.com/upn"]');
    expect(kqlMember('by')).toBe('["by"]');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('where', 'in', 'type', 'name', 'table', 'id', 'order', 'count', 'result', 'kind'),
        ),
        (key) => {
          expect(analyse(`T | where tostring(Bag${kqlMember(key)}) == "x"`).diagnostics).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([0, 1, -1, 50140, 0.5, -2.25, 1e21, 5e-7])('the number %d stays a number', (value) => {
    const analyse = kustoAnalyser({ T: { Size: 'real' } });
    expect(analyse(`T | where Size >= ${kqlNumber(value)}`).diagnostics).toEqual([]);
  });

  test('literal text fits itself alone as a regular expression', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(new RegExp(`^${regexLiteral(text)}$`, 's').test(text)).toBe(true);
      }),
    );
  });
});
