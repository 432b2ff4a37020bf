import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocument } from '../../src/detect/document.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { parseRule } from '../../src/sigma/parse.ts';
import type { PlaceholderLists } from '../../src/sigma/placeholders.ts';
import { corpusFolder } from '../support/corpus.ts';
import { sigmaSchema } from '../support/sigma-schema.ts';

const yamlFiles = (folder: string | undefined): readonly string[] =>
  folder === undefined
    ? []
    : readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.yml'))
        .toSorted();

const problemsIn = (folder: string, file: string, lists: PlaceholderLists = {}): readonly string[] =>
  parseRule(readFileSync(join(folder, file), 'utf8'), file, { lists }).problems.map(formatProblem);

const sigmahq = corpusFolder('sigmahq-rules');
const samples = corpusFolder('sigma-schema-samples');

describe.skipIf(sigmahq === undefined)('the rules of SigmaHQ', () => {
  const folder = sigmahq ?? '';
  const detections = yamlFiles(sigmahq).filter((file) => !file.startsWith('rules-placeholder'));
  const placeholders = yamlFiles(sigmahq).filter((file) => file.startsWith('rules-placeholder'));

  test('all 142 for Azure and Microsoft 365, and those for hunting, parse without a problem', () => {
    expect(detections.filter((file) => file.startsWith('rules/'))).toHaveLength(142);
    expect(
      detections.filter((file) => file.startsWith('rules-threat-hunting/')).length,
    ).toBeGreaterThanOrEqual(3);
    expect(detections.flatMap((file) => problemsIn(folder, file))).toEqual([]);
  });

  test('the 7 with placeholders are refused by the name of the list, and load when it is given', () => {
    const refused = placeholders.map((file) => problemsIn(folder, file));
    expect(refused).toHaveLength(7);
    for (const problems of refused)
      expect(problems[0]).toMatch(/no list `[\w.-]+` for the placeholder `%[\w.-]+%`/u);

    const names = refused
      .flat()
      .flatMap((problem) => /no list `(?<name>[^`]+)`/u.exec(problem)?.groups?.['name'] ?? []);
    const lists = Object.fromEntries(names.map((name) => [name, ['one', 'two*']]));
    expect(placeholders.flatMap((file) => problemsIn(folder, file, lists))).toEqual([]);
  });

  test("what the specification's JSON Schema accepts is what this parser accepts", () => {
    const check = sigmaSchema();
    const rejected = detections.flatMap((file) => check?.(readFileSync(join(folder, file), 'utf8')) ?? []);
    expect(rejected).toEqual([]);
  });
});

describe.skipIf(samples === undefined)('the sample documents of the specification', () => {
  const folder = samples ?? '';
  const files = yamlFiles(samples);

  test('there are twelve, each valid by the JSON Schema of its kind', () => {
    const schemas = {
      rules: sigmaSchema(),
      correlation: sigmaSchema('correlation-rules'),
      filter: sigmaSchema('filters'),
    };
    expect(files).toHaveLength(12);
    const faults = files.flatMap((file) => {
      const kind = file.split('/', 1)[0] as keyof typeof schemas;
      return (schemas[kind]?.(readFileSync(join(folder, file), 'utf8')) ?? []).map(
        (fault) => `${file}: ${fault}`,
      );
    });
    expect(faults).toEqual([]);
  });

  test.each(files)('%s is read', (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const document = readDocument({ file, text }, {}, false);
    expect(document.problems.map(formatProblem)).toEqual([]);
    expect(`${document.kind}s`).toMatch(new RegExp(`^${file.split('/', 1)[0] ?? ''}s?$`, 'u'));
  });
});
