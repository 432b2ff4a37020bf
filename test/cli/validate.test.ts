import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createWorkplace, productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place[Symbol.dispose]());

const write = (file: string, text: string): void => {
  mkdirSync(join(place.folder, file, '..'), { recursive: true });
  writeFileSync(join(place.folder, file), text);
};

/** A copy of what is shipped, named by a configuration file, to be spoilt. */
function copyContent(): void {
  for (const folder of ['detections', 'mappings'])
    cpSync(join(productFolder, folder), join(place.folder, folder), { recursive: true });
  write('plumbline.yml', 'detections: detections\nmappings: mappings\ndecisions: decisions.yml\n');
  write('decisions.yml', 'decisions: []\n');
}

/** Replaces text that has to be there. */
function spoil(file: string, from: string | RegExp, to: string): void {
  const path = join(place.folder, file);
  const text = readFileSync(path, 'utf8');
  expect(text).toMatch(from);
  writeFileSync(path, text.replace(from, to));
}

const rule = 'detections/azure/activity/azure_diagnostic_settings_deleted.yml';
const decision = (over: string): string =>
  `decisions:\n  - { id: E1, kind: exception, subject: logging.diagnostic-settings.kept, reason: r, requestedBy: ada, approvedBy: grace, from: "2026-03-01", expires: "2026-04-01"${over} }\n`;

describe('what is right', () => {
  test('is said so with what was counted, and exit 0', async () => {
    const { code, out, err } = await place.run('validate');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^No problems: \d+ detections, \d+ assertions, 4 frameworks\.\n$/);
  });

  test('is an empty list as JSON, and no line at all as NDJSON', async () => {
    const json = await place.run('validate', '--output', 'json');
    expect([json.code, JSON.parse(json.out)]).toEqual([0, { problems: [] }]);
    expect(await place.run('validate', '--output', 'ndjson')).toEqual({ code: 0, out: '', err: '' });
  });

  test('can be named as an argument or with --config', async () => {
    write('good.yml', 'organisation: Example\n');
    write('bad.yml', 'organization: Example\n');
    expect((await place.run('validate', 'good.yml')).code).toBe(0);
    expect((await place.run('validate', 'bad.yml')).code).toBe(2);
    expect((await place.run('validate', '--config', 'bad.yml')).code).toBe(2);
  });
});

test('everything wrong in configuration, rules, mappings and decisions comes at once, each with file, line and column', async () => {
  copyContent();
  appendFileSync(join(place.folder, 'plumbline.yml'), 'serve: { prot: 1 }\nlake: { sealAfter: soon }\n');
  spoil(rule, 'level: high', 'level: hihg');
  spoil('detections/azure/keyvault/key_vault_deleted.yml', 'condition: ', 'condition: nothing and ');
  spoil('mappings/soc2.yml', /strength: \w+/, 'strength: some');
  write('decisions.yml', decision('').replace('approvedBy: grace', 'approvedBy: ada'));
  const { code, out, err } = await place.run('validate', 'plumbline.yml');
  expect([code, err]).toEqual([2, '']);
  const lines = out.trimEnd().split('\n');
  const places = [
    /^plumbline\.yml:4:10 {2}unknown key "prot" {2}did you mean "port"\?$/,
    /^plumbline\.yml:5:20 {2}"lake\.sealAfter"/,
    new RegExp(`^${rule}:\\d+:\\d+  .*level`),
    /^detections\/azure\/keyvault\/key_vault_deleted\.yml:\d+:\d+ {2}.*nothing/,
    /^mappings\/soc2\.yml:\d+:\d+ {2}.*strength/,
    /^decisions\.yml:2:\d+ {2}.*cannot approve it/,
  ];
  for (const place_ of places) expect(lines.filter((line) => place_.test(line))).toHaveLength(1);
  expect(lines).toHaveLength(places.length + 1);
  expect(lines.at(-1)).toBe(`${places.length} problems`);
});

test('as JSON and NDJSON every problem carries file, line, column, what and fix', async () => {
  write('c.yml', 'prot: 1\nserve: { port: -1 }\n');
  const json = JSON.parse((await place.run('validate', 'c.yml', '-o', 'json')).out) as {
    problems: unknown[];
  };
  const lines = (await place.run('validate', 'c.yml', '-o', 'ndjson')).out.trimEnd().split('\n');
  expect(json.problems).toHaveLength(2);
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(json.problems);
  expect(json.problems[0]).toEqual({
    file: 'c.yml',
    line: 1,
    column: 1,
    what: 'unknown key "prot"',
    fix: expect.stringContaining('serve') as string,
  });
});

describe('one thing wrong does not make another look wrong', () => {
  test('a broken mapping file accuses no decision, no detection and no other mapping', async () => {
    copyContent();
    write('decisions.yml', decision(''));
    spoil('mappings/assertions.yml', /freshness: 24h/, 'freshness: soon');
    const { out } = await place.run('validate', 'plumbline.yml', '-o', 'ndjson');
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toContain('assertions.yml');
  });

  test('a broken rule leaves decisions checked', async () => {
    copyContent();
    spoil(rule, 'level: high', 'level: hihg');
    write('decisions.yml', decision('').replace('logging.diagnostic-settings.kept', 'logging.unknown'));
    const { out } = await place.run('validate', 'plumbline.yml');
    expect(out).toMatch(/level/);
    expect(out).toMatch(/decisions\.yml:2:\d+ {2}.*no assertion has this id/);
  });
});

test('folders and files that are not there are problems of the configuration, all of them at once', async () => {
  write('c.yml', 'detections: none\nmappings: nowhere\ndecisions: never.yml\n');
  const { code, out } = await place.run('validate', 'c.yml');
  expect(code).toBe(2);
  for (const [key, path] of [
    ['detections', 'none'],
    ['mappings', 'nowhere'],
    ['decisions', 'never.yml'],
  ])
    expect(out).toMatch(new RegExp(`^${path}:1:1  .*is \`${key}\` in the configuration right\\?$`, 'm'));
});

test('a configuration that is not there, or is no YAML, is a problem', async () => {
  expect((await place.run('validate', 'none.yml')).out).toMatch(/^none\.yml:1:1 {2}ENOENT/);
  write('c.yml', 'a: [\n');
  expect((await place.run('validate', 'c.yml')).out).toMatch(/^c\.yml:\d+:\d+ {2}not YAML/);
});

test('a detection whose assertion does not exist is caught, and so is one that is mapped to nothing', async () => {
  copyContent();
  spoil(rule, 'assertion: logging.diagnostic-settings.kept', 'assertion: logging.diagnostic-setting.kept');
  const { code, out } = await place.run('validate', 'plumbline.yml');
  expect(code).toBe(2);
  expect(out).toMatch(new RegExp(`^${rule}:\\d+:\\d+  .*logging\\.diagnostic-setting\\.kept`, 'm'));
});

test('every other command stops at the same problems, on standard error, with nothing started', async () => {
  write('c.yml', 'prot: 1\ndata: never-made\n');
  for (const command of [
    ['run'],
    ['replay', 'x.json'],
    ['report'],
    ['verify'],
    ['doctor'],
    ['publish', 'sentinel'],
    ['explain', 'soc2:CC6.1'],
  ]) {
    const { code, out, err } = await place.run(...command, '--config', 'c.yml');
    expect([command, code, out]).toEqual([command, 2, '']);
    expect(err).toMatch(/^c\.yml:1:1 {2}unknown key "prot"/);
    expect(err).toMatch(/1 problem; nothing was started\n$/);
  }
  expect(() => rmSync(join(place.folder, 'never-made'))).toThrow('ENOENT');
});
