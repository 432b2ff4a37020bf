import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { demoDay } from '../../src/collect/demo/day.ts';
import { demoSettings } from '../../src/collect/demo/settings.ts';
import { answers } from '../../src/detect/detector.ts';
import { loadDetections } from '../../src/detect/load.ts';
import { createPrefilter } from '../../src/detect/prefilter.ts';
import type { Prefilter } from '../../src/detect/prefilter.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { eventClasses, normalisers } from '../../src/normalise/registry.ts';
import type { Condition, Rule } from '../../src/sigma/ast.ts';
import { compileRule } from '../../src/sigma/evaluate.ts';
import type { Evaluator } from '../../src/sigma/evaluate.ts';
import { ruleOf, selection } from '../sigma/support.ts';

const evaluators = new Map<Rule, Evaluator>();
function evaluatorOf(of: Rule): Evaluator {
  const known = evaluators.get(of) ?? compileRule(of);
  evaluators.set(of, known);
  return known;
}

/** The places of the rules that the plain evaluator says match. */
const matching = (rules: readonly Rule[]): ((record: JsonObject) => readonly number[]) => {
  const plainly = rules.map(evaluatorOf);
  return (record) => plainly.flatMap((evaluator, index) => (evaluator.evaluate(record).matched ? index : []));
};

/** The law, for one pack: over all records, no rule that matches is left out. */
function neverStrengthens(
  rules: readonly Rule[],
  prefilter: Prefilter,
  records: readonly JsonObject[],
): boolean {
  const matchesIn = matching(rules);
  return records.every((record) => {
    const candidates = new Set(prefilter(record));
    return matchesIn(record).every((index) => candidates.has(index));
  });
}

test('rules that ask for another operation are left out, in the order of the list', () => {
  const candidates = createPrefilter([
    selection('operationName: Delete'),
    selection('operationName: Write'),
    ruleOf(`
    selection:
        operationName|startswith: del
    filter:
        resultType: Failure
    condition: selection and not filter`),
    selection('callerIpAddress|cidr: 192.0.2.0/24'),
  ]);
  expect(candidates({ operationName: 'DELETE' })).toEqual([0, 2]);
  expect(candidates({ OperationName: 'delete', resultType: 'Failure' })).toEqual([0, 2]);
  expect(candidates({ operationName: 'Write', callerIpAddress: '192.0.2.7' })).toEqual([1, 3]);
  expect(candidates({})).toEqual([]);
});

describe('what one field does not settle stays open', () => {
  const open = (rule: Rule, record: JsonObject): boolean => createPrefilter([rule])(record).length === 1;
  test.each<[string, Rule, JsonObject]>([
    ['a list', selection('category: Audit'), { category: ['Other', 'Audit'] }],
    ['an object', selection('category|contains: audit'), { category: { kind: 'audit' } }],
    ['an absent field that a rule wants absent', selection('category: null'), {}],
    ['a null that a rule wants null', selection('category: null'), { category: null }],
    ['a number written as text', selection('level: 5'), { level: '5' }],
    ['a text that reads as a number', selection("level: '5'"), { level: 5 }],
    ['a comparison with another field', selection('a|fieldref: b'), { a: 'same', b: 'same' }],
    ['a field of another name that holds the same', selection('a.b: x'), { 'a.b': 'x' }],
    ['a list of objects on the way', selection('a.b: x'), { a: [{ b: 'y' }, { b: 'x' }] }],
  ])('%s', (_name, rule, record) => {
    expect(compileRule(rule).evaluate(record).matched).toBe(true);
    expect(open(rule, record)).toBe(true);
  });

  test('keywords', () => {
    const rule = ruleOf(`
    words:
        - secret
    condition: words`);
    expect(open(rule, { category: 'a secret' })).toBe(true);
  });
});

test('a field with more values than are remembered lets through what it has not met', () => {
  const rules = [selection('operationName: Value 9000'), selection('operationName|endswith: 1')];
  const candidates = createPrefilter(rules);
  for (let n = 0; n < 8000; n++) candidates({ operationName: `Value ${n}` });
  expect(candidates({ operationName: 'Value 9000' })).toContain(0);
  expect(candidates({ operationName: 'Value 9001' })).toContain(1);
  expect(candidates({ operationName: 'Value 5' })).toEqual([]);
  expect(candidates({ operationName: `${'x'.repeat(5000)}1` })).toContain(1);
});

