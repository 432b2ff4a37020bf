import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition } from '../../src/sigma/ast.ts';
import { parseCondition, printCondition } from '../../src/sigma/condition.ts';
import { holds } from '../../src/sigma/evaluate.ts';
import { problemsOf, ruleOf, verdict } from './support.ts';

const searches = ['selection', 'selection_b', 'filter_main', 'filter_opt', '_helper', 'not_me', 'order'];

const parsed = (text: string): Condition => {
  const result = parseCondition(text, searches);
  if (result.condition === undefined) throw new Error(result.fault.what);
  return result.condition;
};

test('`or` binds weakest, then `and`, then `not`, then `1 of`, then parentheses', () => {
  const text = 'selection or not 1 of filter_* and (order or not_me)';
  expect(parsed(text)).toEqual({
    kind: 'or',
    of: [
      { kind: 'search', name: 'selection' },
      {
        kind: 'and',
        of: [
          {
            kind: 'not',
            of: {
              kind: 'quantified',
              quantifier: '1',
              pattern: 'filter_*',
              names: ['filter_main', 'filter_opt'],
            },
          },
          {
            kind: 'or',
            of: [
              { kind: 'search', name: 'order' },
              { kind: 'search', name: 'not_me' },
            ],
          },
        ],
      },
    ],
  });
});

test.each([
  ['1 of them', ['selection', 'selection_b', 'filter_main', 'filter_opt', 'not_me', 'order']],
  ['all of THEM', ['selection', 'selection_b', 'filter_main', 'filter_opt', 'not_me', 'order']],
  ['1 of selection*', ['selection', 'selection_b']],
  ['all of *_*', ['selection_b', 'filter_main', 'filter_opt', '_helper', 'not_me']],
  ['1 of _*', ['_helper']],
  ['all of s*b', ['selection_b']],
  ['1 of order', ['order']],
])('%s is over %j', (text, names) => {
  expect(parsed(text)).toMatchObject({ kind: 'quantified', names });
});

test('operators are read in any letter case, search names are not', () => {
  expect(parsed('selection AND Not order')).toEqual(parsed('selection and not order'));
  expect(parseCondition('Selection', searches)).toMatchObject({ fault: { offset: 0 } });
});

test.each([
  ['', 0, 'condition ends where a search should stand'],
  ['selection and', 13, 'condition ends where a search should stand'],
  ['and selection', 0, '`and` stands where a search should'],
  ['not', 3, 'condition ends where a search should stand'],
  ['(selection', 0, 'parenthesis is never closed'],
  ['selection)', 9, '`)` is left over'],
  ['()', 1, '`)` stands where a search should'],
  ['selection order', 10, '`order` is left over'],
  ['selektion', 0, 'condition names the search `selektion`, which is not defined'],
  ['any of them', 0, '`any of` is not a quantifier'],
  ['2 of selection*', 0, '`2 of` is not a quantifier'],
  ['1 of', 4, '`1 of` needs something to count'],
  ['1 of (selection)', 5, '`1 of` needs something to count'],
  ['all of nothing*', 7, 'no search fits `nothing*`'],
  ['1 of (', 5, '`1 of` needs something to count'],
  ['selection | count() > 5', 10, '`|` (aggregation) is not part of Sigma 2'],
  ['| count()', 0, '`|` (aggregation) is not part of Sigma 2'],
  ['selection and | x', 14, '`|` (aggregation) is not part of Sigma 2'],
  ['of them', 0, '`of` stands where a search should'],
  ['1 of sel.*', 5, 'no search fits `sel.*`'],
])('%j is refused at %d', (text, offset, what) => {
  expect(parseCondition(text, searches)).toMatchObject({ fault: { offset, what } });
});

test('a condition nested beyond reason is refused, not run out of stack', () => {
  for (const text of [`${'('.repeat(50_000)}selection`, `${'not '.repeat(50_000)}selection`])
    expect(parseCondition(text, searches)).toMatchObject({
      fault: { what: 'condition is nested more than 100 deep' },
    });
});

test('a list of conditions is linked with or', () => {
  const rule = ruleOf(`a:\n        x: 1\n    b:\n        x: 2\n    condition:\n        - a\n        - b`);
  expect(printCondition(rule.condition)).toBe('a or b');
  expect(verdict(rule, { x: 2 })).toBe(true);
  expect(verdict(rule, { x: 3 })).toBe(false);
  expect(problemsOf('a:\n        x: 1\n    condition: []')).toHaveLength(1);
  expect(problemsOf('a:\n        x: 1\n    condition: 3')[0]).toContain('`condition` is not a text');
});

