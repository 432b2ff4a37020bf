import { expect, test } from 'vitest';
import { evaluate, explain } from '../../src/sigma/evaluate.ts';
import { ruleOf, selection, verdict } from './support.ts';

test('a rule reads an event and says which fields made it match', () => {
  const rule = ruleOf(`
    selection:
        operationName|endswith: '/diagnosticSettings/delete'
        properties.statusCode: 200
    filter:
        caller|cidr: 192.0.2.0/24
    condition: selection and not filter`);
  const record = {
    operationName: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE',
    properties: { statusCode: '200' },
    caller: '203.0.113.9',
  };

  expect(evaluate(rule, record)).toEqual({
    matched: true,
    why: [
      {
        field: 'operationName',
        value: 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE',
        test: 'endswith /diagnosticSettings/delete',
      },
      { field: 'properties.statusCode', value: '200', test: 'equals 200' },
    ],
  });
  expect(evaluate(rule, { ...record, caller: '192.0.2.7' })).toEqual({ matched: false, why: [] });
});

test('a miss is explained down to every test, with what the event has there', () => {
  const rule = ruleOf(`
    selection:
        - operationName: Delete
          level|gte: 3
        - operationName: Purge
    keywords:
        - secret
    condition: selection or keywords`);

  expect(explain(rule, { operationName: 'Delete', level: 2 })).toEqual({
    matched: false,
    searches: [
      { name: 'selection', passed: false },
      { name: 'keywords', passed: false },
    ],
    leaves: [
      {
        search: 'selection',
        alternative: 0,
        field: 'operationName',
        test: 'equals Delete',
        actual: ['Delete'],
        passed: true,
      },
      { search: 'selection', alternative: 0, field: 'level', test: '>= 3', actual: ['2'], passed: false },
      {
        search: 'selection',
        alternative: 1,
        field: 'operationName',
        test: 'equals Purge',
        actual: ['Delete'],
        passed: false,
      },
      {
        search: 'keywords',
        alternative: 0,
        field: '(any field)',
        test: 'contains secret',
        actual: [],
        passed: false,
      },
    ],
  });
});

test.each([
  ["field: ''", { field: '' }, true],
  ["field: ''", {}, false],
  ["field: ''", { field: null }, false],
  ['field: null', { field: null }, true],
  ['field: null', {}, true],
  ['field: null', { field: '' }, false],
  ['field: null', { field: [] }, false],
  ['field: null', { field: ['a', null] }, true],
  ["field: '*'", { field: '' }, true],
  ["field: '*'", { field: null }, false],
  ["field: '*'", {}, false],
  ['field: 0', { field: '0' }, true],
  ['field: 0', { field: 0 }, true],
  ["field: '0'", { field: 0 }, true],
  ['field: 0', { field: '' }, false],
  ['field: 0', { field: false }, false],
  ['field: 50140', { field: '50140' }, true],
  ['field: 50140', { field: '50140 ' }, true],
  ['field: true', { field: true }, true],
  ['field: true', { field: 'True' }, true],
  ["field: 'TRUE'", { field: true }, true],
  ['field: false', { field: 0 }, false],
  ['field: Straße', { field: 'STRAßE' }, true],
  ['field: ΑΣ', { field: 'ας' }, true],
  [
    "field: 'Update application – Certificates and secrets management '",
    { field: 'update application – certificates and secrets management ' },
    true,
  ],
  ['field: Update application', { field: 'Update application ' }, true],
  ['field|cased: Update application', { field: 'Update application ' }, false],
  ['field|contains: \'"State":0\'', { field: { State: 0 } }, true],
  ["field: '[]'", { field: [] }, true],
  ['field: b', { field: ['a', ['b']] }, true],
  ['field|all: [a, b]', { field: ['b', 'a'] }, true],
  ['field|all: [a, b]', { field: 'a' }, false],
])('%s on %j is %s', (line, record, expected) => {
  expect(verdict(selection(line), record)).toBe(expected);
});

test('keywords are looked for in every text of the event, in its keys, and in numbers', () => {
  const keyword = (value: string) => ruleOf(`keywords:\n        - ${value}\n    condition: keywords`);
  const record = { a: [{ b: 'C:\\Temp "x"' }], c: 42, d: null, Nested: { flag: true } };

  expect(verdict(keyword(String.raw`'temp "x"'`), record)).toBe(true);
  expect(verdict(keyword(String.raw`'c:\temp'`), record)).toBe(true);
  expect(verdict(keyword('42'), record)).toBe(true);
  expect(verdict(keyword(`'"flag":true'`), record)).toBe(true);
  expect(verdict(keyword('nested'), record)).toBe(true);
  expect(verdict(keyword('absent'), record)).toBe(false);
  expect(evaluate(keyword('temp'), record).why).toEqual([
    { field: 'a.b', value: 'C:\\Temp "x"', test: 'contains temp' },
  ]);
});

test("'|all' wants every keyword, wherever each stands", () => {
  const rule = ruleOf(`keywords:\n        '|all': [one, two]\n    condition: keywords`);
  expect(verdict(rule, { a: 'One', b: { c: 'TWO' } })).toBe(true);
  expect(verdict(rule, { a: 'one' })).toBe(false);
});

test('a negated search gives no reason for a match', () => {
  const rule = ruleOf(`a:\n        x: 1\n    b:\n        y: 2\n    condition: a or not b`);
  expect(evaluate(rule, {})).toEqual({ matched: true, why: [] });
  expect(evaluate(rule, { x: 1, y: 2 }).why.map(({ field }) => field)).toEqual(['x']);
  expect(
    evaluate(ruleOf(`a:\n        x: 1\n    b:\n        y: 2\n    condition: all of them`), { x: 1, y: 2 })
      .why,
  ).toHaveLength(2);
});

test('shown values are cut to 200 characters and never in the middle of one', () => {
  const long = `${'x'.repeat(199)}😀tail`;
  const [why] = evaluate(selection('field|contains: tail'), { field: long }).why;
  expect(why?.value).toBe('x'.repeat(199));
  expect(evaluate(selection('field: null'), {}).why[0]?.value).toBe('(not there)');
});

test('an array of very many elements is read without an error', () => {
  const many = Array.from({ length: 150_000 }, (_, index) =>
    index === 149_999 ? { b: 'needle' } : { b: 1 },
  );
  expect(verdict(selection('a.b: needle'), { a: [many] })).toBe(true);
  expect(verdict(selection('a|contains: needle'), { a: many })).toBe(true);
  expect(verdict(ruleOf('k:\n        - needle\n    condition: k'), { a: many })).toBe(true);
});

test('a record nested beyond all reason is read without an error', () => {
  const depth = 20_000;
  const deep = JSON.parse(`{"a":${'['.repeat(depth)}"needle"${']'.repeat(depth)}}`) as Record<string, never>;
  expect(verdict(selection('a: needle'), deep)).toBe(true);
  expect(verdict(ruleOf('k:\n        - needle\n    condition: k'), deep)).toBe(true);
  expect(explain(selection('a|contains: x'), deep).leaves[0]?.actual[0]).toBe('(nested too deep to show)');
});
