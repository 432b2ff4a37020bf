import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, isJsonObject } from '../../src/lib/json.ts';
import type { JsonValue } from '../../src/lib/json.ts';

test('canonical JSON sorts keys, drops undefined and white space', () => {
  expect(canonicalJson({ b: [1, 'x', null], a: { d: true, c: undefined } })).toBe(
    '{"a":{"d":true},"b":[1,"x",null]}',
  );
});

test('the same value gives the same text whatever the order of its keys, and parses back to it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      const reversed = JSON.parse(text, (_key, part: unknown) =>
        isJsonObject(part) ? Object.fromEntries(Object.entries(part).toReversed()) : part,
      ) as JsonValue;
      expect(canonicalJson(reversed)).toBe(text);
    }),
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%s has no JSON and is refused', (value) => {
  expect(() => canonicalJson(value)).toThrow(TypeError);
});
