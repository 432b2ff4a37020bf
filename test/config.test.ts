import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { configSchema, loadConfig } from '../src/config.ts';
import { MINUTE_MS } from '../src/lib/clock.ts';
import { formatProblem } from '../src/lib/errors.ts';
import { productFolder } from './support/cli.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-config-'));
  return () => rmSync(folder, { recursive: true });
});

function load(text: string, env: Readonly<Record<string, string>> = {}, file = 'plumbline.yml') {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), text);
  const { problems, ...loaded } = loadConfig(file, env, folder);
  return { ...loaded, problems: problems.map(formatProblem) };
}

const KEY = 'R0utingKeyThatMustNotBeSeenAtAll';

test('without a file every key has its default, and folders lie in the working folder', () => {
  const { config, problems } = loadConfig(undefined, {}, folder);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    data: join(folder, 'data'),
    lake: { origin: 'plumbline.example/lake', sealAfter: MINUTE_MS, sealMib: 32 * 1024 * 1024 },
    sources: {},
    alerts: { routing: { minLevel: 'high' }, notifiers: [] },
    serve: { host: '127.0.0.1', port: 4690 },
  });
});

test('an empty file is the same as none', () => {
  expect(load('# nothing yet\n').config).toEqual(loadConfig(undefined, {}, folder).config);
});

describe('folders', () => {
  test('are counted from the configuration file, wherever it is read from', () => {
    const text = [
      'data: lake-data',
      'detections: ../rules',
      'mappings: maps',
      'decisions: decisions.yml',
      'sources:',
      '  logs: { type: files, paths: [inbox, ../other, /var/log/azure, "-"] }',
      '  plans: { type: pipeline_results, paths: [plans, ../more.json, /srv/plans] }',
    ].join('\n');
    const { config, problems } = load(text, {}, 'etc/plumbline.yml');
    expect(problems).toEqual([]);
    expect(config).toMatchObject({
      data: join(folder, 'etc/lake-data'),
      detections: join(folder, 'rules'),
      mappings: join(folder, 'etc/maps'),
      decisions: join(folder, 'etc/decisions.yml'),
      sources: {
        logs: { paths: [join(folder, 'etc/inbox'), join(folder, 'other'), '/var/log/azure', '-'] },
        plans: { paths: [join(folder, 'etc/plans'), join(folder, 'more.json'), '/srv/plans'] },
      },
    });
  });

  test('of rules, mappings and decisions are known even when something else in the file is wrong', () => {
    const { config, content, problems } = load('detections: rules\ndecisions: d.yml\nmappings: 7\nprot: 1\n');
    expect(config).toBeUndefined();
    expect(content).toEqual({
      detections: join(folder, 'rules'),
      mappings: undefined,
      decisions: join(folder, 'd.yml'),
    });
    expect(problems).toHaveLength(2);
  });
});

