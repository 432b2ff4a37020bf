import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { parse } from 'yaml';
import { loadDetections } from '../../../src/detect/load.ts';
import { readRuleCases } from '../../../src/detect/rule-test.ts';
import { readDetectionFolder } from '../../../src/detect/read-folder.ts';
import { isJsonObject } from '../../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { evaluate } from '../../../src/sigma/evaluate.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import {
  admits,
  agrees,
  compared,
  compiled,
  elementCases,
  exactWorld,
  memberCases,
  oddWorld,
  verdicts,
} from './worlds.ts';

function asRead(record: JsonObject): JsonObject {
  const { properties } = record;
  if (typeof properties !== 'string') return record;
  const parsed = JSON.parse(properties) as JsonValue;
  return isJsonObject(parsed) ? { ...record, properties: parsed } : record;
}

const { items } = loadDetections(readDetectionFolder('detections'));
const tested = items.flatMap(({ detection, rule }) => {
  const { cases, problems } = readRuleCases(
    readFileSync(`test/detections/${detection.file}`, 'utf8'),
    detection.file,
  );
  if (cases.length === 0) throw new Error(JSON.stringify(problems));
  const query = compiled(rule);
  return cases.map(({ name, record, shouldMatch }) => ({
    name: `${detection.name}: ${name}`,
    query,
    record: asRead(record),
    wanted: shouldMatch,
  }));
});

describe('the query says of each event of a detection what the engine says', () => {
  test.each(tested)('$name', ({ query, record, wanted }) => {
    const found = verdicts(query, record);
    // A record of another table is a miss; one that lands in two tables has to be judged the same in both.
    expect(new Set(found.length === 0 ? [false] : found)).toEqual(new Set([wanted]));
  });
});

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
  test.each([
    ['members of an object', memberCases(exactWorld)],
    ['elements of an array, empty ones too', elementCases(exactWorld)],
  ])('%s: the query and the engine agree', (_, cases) => {
    let asked = 0;
    fc.assert(
      fc.property(cases, ([text, record]) => {
        const of = compared(text, record);
        asked += of === undefined ? 0 : 1;
        expect(of === undefined || agrees(of)).toBe(true);
      }),
      { numRuns: 250 },
    );
    expect(asked).toBeGreaterThan(80);
  });

  test('texts that Kusto reads more strictly: a query that disagrees says why it may', () => {
    fc.assert(
      fc.property(fc.oneof(memberCases(oddWorld), elementCases(oddWorld)), ([text, record]) => {
        const of = compared(text, record);
        expect(of === undefined || admits(of)).toBe(true);
      }),
      { numRuns: 250 },
    );
  });
});
