import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { explainDetection } from '../../src/detect/explain.ts';
import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { evaluate } from '../../src/sigma/evaluate.ts';
import { sigmaSchema } from '../support/sigma-schema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Correlations look at several events: test/detect/correlate/shipped.test.ts.
const texts = readDetectionFolder(join(root, 'detections')).filter(
  ({ file }) => !file.includes('/correlations/'),
);
const { items, problems } = loadDetections(texts);
const eventFiles = readdirSync(join(root, 'test/detections'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yml'))
  .toSorted();

interface Case {
  readonly name: string;
  readonly record: JsonObject;
}

interface Cases {
  readonly match: readonly Case[];
  readonly miss: readonly Case[];
}

const casesOf = (file: string): Cases =>
  parse(readFileSync(join(root, 'test/detections', file), 'utf8')) as Cases;

/** Azure sends `properties` as JSON text at times; detections read the record after that was parsed. */
function asRead(record: JsonObject): JsonObject {
  const { properties } = record;
  if (typeof properties !== 'string') return record;
  const parsed = JSON.parse(properties) as JsonValue;
  return isJsonObject(parsed) ? { ...record, properties: parsed } : record;
}

test('every detection loads without a problem', () => {
  expect(problems.map(formatProblem)).toEqual([]);
  expect(items.length).toBe(texts.length);
  expect(items.length).toBeGreaterThan(0);
});

test('every detection has its events file, and every events file its detection', () => {
  expect(eventFiles).toEqual(texts.map(({ file }) => file).toSorted());
});

test('every detection is valid by the JSON Schema of the specification', () => {
  const check = sigmaSchema();
  const faults = texts.flatMap(({ file, text }) => (check?.(text) ?? []).map((fault) => `${file}: ${fault}`));
  expect(faults).toEqual([]);
});

describe.each(items.map((item) => [item.detection.file, item] as const))('%s', (file, item) => {
  const cases = existsSync(join(root, 'test/detections', file)) ? casesOf(file) : { match: [], miss: [] };

  test('has two matches and two near misses or more, each with a name of its own', () => {
    expect(cases.match.length).toBeGreaterThanOrEqual(2);
    expect(cases.miss.length).toBeGreaterThanOrEqual(2);
    const names = [...cases.match, ...cases.miss].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(cases.match.map(({ name, record }) => [name, record] as const))('matches: %s', (_, record) => {
    const { matched, why } = evaluate(item.rule, asRead(record));
    expect(matched ? 'matched' : failing(item, record)).toBe('matched');
    expect(why).not.toEqual([]);
  });

  test.each(cases.miss.map(({ name, record }) => [name, record] as const))(
    'does not match: %s',
    (_, record) => {
      expect(evaluate(item.rule, asRead(record)).matched).toBe(false);
    },
  );
});

/** The tests that failed, for the message of a match that did not happen. */
const failing = (item: (typeof items)[number], record: JsonObject): string =>
  explainDetection(item, { id: 'test', record: asRead(record) })
    .leaves.filter(({ passed }) => !passed)
    .map(({ search, field, test: asked, actual }) => `${search}: ${field} ${asked}; has ${actual.join(', ')}`)
    .join('\n');
