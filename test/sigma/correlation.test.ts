import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../src/lib/errors.ts';
import { parseCorrelationText } from '../../src/sigma/correlation.ts';
import { resolveCorrelations } from '../../src/sigma/correlation-resolve.ts';
import { corpusFolder } from '../support/corpus.ts';
import { sigmaSchema } from '../support/sigma-schema.ts';

const head = 'title: Many failed logins\ncorrelation:\n';
const whole = `${head}    type: event_count
    rules:
        - failed_login
    group-by:
        - User
    timespan: 10m
    condition:
        gte: 10
`;

/** The whole correlation with some texts replaced. */
const changed = (changes: Readonly<Record<string, string>>): string =>
  Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`no ${from}`);
    return text.replace(from, to);
  }, whole);

const problemsOf = (text: string): readonly string[] =>
  parseCorrelationText(text, 'c.yml').problems.map(formatProblem);

test('a correlation is read with its type, rules, groups, window and condition', () => {
  const { correlation, problems } = parseCorrelationText(whole, 'c.yml');
  expect(problems).toEqual([]);
  expect(correlation).toMatchObject({
    file: 'c.yml',
    title: 'Many failed logins',
    type: 'event_count',
    rules: [{ text: 'failed_login', at: { line: 5, column: 11 } }],
    groupBy: [{ name: 'User' }],
    timespan: '10m',
    timespanMs: 600_000,
    condition: { measure: { kind: 'events' }, bounds: [{ comparison: 'gte', value: 10 }], isImplied: false },
    generate: false,
  });
  expect(Object.isFrozen(correlation?.condition.bounds[0])).toBe(true);
});

const samples = corpusFolder('sigma-schema-samples/correlation');
test.skipIf(samples === undefined)(
  "the specification's own samples load, and are valid by its JSON Schema",
  () => {
    const check = sigmaSchema('correlation-rules');
    const files = readdirSync(samples ?? '');
    expect(files.length).toBe(8);
    for (const file of files) {
      const text = readFileSync(join(samples ?? '', file), 'utf8');
      expect(problemsOf(text)).toEqual([]);
      expect(check?.(text)).toEqual([]);
    }
  },
);

test.each([
  ['gt: 100\n        lte: 200', ['gt', 'lte']],
  ['neq: 3\n        gte: 1', ['neq', 'gte']],
])('a range is a conjunction: %s', (stated, comparisons) => {
  const { correlation } = parseCorrelationText(changed({ 'gte: 10': stated }), 'c.yml');
  expect(correlation?.condition.bounds.map(({ comparison }) => comparison)).toEqual(comparisons);
});

test('a temporal correlation without a condition wants all of its rules', () => {
  const text = changed({ event_count: 'temporal_ordered', '- failed_login': '- aa\n        - bb' }).replace(
    / {4}condition[^]*/u,
    '',
  );
  expect(parseCorrelationText(text, 'c.yml').correlation?.condition).toMatchObject({
    measure: { kind: 'rules', isOrdered: true },
    bounds: [{ comparison: 'gte', value: 2 }],
    isImplied: true,
  });
});

test('value_percentile compares a percentile when one is named, else the share of a value', () => {
  const of = (condition: string) =>
    parseCorrelationText(changed({ event_count: 'value_percentile', 'gte: 10': condition }), 'c.yml')
      .correlation?.condition.measure;
  expect(of('field: n\n        percentile: 95\n        gt: 2.5')).toEqual({
    kind: 'percentile',
    field: 'n',
    percentile: 95,
  });
  expect(of('field: Image\n        lte: 1')).toEqual({ kind: 'share', field: 'Image' });
});

test.each([
  ['beside `correlation`', `${whole}generate: true\n`],
  ['inside it, where pySigma has it', `${whole}    generate: true\n`],
])('generate counts %s', (_, text) => {
  expect(parseCorrelationText(text, 'c.yml').correlation?.generate).toBe(true);
});