const fields = ['category', 'Category', 'operationName', 'level', 'p.kind', 'p.q.kind'] as const;
const texts = ['Write', 'write', 'DELETE', 'x1', '5', '', 'null', 'true'];
const plain = fc.constantFrom<JsonValue>(...texts, 5, 0, true);
const values = fc.oneof({ weight: 11, arbitrary: plain }, { weight: 1, arbitrary: fc.constant(null) });
const aList = <T>(items: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(
    { weight: 2, arbitrary: items },
    { weight: 1, arbitrary: fc.array(items, { minLength: 2, maxLength: 3 }) },
  );

const line = fc.constantFrom(...fields).chain((field) =>
  fc.oneof(
    fc.oneof(aList(plain), fc.constant(null)).map((value): [string, JsonValue] => [field, value]),
    fc
      .tuple(
        fc.constantFrom('contains', 'startswith', 'endswith', 'cased', 'neq', 're'),
        aList(fc.constantFrom('rite', 'Write', 'x', '5')),
      )
      .map(([modifier, value]): [string, JsonValue] => [`${field}|${modifier}`, value]),
    fc.boolean().map((value): [string, JsonValue] => [`${field}|exists`, value]),
    fc.constantFrom(0, 5).map((value): [string, JsonValue] => [`${field}|gte`, value]),
    fc.constantFrom(...fields).map((other): [string, JsonValue] => [`${field}|fieldref`, other]),
  ),
);
const map = fc.array(line, { minLength: 1, maxLength: 3 }).map((lines) => Object.fromEntries(lines));
const search = fc.oneof(
  { weight: 4, arbitrary: map },
  { weight: 2, arbitrary: fc.array(map, { minLength: 2, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant(['rite']) },
);
const names = ['sel_a', 'sel_b', 'filter_c'];
const condition = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(...names, '1 of sel_*', 'all of sel_*', '1 of them', 'all of them', 'not 1 of filter_*'),
    fc
      .tuple(tie('node'), fc.constantFrom('and', 'or'), tie('node'))
      .map(([a, link, b]) => `(${a} ${link} ${b})`),
    tie('node').map((of) => `not (${of})`),
  ),
})).node;

/** YAML reads JSON, so the random rule is written as JSON. */
const rule = fc.tuple(search, search, search, condition).map(([a, b, c, text]) => {
  const mentioned = names.map((name) => `(${name} or not ${name})`).join(' and ');
  const parts = { sel_a: a, sel_b: b, filter_c: c, condition: `(${text}) and ${mentioned}` };
  return ruleOf(
    Object.entries(parts)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join('\n    '),
  );
});

const member = fc.oneof(
  { weight: 6, arbitrary: values },
  { weight: 1, arbitrary: fc.array(values, { maxLength: 3 }) },
  { weight: 1, arbitrary: values.map((kind) => ({ kind })) },
);
const record = fc
  .tuple(
    fc.boolean(),
    fc.record(
      {
        category: member,
        CATEGORY: member,
        operationName: member,
        OperationName: member,
        level: member,
        p: fc.oneof(member, fc.record({ kind: member, KIND: member, q: member }, { requiredKeys: [] })),
        'p.kind': member,
      },
      { requiredKeys: [] },
    ),
  )
  .map(([isReversed, object]): JsonObject => {
    const entries = Object.entries(object);
    // Of two spellings of a name, the first in the record is read.
    return Object.fromEntries(isReversed ? entries.toReversed() : entries);
  });

/** Reading a rule takes longer than asking it, so packs are drawn from a pool. Some are longer than a word has bits. */
const pool = fc.sample(rule, { numRuns: 600, seed: 7 });
const pack = fc
  .tuple(fc.array(fc.constantFrom(...pool), { minLength: 1, maxLength: 12 }), fc.constantFrom(1, 1, 1, 4))
  .map(([rules, times]) => Array.from({ length: times }, () => rules).flat());

const cases = fc.tuple(pack, fc.array(record, { minLength: 1, maxLength: 12 }));

/** True when no random pack and records tell the prefilter that `make` gives from one that keeps the law. */
const holds = (make: (rules: readonly Rule[]) => Prefilter): boolean =>
  !fc.check(
    fc.property(cases, ([rules, records]) => neverStrengthens(rules, make(rules), records)),
    { numRuns: 600, seed: 1, endOnFailure: true },
  ).failed;

