import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDetections } from '../../src/detect/load.ts';
import { readDetectionFolder } from '../../src/detect/read-folder.ts';
import { badAttackTags, tacticsOf, techniquesOf } from '../../src/detect/tags.ts';
import { formatProblem, PipelineError } from '../../src/lib/errors.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { detectionText } from './support.ts';

const problemsOf = (text: string, file = 'azure/vault_key_purged.yml'): readonly string[] =>
  loadDetections([{ file, text }]).problems.map(formatProblem);

test('a detection is loaded with what the product needs to know of it', () => {
  const text = detectionText();
  const { items, problems, packVersion } = loadDetections([
    { file: 'azure/keyvault/vault_key_purged.yml', text },
  ]);
  expect(problems).toEqual([]);
  expect(items.map(({ detection }) => detection)).toEqual([
    {
      id: '00000000-0000-4000-8000-00000000d001',
      name: 'vault_key_purged',
      title: 'Vault key purged',
      description: 'A key was purged.',
      level: 'high',
      logSource: { product: 'azure', service: 'keyvault' },
      assertion: 'keys.protected',
      observes: 'fail',
      resourceFields: ['properties.id', 'resourceId'],
      runbook: '1. Read the caller.\n',
      falsePositives: ['A clean-up'],
      references: ['https://example.com/keys'],
      techniques: ['T1485', 'T1685.002', 'AML.T0054'],
      tactics: ['impact'],
      file: 'azure/keyvault/vault_key_purged.yml',
      version: sha256Hex(text),
    },
  ]);
  expect(packVersion).toBe(sha256Hex(`azure/keyvault/vault_key_purged.yml\n${sha256Hex(text)}\n`));
});

test('the pack version depends on files and bytes alone, not on the order they were read in', () => {
  const one = { file: 'a/one.yml', text: detectionText() };
  const two = { file: 'b/two.yml', text: detectionText({ d001: 'd002' }) };
  const { packVersion, items } = loadDetections([one, two]);
  expect(loadDetections([two, one])).toMatchObject({ packVersion });
  expect(items.map(({ detection }) => detection.name)).toEqual(['one', 'two']);
  expect(loadDetections([one, { ...two, text: `${two.text}\n` }]).packVersion).not.toBe(packVersion);
});

describe('what a detection of ours may not lack', () => {
  test.each<readonly [Record<string, string>, string]>([
    [{ 'assertion: keys.protected': '' }, '1:1  `assertion` is missing'],
    [{ 'assertion: keys.protected': 'assertion: [a]' }, '29:1  `assertion` is not a text'],
    [{ 'runbook: |': 'runbook_: |' }, '`runbook` is missing'],
    [{ 'runbook: |': 'runbook_: |' }, '30:1  unknown key `runbook_`'],
    [{ 'level: high': '' }, '1:1  `level` is missing'],
    [{ 'id: 00000000-0000-4000-8000-00000000d001': '' }, '1:1  `id` is missing'],
    [{ 'description: A key was purged.': '' }, '1:1  `description` is missing'],
    [{ 'attack.t1485': 'attack.t14' }, '7:1  tag `attack.t14` is no ATT&CK or ATLAS id'],
    [{ 'atlas.aml.t0054': 'atlas.t0054' }, 'tag `atlas.t0054` is no ATT&CK or ATLAS id'],
    [{ 'attack.impact': 'attack.imapct' }, 'tag `attack.imapct` is no ATT&CK or ATLAS id'],
    [{ 'observes: fail': 'observes: maybe' }, '33:5  `custom.observes` is neither'],
    [{ 'observes: fail': 'observe: pass' }, '33:5  unknown key `custom.observe`'],
    [
      { 'resource: [properties.id, resourceId]': 'resource: resourceId' },
      '34:5  `custom.resource` is not a list of field names',
    ],
    [
      { 'resource: [properties.id, resourceId]': 'resource: [1]' },
      '`custom.resource` is not a list of field names',
    ],
    [
      { 'condition: selection and not filter': 'condition: selection' },
      'search `filter` is not used by the condition',
    ],
  ])('%j', (changes, problem) => {
    expect(problemsOf(detectionText(changes))).toContainEqual(expect.stringContaining(problem));
  });

  test.each(['azure/VaultKey.yml', 'azure/vault-key.yml', 'azure/vault_key_.yml', 'azure/vault key.yml'])(
    '%s is not snake_case',
    (file) => {
      expect(problemsOf(detectionText(), file)).toEqual([
        expect.stringContaining(`${file}:1:1  file name is not snake_case`),
      ]);
    },
  );

  test('custom has to be a map', () => {
    const text = detectionText().replace(/custom:[^]*$/u, 'custom: pass\n');
    expect(problemsOf(text)).toEqual([expect.stringContaining('`custom` is not a map')]);
  });

  test('custom may be left out, and a detection may record that all is well again', () => {
    const bare = loadDetections([{ file: 'a.yml', text: detectionText().replace(/custom:[^]*$/u, '') }]);
    expect(bare.items[0]?.detection).toMatchObject({ observes: 'fail', resourceFields: [] });
    const pass = loadDetections([
      { file: 'a.yml', text: detectionText({ 'observes: fail': 'observes: pass' }) },
    ]);
    expect(pass.items[0]?.detection.observes).toBe('pass');
  });
});