describe('what is wrong is told with its place', () => {
  test.each([
    [{ event_count: 'value_median' }, 'c.yml:3:11  `type` is no correlation type of Sigma'],
    [{ '10m': '10w' }, 'c.yml:8:15  `timespan` is not a number with a unit  write it like 90s'],
    [{ '10m': '1h30m' }, 'c.yml:8:15  `timespan` is not a number with a unit'],
    [{ '10m': '0s' }, 'c.yml:8:15  `timespan` is not a number with a unit'],
    [{ '10m': '400d' }, 'c.yml:8:15  `timespan` is longer than 90d'],
    [{ '    timespan: 10m\n': '' }, 'c.yml:3:5  `timespan` is missing'],
    [{ '    group-by:\n        - User\n': '' }, 'c.yml:3:5  `group-by` is missing'],
    [{ '- User': '- User\n        - User' }, 'c.yml:8:11  `group-by` names `User` twice'],
    [{ '- failed_login': '- 7' }, 'c.yml:5:11  `rules` holds something that is no name'],
    [{ '\n        - failed_login': ' failed_login' }, 'c.yml:4:12  `rules` is not a list'],
    [{ 'gte: 10': 'above: 10' }, 'c.yml:10:9  unknown criterion `above`'],
    [{ 'gte: 10': "gte: '10'" }, 'c.yml:10:14  `gte` is not a whole number'],
    [{ 'gte: 10': 'gte: 2.5' }, 'c.yml:10:14  `gte` is not a whole number'],
    [{ 'gte: 10': 'field: User\n        gte: 10' }, 'c.yml:10:9  `field` means nothing to event_count'],
    [
      { 'gte: 10': 'eq: 0' },
      'c.yml:9:5  `condition` can never be true  a window is looked at when an event falls',
    ],
    [{ 'gte: 10': 'lt: 1' }, 'c.yml:9:5  `condition` can never be true'],
    [{ 'gte: 10': 'gt: 5\n        lt: 6' }, 'c.yml:9:5  `condition` can never be true'],
    [{ 'gte: 10': 'eq: 3\n        neq: 3' }, 'c.yml:9:5  `condition` can never be true'],
    [{ event_count: 'temporal' }, 'c.yml:9:5  `condition` can never be true  at most 1 rules can match'],
    [{ event_count: 'value_count' }, 'c.yml:10:9  `field` is missing in `condition`'],
    [
      { event_count: 'value_sum', 'gte: 10': 'field: [a, b]\n        gt: 1' },
      'c.yml:10:9  value_sum takes one field',
    ],
    [
      { event_count: 'value_count', 'gte: 10': 'field: [a, a]\n        gt: 1' },
      'c.yml:10:16  `field` names a field twice',
    ],
    [
      { event_count: 'value_percentile', 'gte: 10': 'field: a\n        percentile: 101\n        gt: 1' },
      'c.yml:11:21  `percentile` is not a number from 0 to 100',
    ],
    [
      { 'gte: 10': 'percentile: 50\n        gte: 10' },
      'c.yml:10:9  `percentile` means nothing to event_count',
    ],
    [{ event_count: 'value_sum', 'gte: 10': 'field: a' }, 'c.yml:9:5  `condition` compares nothing'],
    [{ '    condition:\n        gte: 10\n': '' }, 'c.yml:3:5  `condition` is missing'],
    [{ 'condition:\n        gte: 10': 'condition: gte 10' }, 'c.yml:9:16  `condition` is not a map'],
    [{ '    condition': '    window: 5m\n    condition' }, 'c.yml:9:5  unknown key `window`'],
    [{ '    condition': '    aliases: [a]\n    condition' }, 'c.yml:9:14  `aliases` is not a map'],
    [
      { '    condition': '    aliases:\n        ip: source\n    condition' },
      'c.yml:10:13  alias `ip` is not a map of rules and fields',
    ],
    [{ title: 'logsource: {product: azure}\ntitle' }, 'c.yml:1:1  a correlation has no `logsource`'],
    [{ title: 'generate: maybe\ntitle' }, 'c.yml:1:11  `generate` is neither true nor false'],
    [
      { title: 'generate: true\ntitle', '    condition': '    generate: false\n    condition' },
      'c.yml:10:5  `generate` stands in two places and differs',
    ],
    [{ 'title: Many failed logins\n': '' }, 'c.yml:1:1  `title` is missing'],
  ])('%j', (changes, expected) => {
    expect(problemsOf(changed(changes as Record<string, string>)).join('\n')).toContain(expected);
  });

  test('no text makes the parser throw', () => {
    const tokens = [
      'correlation',
      ':',
      '\n',
      '  ',
      '- ',
      'type',
      'rules',
      'event_count',
      '[',
      ']',
      '{',
      '}',
      '10m',
      '7',
      "'",
      'condition',
      'gte',
      'null',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...tokens), fc.string({ maxLength: 4 })), { maxLength: 40 }),
        (parts) => {
          const { correlation, problems } = parseCorrelationText(parts.join(''), 'c.yml');
          expect(correlation === undefined ? problems.length : 1).toBeGreaterThan(0);
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('references', () => {
  const rule = (name: string, id?: string) => ({ file: `${name}.yml`, id, name });
  const named = (name: string, rules: string, more = '') => {
    const { correlation, problems } = parseCorrelationText(
      `title: ${name}\nname: ${name}\ncorrelation:\n    type: temporal\n    rules: ${rules}\n    group-by: [u]\n    timespan: 5m\n${more}`,
      `${name}.yml`,
    );
    if (correlation === undefined) throw new Error(problems.map(formatProblem).join('\n'));
    return correlation;
  };
  const idA = '00000000-0000-4000-8000-00000000000a';
  const rules = [rule('ra', idA), rule('rb'), rule('same'), { ...rule('same'), file: 'other.yml' }];
  const problemsIn = (...correlations: readonly ReturnType<typeof named>[]): readonly string[] =>
    resolveCorrelations(correlations, rules).problems.map(formatProblem);

  test('go by id or by name, to rules and to correlations, and come in an order that can be computed', () => {
    const [top, below] = [named('top', '[below, rb]'), named('below', `[${idA.toUpperCase()}, rb]`)];
    const { items, problems, silent } = resolveCorrelations([top, below], rules);
    expect(problems).toEqual([]);
    expect(items.map(({ correlation }) => correlation.title)).toEqual(['below', 'top']);
    expect(items[0]?.rules[0]).toMatchObject({ kind: 'rule', rule: { name: 'ra' } });
    expect(items[1]?.rules[0]).toMatchObject({ kind: 'correlation', correlation: { title: 'below' } });
    expect([...silent].map(({ file }) => file).toSorted()).toEqual(['below.yml', 'ra.yml', 'rb.yml']);
  });

  test('a rule that one correlation generates is not silent, whatever others say', () => {
    const { silent } = resolveCorrelations(
      [named('c1', '[ra, rb]'), named('c2', '[ra]', 'generate: true\n')],
      rules,
    );
    expect([...silent].map(({ file }) => file)).toEqual(['rb.yml']);
  });

  test.each([
    [['[missing, rb]'], 'c0.yml:5:13  no rule has the id or name `missing`'],
    [['[same, rb]'], 'c0.yml:5:13  `same` names 2 rules: same.yml, other.yml  use the id'],
    [
      [`[ra, ${idA}]`],
      'c0.yml:5:17  `00000000-0000-4000-8000-00000000000a` names a rule that is named before',
    ],
    [['[c1, ra]', '[c0, rb]'], '`c0` leads back to itself'],
    [['[c0, ra]'], 'c0.yml:3:1  `c0` leads back to itself  break the circle of references'],
    [['[ra, rb]\n    aliases: {u: {ra: x}}'], 'c0.yml:6:15  alias `u` says no field for `rb`'],
    [['[ra, rb]\n    aliases: {u: {ra: x, rb: y, rc: z}}'], 'c0.yml:6:33  `rc` is none of this correlation'],
    [['[ra, rb]\n    aliases: {u: {ra: x, rb: y}, v: {ra: x, rb: y}}'], 'c0.yml:6:34  alias `v` is not used'],
    [
      ['[ra, rb]\n    aliases: {u: {ra: x, rb: y, 00000000-0000-4000-8000-00000000000a: z}}'],
      'stands in the alias twice',
    ],
  ])('%j is refused', (lists, expected) => {
    expect(problemsIn(...lists.map((list, index) => named(`c${index}`, list))).join('\n')).toContain(
      expected,
    );
  });
});
