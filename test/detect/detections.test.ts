import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { testRules } from '../../src/cli/rule-tests.ts';
import { isListFile } from '../../src/detect/lists.ts';
import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { sigmaSchema } from '../support/sigma-schema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = { rules: join(root, 'detections'), tests: join(root, 'test/detections') };
const isRule = ({ file }: { readonly file: string }): boolean => !file.includes('/correlations/');
const all = readDetectionFolder(folder.rules);
const tried = all.filter(({ file }) => !isListFile(file));
const texts = tried.filter(isRule);
const { items, problems } = loadDetections(all);
// The one reader of rule tests, and the way through the normalisers, that `plumbline test` has.
const results = testRules(folder.rules, folder, false).results;

test('every detection loads without a problem', () => {
  expect(problems.map(formatProblem)).toEqual([]);
  expect(items.length).toBe(texts.length);
  expect(items.length).toBeGreaterThan(0);
});

test('every detection and correlation has its events file, and every events file its rule', () => {
  const eventFiles = readdirSync(folder.tests, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yml'))
    .toSorted();
  expect(eventFiles).toEqual(tried.map(({ file }) => file).toSorted());
  expect(results.map(({ file }) => file).toSorted()).toEqual(eventFiles);
});

test('every detection is valid by the JSON Schema of the specification', () => {
  const check = sigmaSchema();
  const faults = texts.flatMap(({ file, text }) => (check?.(text) ?? []).map((fault) => `${file}: ${fault}`));
  expect(faults).toEqual([]);
});

test.each(results.map((result) => [result.file, result] as const))(
  '%s matches its events, and leaves its near misses alone',
  (_, { cases, problems: faults }) => {
    expect(faults.map(formatProblem)).toEqual([]);
    expect(cases.filter(({ fault }) => fault !== undefined)).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(4);
  },
);
