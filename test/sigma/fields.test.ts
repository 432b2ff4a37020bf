import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { leavesOf, readField, textOf } from '../../src/sigma/fields.ts';

const record: JsonObject = {
  operationName: 'Update',
  'identity.name': 'flat',
  identity: { name: 'nested', Claims: { 'http://schemas.example.com/upn': 'ada@example.com', APPID: 'x' } },
  properties: {
    targetResources: [
      { type: 'User', modifiedProperties: [{ displayName: 'a' }, { displayName: 'b' }] },
      'odd',
      [{ type: 'Group', modifiedProperties: [] }],
      { modifiedProperties: [{ displayName: null }, { DisplayName: 'c' }] },
    ],
    tags: ['one', ['two']],
    a: { 'b.c': 1, b: { c: 2 } },
  },
};

test.each([
  ['operationName', ['Update']],
  ['OPERATIONNAME', ['Update']],
  ['identity.name', ['flat']],
  ['identity.claims.appid', ['x']],
  ['identity.claims.http://schemas.example.com/upn', ['ada@example.com']],
  ['properties.targetResources.type', ['User', 'Group']],
  ['properties.targetResources.modifiedProperties.displayName', ['a', 'b', null, 'c']],
  ['properties.tags', [['one', ['two']], 'one', 'two']],
  ['properties.a.b.c', [1]],
  ['properties.absent', []],
  ['operationName.deeper', []],
  ['properties.tags.0', []],
  ['', []],
  ['.', []],
  ['constructor', []],
  ['__proto__', []],
  ['properties.toString', []],
])('%s leads to %j', (path, values) => {
  expect(readField(record, path)).toEqual(values);
});

test('the exact key wins over one in another letter case', () => {
  expect(readField({ Level: 'upper', level: 'lower' }, 'level')).toEqual(['lower']);
  expect(readField({ Level: 'upper', LEVEL: 'shout' }, 'level')).toEqual(['upper']);
  expect(readField({ a: undefined }, 'a')).toEqual([]);
});

const key = fc.constantFrom('a', 'b', 'c', 'd');
const tree = fc.letrec<{ node: JsonValue }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<JsonValue>('x', 1, true, null),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 3 }),
  ),
})).node;

test('every leaf of a record is found by its own path, in any letter case', () => {
  fc.assert(
    fc.property(fc.dictionary(key, tree), (object) => {
      for (const { path, value } of leavesOf(object)) {
        expect(readField(object, path)).toContainEqual(value);
        expect(readField(object, path.toUpperCase())).toContainEqual(value);
      }
    }),
  );
});

test.each([
  ['text', 'text'],
  [0, '0'],
  [-0, '0'],
  [true, 'true'],
  [null, undefined],
  [{ a: [1, 'x'] }, '{"a":[1,"x"]}'],
  [[], '[]'],
])('%j is compared as %j', (value, text) => {
  expect(textOf(value)).toBe(text);
});
