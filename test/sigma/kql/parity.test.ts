import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parse } from 'yaml';
import { loadDetections } from '../../../src/detect/load.ts';
import { readDetectionFolder } from '../../../src/detect/read-folder.ts';
import { isJsonObject } from '../../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { evaluate } from '../../../src/sigma/evaluate.ts';
import { compileToKql } from '../../../src/sigma/kql.ts';
import type { CompiledKql } from '../../../src/sigma/kql.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { runKql } from '../../support/kql-evaluator.ts';
import { rowOf } from '../../support/kql-rows.ts';
import type { Row } from '../../support/kql-rows.ts';

/** What tells a record's table, and is not a field of the record. */
const tableMarks: Readonly<Record<string, Row>> = {
  openai: { ResourceProvider: 'MICROSOFT.COGNITIVESERVICES' },
  keyvault: { ResourceProvider: 'MICROSOFT.KEYVAULT' },
  defender_alert: { ProductName: 'Azure Security Center' },
};

const compiled = (rule: Rule): CompiledKql => {
  const result = compileToKql(rule);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  return result;
};

/** Rows that the query gives for a record, for each table that the record may have been written to. */
const verdicts = ({ query, source }: CompiledKql, record: JsonObject): readonly boolean[] => {
  const marks = tableMarks[source.logSource.service ?? ''] ?? {};
  return source.branches.flatMap((branch) => {
    const row = rowOf(branch, record, marks);
    if (row === undefined) return [];
    return [runKql(query, (table) => (table === branch.table ? [row] : [])).length > 0];
  });
};

function asRead(record: JsonObject): JsonObject {
  const { properties } = record;
  if (typeof properties !== 'string') return record;
  const parsed = JSON.parse(properties) as JsonValue;
  return isJsonObject(parsed) ? { ...record, properties: parsed } : record;
}

interface Case {
  readonly name: string;
  readonly record: JsonObject;
}
const { items } = loadDetections(readDetectionFolder('detections'));
const cases = items.flatMap(({ detection, rule }) => {
  const { match, miss } = parse(readFileSync(`test/detections/${detection.file}`, 'utf8')) as {
    readonly match: readonly Case[];
    readonly miss: readonly Case[];
  };
  return [match, miss].flatMap((list, index) =>
    list.map(({ name, record }) => ({
      name: `${detection.name}: ${name}`,
      query: compiled(rule),
      record: asRead(record),
      wanted: index === 0,
    })),
  );
});

describe('the query says of each event of a detection what the engine says', () => {
  test.each(cases)('$name', ({ query, record, wanted }) => {
    const found = verdicts(query, record);
    // A record of another table is a miss; one that lands in two tables has to be judged the same in both.
    expect(new Set(found.length === 0 ? [false] : found)).toEqual(new Set([wanted]));
  });
});

