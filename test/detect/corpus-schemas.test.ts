import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/detect/document.ts';
import { isListFile, parseList } from '../../src/detect/lists.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { sigmaSchema } from '../support/sigma-schema.ts';

const texts = readDetectionFolder(fileURLToPath(new URL('../../detections', import.meta.url)));
const lists = Object.fromEntries(
  texts
    .filter(({ file }) => isListFile(file))
    .map(({ file, text }) => {
      const { list, problems } = parseList(text, file);
      if (list === undefined) throw new Error(problems.map(formatProblem).join('\n'));
      return [list.name, list.values];
    }),
);
const documents = texts
  .filter(({ file }) => !isListFile(file))
  .map((text) => readDocument(text, lists, true));

const checks = {
  rule: sigmaSchema('detection-rule'),
  correlation: sigmaSchema('correlation-rules'),
  filter: sigmaSchema('filters'),
};

test('every file of ours is a document of a kind that Sigma knows', () => {
  expect(documents.flatMap(({ problems }) => problems.map(formatProblem))).toEqual([]);
  expect(documents.length).toBeGreaterThanOrEqual(86);
});

describe.each(Object.entries(checks))('every %s of ours', (kind, check) => {
  test('is valid by the JSON Schema of the specification', () => {
    const faults = documents
      .filter((document) => document.kind === kind)
      .flatMap(({ file, text }) => (check?.(text) ?? []).map((fault) => `${file}: ${fault}`));
    expect(faults).toEqual([]);
  });
});

test.skipIf(checks.filter === undefined)('the schemas tell what is none of theirs', () => {
  const [rule] = texts;
  const { text = '' } = rule ?? {};
  expect(checks.filter?.(text)).not.toEqual([]);
  expect(checks.correlation?.(text)).not.toEqual([]);
  expect(checks.rule?.(text.replace('logsource:', 'log:'))).not.toEqual([]);
});