test('ids and file names are taken once', () => {
  const text = detectionText();
  const { problems, items } = loadDetections([
    { file: 'a/one.yml', text },
    { file: 'b/one.yml', text: detectionText({ d001: 'D001' }) },
    { file: 'c/two.yml', text: detectionText({ d001: 'd002' }) },
  ]);
  expect(problems.map(formatProblem)).toEqual([
    'b/one.yml:2:1  id `00000000-0000-4000-8000-00000000d001` is taken by a/one.yml  give it a new UUID',
    'b/one.yml:1:1  file name `one` is taken by a/one.yml  give it another file name',
  ]);
  expect(items).toHaveLength(3);
});

test('a plain Sigma rule loads when the check is not strict, and only then', () => {
  const text = 'title: x\nlogsource: {product: azure}\ndetection: {s: {a: b}, condition: s}\n';
  expect(loadDetections([{ file: 'Any Name.yml', text }], { strict: false })).toMatchObject({
    problems: [],
    items: [{ detection: { assertion: '', level: 'informational', runbook: '', observes: 'fail', id: '' } }],
  });
  expect(loadDetections([{ file: 'any_name.yml', text }]).items).toEqual([]);
  expect(
    loadDetections(
      [
        { file: 'a.yml', text },
        { file: 'b.yml', text },
      ],
      { strict: false },
    ).problems,
  ).toEqual([]);
});

test('a rule with a placeholder needs its list', () => {
  const text = detectionText({ 'operationName: KeyPurge': "callerIpAddress|cidr|expand: '%approved%'" });
  expect(problemsOf(text)).toEqual([expect.stringContaining('no list `approved`')]);
  expect(
    loadDetections([{ file: 'a.yml', text }], { lists: { approved: ['192.0.2.0/24'] } }).problems,
  ).toEqual([]);
});

test('tags are read as ids of techniques and names of tactics', () => {
  const tags = [
    'attack.t1685.002',
    'attack.defense-evasion',
    'atlas.aml.t0051.000',
    'attack.g0007',
    'cve.2021-44228',
    'attack.ds0017',
  ];
  expect(techniquesOf(tags)).toEqual(['T1685.002', 'AML.T0051.000']);
  expect(tacticsOf(tags)).toEqual(['defense-evasion']);
  expect(badAttackTags(tags)).toEqual([]);
});

test('a folder is read recursively, sorted, .yml files alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-detections-'));
  try {
    mkdirSync(join(folder, 'b/c'), { recursive: true });
    for (const file of ['b/c/z.yml', 'b/a.yml', 'a.yml', 'notes.md', 'b/x.yaml'])
      writeFileSync(join(folder, file), file);
    expect(readDetectionFolder(folder)).toEqual([
      { file: 'a.yml', text: 'a.yml' },
      { file: 'b/a.yml', text: 'b/a.yml' },
      { file: 'b/c/z.yml', text: 'b/c/z.yml' },
    ]);
    expect(readDetectionFolder(`${folder}/`)).toHaveLength(3);
    expect(() => readDetectionFolder(join(folder, 'absent'))).toThrow(PipelineError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
