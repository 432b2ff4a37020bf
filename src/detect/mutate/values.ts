import type { Comparison, Pattern, Value, ValueTest } from '../../sigma/ast.ts';
import { describeTest } from '../../sigma/describe.ts';
import { affixed, literalPattern, printPattern, shapeOf } from '../../sigma/pattern.ts';
import type { Operator, Planted } from './mutant.ts';

/** Every fault that one value of a rule can be given: all its variants (`windash`, `base64offset`) change alike. */
export function valueFaults(value: Value): readonly Planted<Value>[] {
  return testOperators.flatMap(({ operator, change, equivalence = () => undefined }) => {
    const changed = value.anyOf.map((test) => change(test) ?? test);
    if (changed.every((test, index) => test === value.anyOf[index])) return [];
    return [
      {
        operator,
        at: value.at,
        before: wordsOf(value.anyOf),
        after: wordsOf(changed),
        part: { ...value, anyOf: changed },
        equivalence: equivalence(value.anyOf),
      },
    ];
  });
}

export const wordsOf = (tests: readonly ValueTest[]): string =>
  tests.slice(0, 1).map(describeTest).join('') +
  (tests.length > 1 ? ` (and ${tests.length - 1} forms of it)` : '');

interface TestOperator {
  readonly operator: Operator;
  /** The faulty test; undefined when it says nothing to a test of this kind. */
  readonly change: (test: ValueTest) => ValueTest | undefined;
  readonly equivalence?: (tests: readonly ValueTest[]) => string | undefined;
}

/** Changes what a text test asks, when it asks for one plain text. */
const onText =
  (change: (kind: 'equals' | 'startswith' | 'endswith' | 'contains', text: string) => Pattern | undefined) =>
  (test: ValueTest): ValueTest | undefined => {
    if (test.kind !== 'text') return undefined;
    const shape = shapeOf(test.pattern);
    if (shape.kind === 'present' || shape.kind === 'glob' || shape.text === '') return undefined;
    const pattern = change(shape.kind, shape.text);
    return pattern && { ...test, pattern };
  };

const onNumber =
  (change: (comparison: Comparison, value: number) => readonly [Comparison, number] | undefined) =>
  (test: ValueTest): ValueTest | undefined => {
    if (test.kind !== 'number') return undefined;
    const changed = change(test.comparison, test.value);
    return changed && { ...test, comparison: changed[0], value: changed[1] };
  };

const bounds = { eq: undefined, lt: 'lte', lte: 'lt', gt: 'gte', gte: 'gt' } as const;

const onNetwork =
  (by: 1 | -1) =>
  (test: ValueTest): ValueTest | undefined => {
    if (test.kind !== 'cidr') return undefined;
    const prefix = test.prefix + by;
    if (prefix < 0 || prefix > test.bytes.length * 8) return undefined;
    const bytes = test.bytes.map((byte, index) => byte & maskOf(prefix - index * 8));
    return { ...test, prefix, bytes, network: `${test.network}, taken as /${prefix}` };
  };

const maskOf = (bits: number): number => (bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff);

const hasLetters = (text: string): boolean => text.toUpperCase() !== text.toLowerCase();

const testOperators: readonly TestOperator[] = [
  {
    operator: 'swap-affix',
    change: onText((kind, text) => {
      if (kind === 'startswith') return affixed(literalPattern(text), 'endswith');
      return kind === 'endswith' ? affixed(literalPattern(text), 'startswith') : undefined;
    }),
  },
  {
    operator: 'loosen-affix',
    change: onText((kind, text) =>
      kind === 'contains' ? undefined : affixed(literalPattern(text), 'contains'),
    ),
  },
  {
    operator: 'tighten-affix',
    change: onText((kind, text) => (kind === 'equals' ? undefined : literalPattern(text))),
  },
  {
    operator: 'loosen-text',
    change: onText((kind, text) => {
      const half = literalPattern(text.slice(0, Math.ceil(text.length / 2)));
      if (text.length < 2) return undefined;
      return affixed(half, kind === 'contains' || kind === 'endswith' ? 'contains' : 'startswith');
    }),
  },
  {
    // Only where the rule says `cased`: that it does not, is no modifier that could be forgotten.
    operator: 'flip-cased',
    change: (test) => (test.kind === 'text' && test.isCased ? { ...test, isCased: false } : undefined),
    equivalence: (tests) =>
      tests.some((test) => test.kind === 'text' && hasLetters(printPattern(test.pattern)))
        ? undefined
        : 'the text has no letters',
  },
  {
    operator: 'shift-bound',
    change: onNumber((comparison, value) => {
      const other = bounds[comparison];
      return other && [other, value];
    }),
  },
  { operator: 'shift-number', change: onNumber((comparison, value) => [comparison, value + 1]) },
  {
    operator: 'loosen-regex',
    change: (test) => (test.kind === 'regex' ? { ...test, source: '' } : undefined),
  },
  {
    operator: 'flip-exists',
    change: (test) => (test.kind === 'exists' ? { ...test, expected: !test.expected } : undefined),
  },
  {
    operator: 'flip-boolean',
    change: (test) => (test.kind === 'boolean' ? { ...test, value: !test.value } : undefined),
  },
  { operator: 'widen-network', change: onNetwork(-1) },
  { operator: 'narrow-network', change: onNetwork(1) },
];
