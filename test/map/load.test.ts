import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../src/lib/clock.ts';
import { formatProblem, PipelineError } from '../../src/lib/errors.ts';
import { loadMappings } from '../../src/map/load.ts';
import { readMappingFolder } from '../../src/map/read-folder.ts';
import { aControlItem, aFrameworkFile, aMappingItem, anAssertionItem, loaded, textsOf } from './samples.ts';

test('assertions and frameworks load with durations in milliseconds and control ids under their framework', () => {
  const { assertions, frameworks, problems } = loaded([
    anAssertionItem({ postures: ['Key vaults should have purge protection enabled'] }),
  ]);
  expect(problems).toEqual([]);
  expect(assertions).toEqual([
    {
      id: 'logging.kept',
      title: 'Logging stays on',
      description: 'No diagnostic setting is deleted.',
      owner: 'Platform lead',
      watches: ['azure_activity'],
      freshnessMs: 24 * HOUR_MS,
      holdsMs: 7 * DAY_MS,
      graceMs: 0,
      postures: ['key vaults should have purge protection enabled'],
    },
  ]);
  expect(frameworks[0]).toEqual({
    id: 'house',
    title: 'House rules',
    version: '1',
    source: 'written for this test',
    controls: [{ id: 'house:H.1', ref: 'H.1', title: 'Control H.1', mappings: [aMappingItem()] }],
  });
});

test('how long a posture counts may differ from how long a log does', () => {
  const [item] = loaded([anAssertionItem({ freshness: '1h', postureFreshness: '26h' })]).assertions;
  expect(item).toMatchObject({ freshnessMs: HOUR_MS, postureFreshnessMs: 26 * HOUR_MS });
});

test('a control without mappings loads: it is left to people', () => {
  const { frameworks } = loaded(undefined, [aFrameworkFile({ controls: [{ ref: 'H.2', title: 'Walls' }] })]);
  expect(frameworks[0]?.controls[0]?.mappings).toEqual([]);
});

test('the flag addressable is accepted and kept out of the control', () => {
  const { frameworks, problems } = loaded(undefined, [
    aFrameworkFile({ controls: [{ ...aControlItem('H.1'), addressable: true }] }),
  ]);
  expect(problems).toEqual([]);
  expect(frameworks[0]?.controls[0]).not.toHaveProperty('addressable');
});

test('everything wrong in all files is reported at once, each with its place', () => {
  const { problems } = loadMappings({
    assertions: {
      file: 'assertions.yml',
      text: 'assertions:\n  - id: Logging\n    title: Logging stays on\n    freshness: soon\n',
    },
    frameworks: [
      { file: 'a.yml', text: 'id: house\nversion: 1\n' },
      { file: 'b.yml', text: 'id: [house\n' },
    ],
  });
  const lines = problems.map(formatProblem);
  expect(lines).toContainEqual(expect.stringMatching(/^assertions\.yml:2:9 {2}.*is no assertion id/));
  expect(lines).toContainEqual(
    expect.stringMatching(/^assertions\.yml:4:16 {2}.*is no duration {2}write a duration/),
  );
  expect(lines).toContainEqual(expect.stringMatching(/^a\.yml:2:10 {2}"version"/));
  expect(lines).toContainEqual(expect.stringMatching(/^a\.yml:1:1 {2}"controls" is missing/));
  expect(lines).toContainEqual(expect.stringMatching(/^b\.yml:\d+:\d+ {2}not YAML/));
});

test('a second file with the same framework id is reported and left out', () => {
  const { frameworks, problems } = loaded(undefined, [aFrameworkFile(), aFrameworkFile({ title: 'Other' })]);
  expect(frameworks.map(({ title }) => title)).toEqual(['House rules']);
  expect(problems.map(formatProblem)).toEqual([
    'f1.yml:1:5  framework "house" is in another file already  give it an id of its own',
  ]);
});