describe('references', () => {
  const pagerduty = (key: string): string =>
    `alerts:\n  notifiers:\n    - type: pagerduty\n      routingKey: ${key}\n`;
  const keyIn = (text: string, env: Readonly<Record<string, string>> = {}): unknown => {
    const { config, problems } = load(text, env);
    expect(problems).toEqual([]);
    return config?.alerts.notifiers[0]?.routingKey;
  };

  test('take a value from the environment', () => {
    expect(keyIn(pagerduty('${PD_KEY}'), { PD_KEY: KEY })).toBe(KEY);
  });

  test('take a value from a file beside the configuration, without its last line break', () => {
    writeFileSync(join(folder, 'key.txt'), `${KEY}\n`);
    expect(keyIn(pagerduty('"${file:key.txt}"'))).toBe(KEY);
  });

  test('can stand inside a text, more than once', () => {
    expect(load('organisation: "${A} and ${B}"', { A: 'Ada', B: 'Bert' }).config?.organisation).toBe(
      'Ada and Bert',
    );
  });

  test('are put in once: what looks like a reference inside a value stays as it is', () => {
    expect(load('organisation: ${A}', { A: '${B}', B: 'no' }).config?.organisation).toBe('${B}');
  });

  test('with nothing behind them are reported by name, where they stand, all at once', () => {
    const { config, problems } = load(`organisation: \${ORG}\n${pagerduty('${file:no/such/file}')}`);
    expect(config).toBeUndefined();
    expect(problems[0]).toBe(
      'plumbline.yml:1:15  environment variable ORG is not set  set ORG, or write the value another way',
    );
    expect(problems[1]).toMatch(
      /^plumbline\.yml:5:19 {2}secret file no\/such\/file cannot be read {2}ENOENT/,
    );
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['of the wrong form', pagerduty('${S}')],
    ['where a number belongs', 'serve: { port: "${S}" }'],
    ['where a choice belongs', 'alerts: { routing: { minLevel: "${S}" } }'],
    ['as the name of a kind', 'sources: { x: { type: "${S}" } }'],
    ['as a key', '"${S}": 1'],
    ['as a key of a source', 'sources: { x: { type: demo, "${S}": 1 } }'],
    ['as the name of a source', 'sources: { "${S}": { type: demo } }'],
    ['as a time', 'sources: { x: { type: demo, start: "${S}" } }'],
    ['as an address', `${pagerduty(KEY)}      baseUrl: \${S}\n`],
    ['as a duration', 'lake: { sealAfter: "${S}" }'],
    ['as an origin', 'lake: { origin: "${S}" }'],
  ];
  for (const [name, text] of wrong) {
    test(`never show their value: a secret ${name}`, () => {
      const secret = 'the secret+itself 4711';
      const { config, problems } = load(text, { S: secret });
      expect(config).toBeUndefined();
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.join('\n')).not.toContain(secret);
      expect(problems.join('\n')).not.toContain('4711');
    });
  }
});

test('a file that is not there, or is a folder, is a problem and not a crash', () => {
  for (const file of ['missing.yml', '.'])
    expect(loadConfig(file, {}, folder).problems).toMatchObject([{ file, line: 1, column: 1 }]);
});

describe('the JSON Schema for editors', () => {
  const schema = configSchema() as object;
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  ajvFormats.default(ajv);
  const accepts = (text: string): boolean => ajv.validate(schema, parse(text));

  test('is valid JSON Schema 2020-12', () => {
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  for (const example of ['docs/examples/plumbline.yml', 'deploy/plumbline.yml']) {
    test(`accepts ${example} as it is written, references and all`, () => {
      expect(accepts(readFileSync(join(productFolder, example), 'utf8'))).toBe(true);
    });
  }

  test('lets a reference stand for any text that has to have a form', () => {
    expect(
      accepts('alerts: { notifiers: [{ type: pagerduty, routingKey: "${K}", clientUrl: "${U}" }] }'),
    ).toBe(true);
    expect(accepts('alerts: { notifiers: [{ type: pagerduty, routingKey: short }] }')).toBe(false);
    expect(accepts('lake: { sealAfter: "${SEAL}" }')).toBe(true);
  });

  const texts: readonly string[] = [
    '{}',
    'organisation: Example',
    'organisation: 7',
    'data: ""',
    'prot: 4690',
    'serve: { port: 65536 }',
    'serve: { port: 0 }',
    'lake: { sealAfter: 90s }',
    'lake: { sealAfter: soon }',
    'lake: { origin: "a b" }',
    'lake: { sealRecords: 0 }',
    'sources: { Big: { type: demo } }',
    'sources: { x: { type: demo, records: 1000 } }',
    'sources: { x: { type: demo, stories: [key-theft] } }',
    'sources: { x: { type: demo, stories: [no-such] } }',
    'sources: { x: { type: files } }',
    'sources: { x: { type: files, paths: [] } }',
    'sources: { x: { type: files, paths: [a], pth: b } }',
    'sources: { x: { type: kafka } }',
    'alerts: { routing: { minLevel: urgent } }',
    'alerts: { routing: { stormLimit: 1 } }',
    'alerts: { notifiers: [{ type: pagerduty }] }',
    `alerts: { notifiers: [{ type: pagerduty, routingKey: ${KEY} }] }`,
    `alerts: { notifiers: [{ type: pagerduty, routingKey: ${KEY}, attempts: 0 }] }`,
  ];
  for (const text of texts) {
    test(`says the same of ${text} as the start-up check`, () => {
      expect(accepts(text)).toBe(load(text).problems.length === 0);
    });
  }
});
