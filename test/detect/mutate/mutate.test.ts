import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { mutantsOf } from '../../../src/detect/mutate/mutate.ts';
import { operators } from '../../../src/detect/mutate/mutant.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import { compileRule } from '../../../src/sigma/evaluate.ts';
import { parseRule } from '../../../src/sigma/parse.ts';

function ruleOf(detection: string): Rule {
  const text = `title: T\nlogsource: { product: azure }\ndetection:\n${detection.replaceAll(/^/gm, '    ')}\n`;
  const { rule, problems } = parseRule(text, 'r.yml');
  if (rule === undefined) throw new Error(JSON.stringify(problems));
  return rule;
}

const faults = (detection: string): string[] =>
  mutantsOf(ruleOf(detection), { line: 9, column: 1 }).map(
    ({ operator, before, after }) => `${operator}: ${before} -> ${after}`,
  );

describe('the faults planted in', () => {
  test.each([
    [
      'a start',
      'a|startswith: abcd',
      [
        'swap-affix: startswith abcd -> endswith abcd',
        'loosen-affix: startswith abcd -> contains abcd',
        'tighten-affix: startswith abcd -> equals abcd',
        'loosen-text: startswith abcd -> startswith ab',
      ],
    ],
    [
      'an end',
      'a|endswith: abcd',
      ['swap-affix: endswith abcd -> startswith abcd', 'loosen-text: endswith abcd -> contains ab'],
    ],
    ['a text with its case', 'a|cased: Ab', ['flip-cased: equals Ab (letter case counts) -> equals Ab']],
    ['a bound', 'a|gt: 5', ['shift-bound: > 5 -> >= 5', 'shift-number: > 5 -> > 6']],
    ['a regular expression', 'a|re: x+', ['loosen-regex: matches /x+/ -> matches //']],
    ['a presence', 'a|exists: true', ['flip-exists: is there -> is not there']],
    ['a boolean', 'a: true', ['flip-boolean: equals true -> equals false']],
    [
      'a network',
      'a|cidr: 192.0.2.0/24',
      [
        'widen-network: lies in 192.0.2.0/24 -> lies in 192.0.2.0/24, taken as /23',
        'narrow-network: lies in 192.0.2.0/24 -> lies in 192.0.2.0/24, taken as /25',
      ],
    ],
    ['a negation', 'a|neq: x', ['flip-neq: a not: equals x -> a equals x']],
    [
      'a list',
      'a: [x, y]',
      [
        'swap-all: any of 2 values -> all of them',
        'drop-value: equals x -> (left out)',
        'drop-value: equals y -> (left out)',
      ],
    ],
    [
      'two fields',
      'a: x\nb: y',
      ['drop-field: a equals x -> (not looked at)', 'drop-field: b equals y -> (not looked at)'],
    ],
    [
      'keywords',
      '- x\n- y',
      ['swap-all: any of 2 values -> all of them', 'drop-value: contains x -> (left out)'],
    ],
    [
      'alternatives',
      '- a: x\n- b: y',
      ['drop-map: a equals x -> (left out)', 'drop-map: b equals y -> (left out)'],
    ],
  ] as const)('%s', (_, search, wanted) => {
    const found = faults(`s:\n${search.replaceAll(/^/gm, '    ')}\ncondition: s`);
    expect(found).toEqual(expect.arrayContaining([...wanted]));
  });

  test('a condition', () => {
    const searches = 's1: { a: x }\ns2: { b: y }\nf: { c: z }\n';
    expect(faults(`${searches}condition: 1 of s* and not f`)).toEqual(
      expect.arrayContaining([
        'drop-part: 1 of s* and not f -> not f',
        'drop-part: 1 of s* and not f -> 1 of s*',
        'swap-link: 1 of s* and not f -> 1 of s* or not f',
        'drop-not: not f -> f',
        'swap-quantifier: 1 of s* -> all of s*',
        'drop-search: 1 of s* -> 1 of s*, without s1',
      ]),
    );
  });
});

test('every operator is planted by some rule', () => {
  const all = [
    'k: [x, y]\ns1:\n    - { a|startswith: abcd, b|cased: Ab, c|gt: 5, d|re: x+, e|exists: true }\n    - { f: true, g|cidr: 192.0.2.0/24, h: [x, y] }\ns2: { i|contains: x }\ncondition: k and 1 of s* and not s2',
  ].flatMap((detection) =>
    mutantsOf(ruleOf(detection), { line: 1, column: 1 }).map(({ operator }) => operator),
  );
  expect([...new Set(all)].toSorted()).toEqual(Object.keys(operators).toSorted());
});

const word = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ba', 'x', ' ab ', 'cab');
const suffix = fc.constantFrom('', '|contains', '|startswith', '|endswith', '|contains|all', '|neq');

test('a mutant said to make no difference makes none (property)', () => {
  let seen = 0;
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 2, maxLength: 4 }),
      suffix,
      fc.array(word, { minLength: 8, maxLength: 8 }),
      (values, modifiers, texts) => {
        const rule = ruleOf(`s:\n    f${modifiers}: ${JSON.stringify(values)}\ncondition: s`);
        const original = compileRule(rule);
        for (const mutant of mutantsOf(rule, { line: 1, column: 1 })) {
          if (mutant.equivalence === undefined) continue;
          seen++;
          const changed = compileRule(mutant.rule);
          for (const f of texts) {
            for (const text of [f, `x${f}`, `${f}x`, `a${f}c`])
              expect(changed.evaluate({ f: text }).matched).toBe(original.evaluate({ f: text }).matched);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(seen).toBeGreaterThan(50);
});

test('the same rule gives the same mutants, each of which differs from it', () => {
  const rule = ruleOf('s: { a: [x, y], b|contains: z }\ncondition: s');
  const [first, second] = [mutantsOf(rule, { line: 1, column: 1 }), mutantsOf(rule, { line: 1, column: 1 })];
  expect(first).toEqual(second);
  for (const mutant of first) expect(JSON.stringify(mutant.rule)).not.toBe(JSON.stringify(rule));
});
