import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainDetection } from '../../src/detect/explain.ts';
import { nearestMatch } from '../../src/detect/explain-nearest.ts';
import { loadDetections } from '../../src/detect/load.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { evaluate } from '../../src/sigma/evaluate.ts';
import { packs } from './engine/pairs.ts';

const file = (name: string, body: object) => ({
  file: `${name}.yml`,
  text: JSON.stringify({ title: name, logsource: { product: 'azure', service: 'signinlogs' }, ...body }),
});
const rule = (detection: object) => file('rule', { name: 'rule', detection });

function explained(record: JsonObject, ...files: readonly ReturnType<typeof file>[]) {
  const { items, problems } = loadDetections(files, { strict: false });
  expect(problems).toEqual([]);
  const [item] = items;
  if (item === undefined) throw new Error('no rule');
  return explainDetection(item, { id: 'e', record });
}
const nearest = (selection: JsonObject, record: JsonObject) =>
  explained(record, rule({ selection, condition: 'selection' })).nearest;

test('a miss names the test that stands between, the wanted value that is nearest, and what differs', () => {
  expect(nearest({ a: ['DELETE/KEYS', 'READ'], b: 'x' }, { a: 'delete/secrets', b: 'x' })).toEqual([
    {
      search: 'selection',
      alternative: 0,
      field: 'a',
      test: 'equals DELETE/KEYS or equals READ',
      is: 'fails',
      places: [
        { path: 'a', values: ['delete/secrets'] },
        { path: 'properties.a', values: [] },
      ],
      closest: { wanted: 'equals DELETE/KEYS', seen: 'delete/secrets', why: 'the same up to "DELETE/"' },
    },
  ]);
});

test('a match has nothing nearest, and says where a field was read and that folding made it fit', () => {
  const {
    matched,
    nearest: left,
    fields,
  } = explained(
    { resultType: '0', properties: { userPrincipalName: 'Ada@EXAMPLE.com' } },
    rule({ selection: { ResultType: 0, UserPrincipalName: 'ada@example.com' }, condition: 'selection' }),
  );
  expect([matched, left]).toEqual([true, []]);
  expect(fields).toEqual([
    { field: 'ResultType', places: [{ path: 'resultType', values: ['0'] }], isFolded: false },
    {
      field: 'UserPrincipalName',
      places: [{ path: 'properties.userPrincipalName', values: ['Ada@EXAMPLE.com'] }],
      isFolded: true,
    },
  ]);
});

describe('what lies between a value and a test', () => {
  const rows: readonly (readonly [string, string, JsonValue, JsonValue, string])[] = [
    ['a field that is not there', 'a', 'x', {}, 'nothing is there'],
    ['null', 'a', 'x', null, 'it is null'],
    ['letter case', 'a|cased', 'Write', 'WRITE', 'only letter case differs, and `cased` makes it count'],
    ['text around it', 'a', 'write', 'rewrite!', 'it has this and more, and has to be this alone'],
    ['a start elsewhere', 'a|startswith', 'write', 'rewrite', 'it has this, but does not start with it'],
    ['an end elsewhere', 'a|endswith', 'write', 'writes', 'it has this, but does not end with it'],
    ['another end', 'a', 'vaults/write', 'vaults/delete', 'the same up to "vaults/"'],
    ['another start', 'a', 'key/action', 'secret/action', 'the same from "/action" on'],
    ['nothing in common', 'a', 'x', 'y', 'another text'],
    ['a pattern', 'a', 'x*y*z', 'xz', 'the pattern does not fit the whole of it'],
    ['another number', 'a|gt', 5, 3, 'the number is another'],
    ['no number', 'a|gt', 5, 'many', 'it is no number'],
    ['another network', 'a|cidr', '192.0.2.0/24', '198.51.100.1', 'the address lies outside, or is none'],
    ['another pattern', 'a|re', '^x', 'y', 'the pattern is nowhere in it'],
    ['another truth', 'a', true, false, 'it is another truth value, or none'],
    ['a value', 'a', null, 'y', 'it has a value'],
    ['presence', 'a|exists', false, 'y', 'it is there'],
    ['another field', 'a|fieldref', 'b', 'y', 'the field b has another value, or none'],
  ];
  test.each(rows)('%s', (_, key, wanted, seen, why) => {
    const [obstacle] = nearest({ [key]: wanted }, why === 'nothing is there' ? {} : { a: seen });
    expect(obstacle?.closest?.why).toBe(why);
  });

  test('the nearest of many wanted values is chosen against every value that is there', () => {
    const [obstacle] = nearest(
      { a: ['alpha', 'vaults/keys/purge', 'zeta'] },
      { a: ['other', 'vaults/keys/get'] },
    );
    expect(obstacle?.closest).toMatchObject({ wanted: 'equals vaults/keys/purge', seen: 'vaults/keys/get' });
  });
});

test('of alternatives the one with the fewest failing tests is nearest', () => {
  const detection = {
    far: { a: 1, b: 2, c: 3 },
    near: [
      { a: 1, b: 9 },
      { a: 2, b: 2 },
    ],
    condition: 'far or near',
  };
  expect(explained({ a: '1', b: '2' }, rule(detection)).nearest).toMatchObject([
    { search: 'far', field: 'c', is: 'fails' },
  ]);
});

test('what must not be and is, is said so', () => {
  const detection = { selection: { a: 1 }, not_this: { b: 2 }, condition: 'selection and not not_this' };
  expect(explained({ a: '1', b: '2' }, rule(detection)).nearest).toMatchObject([
    { search: 'not_this', field: 'b', is: 'fits', closest: undefined },
  ]);
});

test('keywords are looked for anywhere', () => {
  const { nearest: left } = explained({ a: 'y' }, rule({ keywords: ['x'], condition: 'keywords' }));
  expect(left).toMatchObject([{ field: '(any field)', is: 'fails', places: [] }]);
});

test('the filter that took a match away is named; one that did not is not accused', () => {
  const filterFor = (name: string, selection: object) =>
    file(name, { filter: { rules: ['rule'], selection, condition: 'selection' } });
  const record = { a: '1', user: 'ada' };
  const files = [
    rule({ selection: { a: 1 }, condition: 'selection' }),
    filterFor('by_user', { user: 'ada' }),
    filterFor('other', { user: 'ben' }),
  ];
  const { matched, filters, nearest: left } = explained(record, ...files);
  expect(matched).toBe(false);
  expect(filters).toEqual([
    { title: 'by_user', file: 'by_user.yml', takesAway: true },
    { title: 'other', file: 'other.yml', takesAway: false },
  ]);
  expect(left).toMatchObject([{ search: 'filter 1: selection', field: 'user', is: 'fits' }]);
  expect(explained({ user: 'ada' }, ...files).filters.some(({ takesAway }) => takesAway)).toBe(false);
});

test('whatever the rule and the record: nothing is nearest to a match, and something always to a miss', () => {
  fc.assert(
    fc.property(packs(2, 4), ({ rules, records }) => {
      for (const made of rules)
        for (const record of records)
          expect(nearestMatch(made, record).length === 0).toBe(evaluate(made, record).matched);
    }),
    { numRuns: 150 },
  );
});