const words = [
  'a',
  'A',
  'b',
  'ab',
  'aB*',
  'x"y',
  'c\\d',
  '',
  '5',
  '50',
  '-1.5',
  'true',
  '10.0.0.7',
  'ß',
  'É',
  'é',
  'a – b',
  'a - b',
];
const scalar = fc.oneof(fc.constantFrom(...words), fc.integer({ min: -2, max: 60 }), fc.boolean());
const leaf: fc.Arbitrary<JsonValue> = fc.oneof(scalar, scalar, scalar, fc.constant({ c: 'a' }));
const bag = fc.record(
  { a: leaf, b: leaf, d: fc.record({ c: leaf }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

const quoted = (value: JsonValue): string => JSON.stringify(value);
const paths = ['a', 'b', 'd.c'] as const;
const tests = fc.oneof(
  fc.tuple(
    fc.constantFrom('', '|contains', '|startswith', '|endswith', '|cased', '|contains|cased', '|neq'),
    scalar,
  ),
  fc.tuple(fc.constantFrom('|gt', '|lte', '|gte|neq'), fc.integer({ min: -2, max: 60 })),
  fc.tuple(fc.constantFrom('|exists'), fc.boolean()),
  fc.tuple(fc.constantFrom('|cidr', '|cidr|neq'), fc.constantFrom('10.0.0.0/8', '192.0.2.0/24')),
  fc.tuple(fc.constantFrom('|re', '|re|i'), fc.constantFrom('^a', 'b$', '^$', '[0-9]+')),
  fc.tuple(fc.constant(''), fc.constantFrom('a*', '*b', '?', 'a?*', '*', '?*b', null)),
);
const search = (prefix: string) =>
  fc
    .uniqueArray(fc.tuple(fc.constantFrom(...paths), tests), {
      minLength: 1,
      maxLength: 2,
      selector: ([path]) => path,
    })
    .map((lines) =>
      lines.map(([path, [modifier, value]]) => `"${prefix}${path}${modifier}": ${quoted(value)}`).join(', '),
    );
const conditions = ['s', 'not s', 's and t', 's or not t', 'not (s or t)', '1 of them', 'not all of them'];

const rulesOver = (service: string, prefix: string) =>
  fc
    .tuple(search(prefix), search(prefix), fc.constantFrom(...conditions))
    .map(
      ([s, t, condition]) =>
        `title: T\nlogsource: {product: azure, service: ${service}}\ndetection:\n  s: {${s}}\n  t: {${t}}\n  condition: ${condition}\n`,
    );

const agrees = (text: string, record: JsonObject): boolean => {
  const { rule } = parseRule(text, 't.yml');
  if (rule === undefined) return true;
  const result = compileToKql(rule);
  if (result.problems !== undefined)
    return result.problems.every(({ what }) => what.includes('can match no row'));
  const wanted = evaluate(rule, record).matched;
  return verdicts(result, record).every((found) => found === wanted);
};

describe('names that people read', () => {
  const text = (line: string): string =>
    `title: T\nlogsource: {product: azure, service: auditlogs}\ndetection: {s: {${line}}, condition: s}\n`;
  const recorded = 'Update application – Certificates and secrets management ';
  test.each([
    [
      'the record has an en dash and a space at its end',
      'operationName: Update application - Certificates and secrets management',
      true,
    ],
    ['the rule has them', `operationName: '${recorded}'`, true],
    [
      'one of a list',
      "operationName: [Delete user, 'Update application – Certificates and secrets management']",
      true,
    ],
    ['the end', "operationName|endswith: 'application – Certificates and secrets management'", true],
    ['the start', "operationName|startswith: 'update application - c'", true],
    [
      'letter case counts',
      "operationName|cased: 'Update application - Certificates and secrets management'",
      false,
    ],
  ])('%s: both say the same', (_, line, wanted) => {
    const record = { category: 'AuditLogs', operationName: recorded };
    const { rule } = parseRule(text(line), 't.yml');
    if (rule === undefined) throw new Error('rule');
    expect(evaluate(rule, record).matched).toBe(wanted);
    expect(verdicts(compiled(rule), record)).toEqual([wanted]);
  });

  test.each([
    ['properties.message', 'properties: {activityDisplayName: Add user}', 'Add user', true],
    ['Category', 'properties: {category: Policy}', 'policy', true],
    [
      'TargetResources.ModifiedProperties.DisplayName',
      'properties: {targetResources: [{modifiedProperties: [{displayName: X}]}]}',
      'x',
      true,
    ],
    [
      'TargetResources.ModifiedProperties.DisplayName',
      'properties: {targetResources: [{modifiedProperties: []}]}',
      'x',
      false,
    ],
    ['properties.message', 'properties: {targetResources: []}', 'Add user', false],
  ])('%s in %s: both say the same', (field, record, value, wanted) => {
    const { rule } = parseRule(text(`${field}: ${value}`), 't.yml');
    if (rule === undefined) throw new Error('rule');
    const read = { category: 'AuditLogs', ...(parse(record) as JsonObject) };
    expect(evaluate(rule, read).matched).toBe(wanted);
    expect(verdicts(compiled(rule), read)).toEqual([wanted]);
  });
});

describe('any rule over any record', () => {
  test('members of an object: the query and the engine agree', () => {
    let asked = 0;
    fc.assert(
      fc.property(rulesOver('activitylogs', 'properties.'), bag, (text, properties) => {
        asked += parseRule(text, 't.yml').rule === undefined ? 0 : 1;
        expect(agrees(text, { properties })).toBe(true);
      }),
      { numRuns: 1500 },
    );
    expect(asked).toBeGreaterThan(500);
  });

  test('elements of an array, empty ones too: the query and the engine agree', () => {
    fc.assert(
      fc.property(
        rulesOver('auditlogs', 'properties.targetResources.'),
        fc.oneof(fc.array(bag, { maxLength: 3 }), fc.constant(undefined)),
        (text, targetResources) => {
          expect(agrees(text, { category: 'AuditLogs', properties: { targetResources } })).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