test('the fault is placed in its file', () => {
  expect(problemsOf('a:\n        x: 1\n    condition: a and bb')[0]).toContain(
    'test.yml:7:22  condition names the search `bb`, which is not defined  defined are: a',
  );
});

const leaf = fc.oneof(
  fc.constantFrom(...searches).map((name): Condition => ({ kind: 'search', name })),
  fc
    .tuple(
      fc.constantFrom('1' as const, 'all' as const),
      fc.constantFrom('them', 'selection*', '*_*', 'filter_*'),
    )
    .map(([quantifier, pattern]) => parsed(`${quantifier} of ${pattern}`)),
);

const tree = fc.letrec<{ node: Condition }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('node').map((of): Condition => ({ kind: 'not', of })),
    fc
      .tuple(
        fc.constantFrom('and' as const, 'or' as const),
        fc.array(tie('node'), { minLength: 2, maxLength: 3 }),
      )
      .map(([kind, of]): Condition => ({ kind, of })),
  ),
})).node;

test('a printed condition is read back as the same tree', () => {
  fc.assert(
    fc.property(tree, (condition) => {
      expect(parsed(printCondition(condition))).toEqual(condition);
    }),
    { numRuns: 500 },
  );
});

/** An evaluator of its own: the printed text, searches replaced by their truth, rewritten until one word is left. */
function bruteForce(text: string, truth: ReadonlyMap<string, boolean>): boolean {
  const names = [...truth.keys()];
  let now = ` ${text} `.replaceAll(
    /(1|all) of (\S+?)(?=[\s)])/gu,
    (_, quantifier: string, pattern: string) => {
      const among = names.filter((name) => {
        if (pattern === 'them') return !name.startsWith('_');
        const [before = '', ...after] = pattern.split('*');
        const last = after.at(-1) ?? '';
        if (pattern === '*_*') return name.includes('_');
        return name.startsWith(before) && name.endsWith(last);
      });
      const count = among.filter((name) => truth.get(name) === true).length;
      return (quantifier === '1' ? count > 0 : count === among.length) ? 'T' : 'F';
    },
  );
  now = now.replaceAll(/[a-z_]{2,}/gu, (word) => {
    const value = truth.get(word);
    return value === undefined ? word : value ? 'T' : 'F';
  });
  const steps: readonly (readonly [RegExp, (found: string) => string])[] = [
    [/\(\s*[TF]\s*\)/u, (found) => (found.includes('T') ? 'T' : 'F')],
    [/not\s+[TF]/u, (found) => (found.endsWith('T') ? 'F' : 'T')],
    [/[TF]\s+and\s+[TF]/u, (found) => (found.includes('F') ? 'F' : 'T')],
    [
      /(?<=^\s*|\(\s*|or\s+)[TF]\s+or\s+[TF](?=\s*$|\s*\)|\s+or)/u,
      (found) => (found.includes('T') ? 'T' : 'F'),
    ],
  ];
  while (now.trim().length > 1) {
    const step = steps.find(([form]) => form.test(now));
    if (step === undefined) throw new Error(`stuck at ${now}`);
    now = now.replace(step[0], step[1]);
  }
  return now.trim() === 'T';
}

test('a condition holds exactly when rewriting its text by hand says so', () => {
  const truth = fc.array(fc.boolean(), { minLength: searches.length, maxLength: searches.length });
  fc.assert(
    fc.property(tree, truth, (condition, values) => {
      const given = new Map(searches.map((name, index) => [name, values[index] === true]));
      expect(holds(condition, (name) => given.get(name) === true)).toBe(
        bruteForce(printCondition(condition), given),
      );
    }),
    { numRuns: 1000 },
  );
});

test('any text is read or refused, never thrown over', () => {
  const words = fc.constantFrom(
    'and',
    'or',
    'not',
    '(',
    ')',
    '1',
    'all',
    'of',
    'them',
    'selection',
    '|',
    '*',
    'x',
    '\u0000',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join(' ')),
      ),
      (text) => {
        const result = parseCondition(text, searches);
        const offset = result.condition === undefined ? result.fault.offset : 0;
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(text.length);
      },
    ),
    { numRuns: 1000 },
  );
});