describe('over random rules and records', () => {
  test('no rule that matches is left out, and something is left out', () => {
    let spared = 0;
    const counting = (rules: readonly Rule[]): Prefilter => {
      const candidates = createPrefilter(rules);
      return (given) => {
        const found = candidates(given);
        spared += rules.length - found.length;
        return found;
      };
    };
    expect(holds(counting)).toBe(true);
    expect(spared).toBeGreaterThan(1000);
  });

  const changed = (rules: readonly Rule[], change: (condition: Condition) => Condition): readonly Rule[] =>
    rules.map((one) => ({ ...one, condition: change(one.condition) }));
  const withoutNot = (of: Condition): Condition => {
    switch (of.kind) {
      case 'not':
        return withoutNot(of.of);
      case 'and':
      case 'or':
        return { ...of, of: of.of.map(withoutNot) };
      case 'search':
      case 'quantified':
        return of;
    }
  };
  const oneIsAll = (of: Condition): Condition => {
    switch (of.kind) {
      case 'not':
        return { ...of, of: oneIsAll(of.of) };
      case 'and':
      case 'or':
        return { ...of, of: of.of.map(oneIsAll) };
      case 'search':
        return of;
      case 'quantified':
        return { ...of, quantifier: 'all' };
    }
  };
  const cased = (rules: readonly Rule[]): readonly Rule[] =>
    JSON.parse(JSON.stringify(rules).replaceAll('"isCased":false', '"isCased":true')) as readonly Rule[];
  const firstMapOnly = (rules: readonly Rule[]): readonly Rule[] =>
    rules.map((one) => ({
      ...one,
      searches: one.searches.map((of) => (of.kind === 'maps' ? { ...of, maps: of.maps.slice(0, 1) } : of)),
    }));
  const members = (
    given: JsonObject,
    change: (value: JsonValue, key: string) => JsonValue | undefined,
  ): JsonObject =>
    Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, value === undefined ? value : change(value, key)]),
    );
  const onRecord =
    (change: (given: JsonObject) => JsonObject) =>
    (rules: readonly Rule[]): Prefilter => {
      const candidates = createPrefilter(rules);
      return (given) => candidates(change(given));
    };

  test.each<[string, (rules: readonly Rule[]) => Prefilter]>([
    ['overlooks `not`', (rules) => createPrefilter(changed(rules, withoutNot))],
    ['reads `1 of` as `all of`', (rules) => createPrefilter(changed(rules, oneIsAll))],
    ['minds letter case', (rules) => createPrefilter(cased(rules))],
    ['looks at the first of several maps alone', (rules) => createPrefilter(firstMapOnly(rules))],
    [
      'reads the first of a list alone',
      onRecord((given) =>
        members(given, (value) => (Array.isArray(value) ? (value[0] as JsonValue | undefined) : value)),
      ),
    ],
    ['takes null for a text', onRecord((given) => members(given, (value) => value ?? 'null'))],
    ['takes null for absent', onRecord((given) => members(given, (value) => value ?? undefined))],
    [
      'finds exactly spelled fields alone',
      onRecord((given) =>
        members(given, (value, key) => (key === 'OperationName' || key === 'CATEGORY' ? undefined : value)),
      ),
    ],
    [
      'goes into no object',
      onRecord((given) => members(given, (value) => (isJsonObject(value) ? undefined : value))),
    ],
    [
      'forgets the last rule of a word of bits',
      (rules) => (given) => createPrefilter(rules)(given).filter((index) => index !== 31),
    ],
    [
      'remembers a value under another field’s name',
      (rules) => {
        const candidates = createPrefilter(rules);
        let before: JsonObject = {};
        return (given) => {
          const mixed = { ...given, category: before['category'] ?? given['category'] };
          before = given;
          return candidates(mixed);
        };
      },
    ],
  ])('the property tells a prefilter that %s', (_name, planted) => {
    expect(holds(planted)).toBe(false);
  });
});

describe('over the shipped detections', () => {
  const { items } = loadDetections(readDetectionFolder('detections'));
  const normalise = createNormalise(normalisers);
  const day = [...demoDay(demoSettings.parse({ type: 'demo', records: 2000 }), 'demo')].flat();
  const records = day.flatMap((capture) =>
    normalise(capture).items.map(({ fields: of, record: read }) => ({ class: of.class, read })),
  );

  test.each(eventClasses.map((eventClass) => [eventClass.id, eventClass] as const))(
    '%s: records of a day, as they are and distorted, lose no match',
    (id, { logSources }) => {
      const rules = items
        .filter(({ detection }) => logSources.some((answered) => answers(answered, detection.logSource)))
        .map((item) => item.rule);
      const candidates = createPrefilter(rules);
      const own = records.filter((one) => one.class === id).map(({ read }) => read);
      const distorted = own.flatMap((read) =>
        Object.keys(read).flatMap((key): readonly JsonObject[] => [
          { ...read, [key]: undefined },
          { ...read, [key]: null },
          { ...read, [key]: [read[key] ?? null] },
        ]),
      );
      expect(neverStrengthens(rules, candidates, [...own, ...distorted.slice(0, 4000)])).toBe(true);
    },
  );
});
