import { expect, test } from 'vitest';
import { createEngine } from '../../../src/detect/engine/engine.ts';
import { createValueMap, forgetValues, putValue, valueFor } from '../../../src/detect/engine/value-map.ts';
import type { Value } from '../../../src/detect/engine/value-map.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { compileRule } from '../../../src/sigma/evaluate.ts';
import { ruleOf } from '../../sigma/support.ts';

const rules = [
  ruleOf(
    `\n    selection:\n        who|endswith: '7'\n        at.place|contains: north\n    condition: selection`,
  ),
  ruleOf(
    `\n    selection:\n        who: 'user 13'\n    filter:\n        at.code: 5\n    condition: selection and not filter`,
  ),
];
const evaluators = rules.map(compileRule);
const expected = (record: JsonObject): readonly number[] =>
  evaluators.flatMap((evaluator, place) => (evaluator.evaluate(record).matched ? place : []));

/** Says how many records match, and which the engine and the plain evaluator differ on, asked twice. */
function compareOn(records: readonly JsonObject[]): {
  readonly matches: number;
  readonly differ: readonly JsonObject[];
} {
  const engine = createEngine(rules);
  const differ = [...records, ...records].filter(
    (record) => engine(record).join(',') !== expected(record).join(','),
  );
  return { matches: records.filter((record) => expected(record).length > 0).length, differ };
}

test('more distinct values than are remembered make no difference', () => {
  const records = Array.from({ length: 3000 }, (_, nth) => ({
    who: `user ${nth % 1500}`,
    at: { place: nth % 3 === 0 ? `north ${nth}` : `south ${nth}`, code: nth % 7 },
  }));
  const { matches, differ } = compareOn(records);
  expect(matches).toBeGreaterThan(50);
  expect(differ).toEqual([]);
});

test('more kinds of records than are remembered make no difference', () => {
  const records = Array.from({ length: 1200 }, (_, nth) => {
    const more = { [`x${nth % 300}`]: nth, ...(nth % 5 === 0 ? { 'at.place': 'north by a dot' } : {}) };
    const at = { [`y${nth % 400}`]: 'north', place: 'North', code: nth % 6 };
    const named = nth % 2 === 0 ? { who: `user ${nth % 20}`, at } : { WHO: `user ${nth % 20}`, At: [at] };
    return nth % 3 === 0 ? { ...more, ...named } : { ...named, ...more };
  });
  const { matches, differ } = compareOn(records);
  expect(matches).toBeGreaterThan(50);
  expect(differ).toEqual([]);
});