describe('hostile files become problems, never exceptions', () => {
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nassertions: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`;
  test.each([
    ['an empty file', ''],
    ['only a comment', '# nothing\n'],
    ['a list at the top', '- a\n- b\n'],
    ['a text at the top', 'hello\n'],
    ['a number at the top', '42\n'],
    ['two documents', 'assertions: []\n---\nassertions: []\n'],
    ['the same key twice', 'assertions: []\nassertions: []\n'],
    ['an unknown key', 'assertion: []\n'],
    ['an empty list', 'assertions: []\n'],
    ['a map instead of a list', 'assertions: {}\n'],
    ['a null item', 'assertions:\n  -\n'],
    ['a tab as indentation', 'assertions:\n\t- id: a.b\n'],
    ['an unclosed quote', 'assertions: "\n'],
    ['an alias that nothing defines', 'assertions: *gone\n'],
    ['an alias bomb', bomb],
    ['a custom tag', 'assertions: !!js/function "x"\n'],
    ['a prototype key', '__proto__: {assertions: []}\n'],
    ['a NUL byte', 'assertions: "\u0000"\n'],
    ['a byte order mark and nothing else', '\ufeff'],
    ['very deep nesting', `assertions: ${'['.repeat(200)}${']'.repeat(200)}\n`],
  ])('%s', (_name, text) => {
    const asHub = loadMappings({ assertions: { file: 'assertions.yml', text }, frameworks: [] });
    const asFramework = loadMappings({ ...textsOf(), frameworks: [{ file: 'f.yml', text }] });
    for (const { problems } of [asHub, asFramework]) {
      expect(problems.length).toBeGreaterThan(0);
      for (const { line, column, what } of problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(what).not.toBe('');
      }
    }
  });
});

test.each([
  ['an id without a dot', { id: 'logging' }, /is no assertion id/],
  ['an id in capitals', { id: 'Logging.Kept' }, /is no assertion id/],
  ['a duration without a unit', { holds: '7' }, /is no duration/],
  ['a duration in words', { grace: 'one day' }, /is no duration/],
  ['a number as duration', { freshness: 24 }, /is no duration/],
  ['an empty owner', { owner: ' ' }, /is empty/],
  ['watches as a text', { watches: 'azure_activity' }, /"assertions\.0\.watches"/],
  ['a misspelt key', { posture: [] }, /unknown key "posture".*did you mean "postures"/],
])('an assertion with %s is refused', (_name, over, expected) => {
  const { assertions, problems } = loaded([anAssertionItem(over)]);
  expect(assertions).toEqual([]);
  expect(problems.map(formatProblem).join('\n')).toMatch(expected);
});

test.each([
  ['an unknown strength', { strength: 'strong' }, /is no strength/],
  ['no real reason', { rationale: 'because' }, /too short to be a reason/],
  ['no reviewer', { reviewer: undefined }, /"controls\.0\.mappings\.0\.reviewer" is missing/],
])('a mapping with %s is refused', (_name, over, expected) => {
  const { problems } = loaded(undefined, [
    aFrameworkFile({ controls: [aControlItem('H.1', [aMappingItem(over)])] }),
  ]);
  expect(problems.map(formatProblem).join('\n')).toMatch(expected);
});

test('whatever text stands in the files, loading ends with values or with placed problems', () => {
  const piece = fc.constantFrom(
    'assertions:',
    '- id: a.b',
    '  title: x',
    'id: soc2',
    'controls:',
    '  - ref: CC6.1',
    'freshness: 24h',
    '"',
    '[',
    '{',
    '&a',
    '*a',
    '|',
    '\n',
    ': ',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 }), (pieces) => {
      const text = pieces.join('\n');
      const { problems, assertions } = loadMappings({
        assertions: { file: 'assertions.yml', text },
        frameworks: [{ file: 'f.yml', text }],
      });
      expect(problems.length > 0 || assertions.length > 0).toBe(true);
      expect(problems.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('any well-formed duration comes out in milliseconds, and nothing else does', () => {
  const units = { s: 1000, m: 60_000, h: HOUR_MS, d: DAY_MS } as const;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999 }), fc.constantFrom('s', 'm', 'h', 'd'), (count, unit) => {
      const { assertions } = loaded([anAssertionItem({ holds: `${count}${unit}` })]);
      expect(assertions[0]?.holdsMs).toBe(count * units[unit]);
    }),
    { numRuns: 100 },
  );
  fc.assert(
    fc.property(
      fc.string().filter((text) => !/^\d+(ms|s|m|h|d)$/.test(text)),
      (text) => {
        expect(loaded([anAssertionItem({ holds: text })]).problems.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 100 },
  );
});

test('a folder is read as the hub and one framework a file, by name', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-map-'));
  try {
    for (const name of ['soc2.yml', 'assertions.yml', 'gdpr.yml', 'notes.md'])
      writeFileSync(join(folder, name), `# ${name}\n`);
    expect(readMappingFolder(folder)).toEqual({
      assertions: { file: 'assertions.yml', text: '# assertions.yml\n' },
      frameworks: [
        { file: 'gdpr.yml', text: '# gdpr.yml\n' },
        { file: 'soc2.yml', text: '# soc2.yml\n' },
      ],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a folder without the hub is an error that names the folder and the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-map-'));
  try {
    expect(() => readMappingFolder(folder)).toThrow(PipelineError);
    expect(() => readMappingFolder(folder)).toThrow(/assertions\.yml/);
    expect(() => readMappingFolder(join(folder, 'gone'))).toThrow(/gone: mappings cannot be read/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
