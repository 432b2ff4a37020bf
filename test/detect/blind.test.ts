import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fieldsOf, missingFields, possibleTruth } from '../../src/detect/blind.ts';
import { resolveField } from '../../src/sigma/aliases/resolve.ts';
import type { Rule } from '../../src/sigma/ast.ts';
import { evaluate } from '../../src/sigma/evaluate.ts';
import { readPaths } from '../../src/sigma/fields.ts';
import { parseRule } from '../../src/sigma/parse.ts';
import { packs } from './engine/pairs.ts';

function ruleOf(detection: object): Rule {
  const text = JSON.stringify({ title: 'A test', logsource: { product: 'azure' }, detection });
  const { rule, problems } = parseRule(text, 'made.yml');
  if (rule === undefined) throw new Error(JSON.stringify(problems));
  return rule;
}
const seen =
  (...fields: readonly string[]) =>
  (field: string): boolean =>
    fields.includes(field);

test('a rule is blind when a field that it has to have was never seen', () => {
  const rule = ruleOf({ selection: { operation: 'Delete', caller: 'x' }, condition: 'selection' });
  expect(missingFields(rule, seen('operation'))).toEqual(['caller']);
  expect(missingFields(rule, seen('operation', 'caller'))).toBeUndefined();
});

test('either of two fields is enough when the rule asks for either, and both are named when neither was seen', () => {
  const rule = ruleOf({ a: { ip: '1' }, b: { host: '2' }, condition: 'a or b' });
  expect(missingFields(rule, seen('ip'))).toBeUndefined();
  expect(missingFields(rule, seen())).toEqual(['ip', 'host']);
  const both = ruleOf({ a: { ip: '1' }, b: { host: '2' }, condition: 'a and b' });
  expect(missingFields(both, seen())).toEqual(['ip', 'host']);
});

describe('a field that was never seen', () => {
  test.each([
    ['null', { f: null }, true],
    ['exists: false', { 'f|exists': false }, true],
    ['exists: true', { 'f|exists': true }, false],
    ['a negated text', { 'f|neq': 'x' }, true],
    ['a text', { f: 'x' }, false],
    ['a text or null', { f: ['x', 'y'] }, false],
    ['a number', { 'f|gt': 5 }, false],
    ['a network', { 'f|cidr': '192.0.2.0/24' }, false],
    ['a regular expression', { 'f|re': '.*' }, false],
    ['another field', { 'f|fieldref': 'g' }, false],
    ['the lack of another field', { 'f|fieldref|neq': 'g' }, true],
  ])('under a test for %s', (_, selection, truth) => {
    const rule = ruleOf({ selection, condition: 'selection' });
    expect(possibleTruth(rule, seen('g'))).toBe(truth);
    expect(possibleTruth(rule, seen('f', 'g'))).toBe('unknown');
    expect(possibleTruth(ruleOf({ selection, condition: 'not selection' }), seen('g'))).toBe(!truth);
  });

  test('that a seen one is compared with makes the comparison false', () => {
    const rule = ruleOf({ selection: { 'f|fieldref': 'g' }, condition: 'selection' });
    expect(missingFields(rule, seen('f'))).toEqual(['g']);
    expect(fieldsOf(rule)).toEqual(['f', 'g']);
  });
});

test('keywords are looked for in the whole record, so they are never blind', () => {
  expect(missingFields(ruleOf({ keywords: ['x'], condition: 'keywords' }), seen())).toBeUndefined();
});

test('a filter on a field that was never seen blinds nothing', () => {
  const rule = ruleOf({ selection: { f: 'x' }, filter: { g: 'y' }, condition: 'selection and not filter' });
  expect(missingFields(rule, seen('f'))).toBeUndefined();
});

test('whatever the rule, what is said of it holds for every record that has only the fields that were seen', () => {
  fc.assert(
    fc.property(packs(3, 4), ({ rules, records }) => {
      for (const rule of rules) {
        const isSeen = (field: string): boolean =>
          records.some((record) => readPaths(record, resolveField(rule.logSource, field)).length > 0);
        const truth = possibleTruth(rule, isSeen);
        if (truth === 'unknown') continue;
        for (const record of records) expect(evaluate(rule, record).matched).toBe(truth);
      }
    }),
    { numRuns: 300 },
  );
});

test('seeing more fields never blinds a rule', () => {
  fc.assert(
    fc.property(packs(2, 1), fc.infiniteStream(fc.boolean()), ({ rules }, coins) => {
      for (const rule of rules) {
        const few = new Set(fieldsOf(rule).filter(() => coins.next().value === true));
        const more = new Set(fieldsOf(rule).filter((field) => few.has(field) || coins.next().value === true));
        const before = possibleTruth(rule, (field) => few.has(field));
        const after = possibleTruth(rule, (field) => more.has(field));
        expect([before, 'unknown']).toContain(after);
      }
    }),
    { numRuns: 300 },
  );
});