test('an object that came before leads where it led, and one that is only like it does not', () => {
  const asksObjects = [
    ruleOf(`\n    selection:\n        at|contains: '"code":5'\n    condition: selection`),
    ruleOf(`\n    selection:\n        at|endswith: '"north"}'\n    condition: selection`),
  ];
  const engine = createEngine(asksObjects);
  const plain = asksObjects.map(compileRule);
  const objects: JsonObject[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((code): JsonObject[] => [
    { code, place: 'north' },
    { place: 'north', code },
    { code: String(code), place: 'north' },
    { code, place: null },
    { code, place: { of: 'north' } },
    { code, place: ['north'] },
    { code },
    {},
  ]);
  let matches = 0;
  for (let time = 0; time < 20; time++)
    for (const at of objects) {
      const wanted = plain.flatMap((evaluator, place) => (evaluator.evaluate({ at }).matched ? place : []));
      matches += wanted.length;
      expect(engine({ at })).toEqual(wanted);
    }
  expect(matches).toBeGreaterThan(400);
});

test('texts of all lengths that come in turn lead where they should', () => {
  const engine = createEngine(rules);
  const texts = Array.from({ length: 40 }, (_, nth) => `user ${'1'.repeat(nth % 9)}${nth}`);
  for (let time = 0; time < 40; time++)
    for (const who of texts) {
      const record = { who, at: { place: 'North', code: time % 7 } };
      expect(engine(record)).toEqual(expected(record));
    }
});

test('names that every object answers to are read as what a record has', () => {
  const engine = createEngine([
    ruleOf(`\n    selection:\n        constructor|exists: true\n    condition: selection`),
  ]);
  expect(engine({ a: 1 })).toEqual([]);
  expect(engine({ constructor: 'x' })).toEqual([0]);
  expect(engine(JSON.parse('{"__proto__":{"constructor":1}}') as JsonObject)).toEqual([]);
});

test('a map of values has every value that was put, whatever lies in its table', () => {
  const map = createValueMap<number>();
  const values: Value[] = [
    undefined,
    null,
    true,
    false,
    0,
    -0.5,
    1e300,
    '',
    ...Array.from({ length: 500 }, (_, nth) => `v${nth}`),
  ];
  for (const [place, value] of values.entries()) putValue(map, value, place);
  for (let time = 0; time < 3; time++)
    for (const [place, value] of values.entries()) expect(valueFor(map, value)).toBe(place);
  expect(valueFor(map, 'another')).toBeUndefined();
  forgetValues(map);
  expect(values.map((value) => valueFor(map, value)).every((found) => found === undefined)).toBe(true);
});

test('where a keyword stood last is asked first, and whatever stands there now is what counts', () => {
  const asksKeywords = [
    ruleOf(`\n    keywords:\n        - roles/assigned\n    condition: keywords`),
    ruleOf(`\n    keywords:\n        - groups/joined\n    condition: keywords`),
    ruleOf(
      `\n    selection:\n        b: x\n    keywords:\n        - roles/assigned\n    condition: selection and not keywords`,
    ),
  ];
  const records: readonly JsonObject[] = [
    { a: 'Roles/Assigned', b: 'x' },
    { a: 'Roles/Assigned', b: 'groups/joined' },
    { a: 'Roles/Assigne', b: 'x', c: 'roles/assigned' },
    { b: 'x', c: 'roles/assigned', a: 'groups/joined' },
    { a: ['groups/joined'], b: 'x' },
    { a: 'groups/joined', b: 'Roles/Assigned' },
    { b: 'Roles/Assigned' },
    { b: 'x', c: { a: 'Roles/Assigned' } },
    { a: 'nothing', b: 'x' },
  ];
  const engine = createEngine(asksKeywords);
  const plain = asksKeywords.map(compileRule);
  // In one message, so that each record is asked for what stands in any of them.
  const message = new TextEncoder().encode(JSON.stringify(records));
  const texts = [...records, ...records.toReversed(), ...records];
  expect(texts.map((record) => engine(record, message))).toEqual(
    texts.map((record) => plain.flatMap((rule, place) => (rule.evaluate(record).matched ? place : []))),
  );
});

test('texts that begin as none that is looked for are told by their first sign', () => {
  const byStart = [
    ruleOf(
      `\n    selection:\n        who|startswith:\n            - break\n            - '-x'\n    condition: selection`,
    ),
    ruleOf(`\n    selection:\n        who: [Kim, '{', ' ']\n    condition: selection`),
    ruleOf(`\n    selection:\n        who|cased: Zoë\n    condition: selection`),
    ruleOf(
      `\n    selection:\n        who: '*'\n    filter:\n        who: élan\n    condition: selection and not filter`,
    ),
    ruleOf(`\n    selection:\n        who: true\n    condition: selection`),
  ];
  const starts = [
    'break',
    'BREAK',
    ' Break',
    '\u2013X',
    '-x',
    '\u00a0kim',
    '\u212aim',
    'kIM ',
    'Zoë',
    'zoë',
    'élan',
    'ÉLAN',
    '',
    ' ',
    '{',
    'True',
    'other',
    '~',
    'é',
  ];
  const values = starts.flatMap((text) => [text, `${text}glass`, ` ${text}`, text.slice(1)]);
  const engine = createEngine(byStart);
  const plain = byStart.map(compileRule);
  const records = [...values, ...values].map((who) => ({ who }));
  const found = records.map((record) => engine(record));
  expect(new Set(found.flat()).size).toBe(byStart.length);
  expect(found).toEqual(
    records.map((record) => plain.flatMap((rule, place) => (rule.evaluate(record).matched ? place : []))),
  );
});

test('long texts that pass the same mean the same, in whatever order it stands in them, and others do not', () => {
  const words = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
  const asksWords = words.map((word) =>
    ruleOf(`\n    selection:\n        body|contains: '"${word}"'\n    condition: selection`),
  );
  const engine = createEngine(asksWords);
  const bodyOf = (nth: number): string =>
    Array.from({ length: 12 }, (_, at) => {
      const word = words[(nth * 7 + at * at * (nth % 5)) % 13];
      return word === undefined ? 'nothing of it' : `"${word}": ${'x'.repeat(20)}`;
    }).join(', ');
  const bodies = Array.from({ length: 400 }, (_, nth) => bodyOf(nth % 200));
  const found = bodies.map((body) => engine({ body }));
  expect(new Set(found.map((places) => places.join(' '))).size).toBeGreaterThan(16);
  expect(found).toEqual(
    bodies.map((body) => words.flatMap((word, place) => (body.includes(`"${word}"`) ? place : []))),
  );
});
