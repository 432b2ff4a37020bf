import { describe, expect, test } from 'vitest';
import { commands as listed } from '../../src/cli/commands.ts';
import { exitCodes } from '../../src/cli/io.ts';
import { createWorkplace } from '../support/cli.ts';
import { filesBelow } from '../support/lakes.ts';

const commands = listed.map(({ name }) => name);

/** Runs in a folder of its own, and says whether that was left empty. */
async function run(...argv: readonly string[]) {
  using place = createWorkplace();
  const done = await place.run(...argv);
  return { ...done, isUntouched: filesBelow(place.folder).length === 0 };
}

test('--help lists every command but the hidden one, and every exit code with its meaning', async () => {
  const { code, out, err } = await run('--help');
  expect([code, err]).toEqual([0, '']);
  for (const name of commands)
    expect([name, new RegExp(`^  ${name}\\b`, 'm').test(out)]).toEqual([name, name !== 'generate']);
  for (const { code: exit, means } of Object.values(exitCodes))
    expect(out).toContain(`  ${exit}  ${means}\n`);
});

test('help of a command by either way says the same, its options and what lies below it included', async () => {
  const asked = await run('help', 'evidence');
  expect(asked).toEqual(await run('evidence', '--help'));
  expect(asked.out).toMatch(/^ {2}show \[options\] <finding>/m);
  expect((await run('help', 'run')).out).toContain('--config <file>');
});

test('--version is the version and nothing else', async () => {
  expect(await run('--version')).toMatchObject({ code: 0, out: '0.0.0-test\n', err: '' });
});

describe('every command', () => {
  for (const name of commands) {
    test(`${name} --help explains it on standard output`, async () => {
      const { code, out, err, isUntouched } = await run(name, '--help');
      expect([code, err, isUntouched]).toEqual([0, '', true]);
      expect(out).toMatch(new RegExp(`^Usage: plumbline ${name}\\b`));
    });

    test(`${name} --nonsense is a usage error on standard error`, async () => {
      const { code, out, err, isUntouched } = await run(name, '--nonsense');
      expect([code, out, isUntouched]).toEqual([2, '', true]);
      expect(err).toMatch(/^error: (?:unknown option '--nonsense'|required option '.*' not specified)/);
    });
  }
});

describe('a word that is no command', () => {
  test('is a usage error, with the one that was probably meant', async () => {
    const { code, out, err } = await run('repaly', 'x.json');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/unknown command 'repaly'\n\(Did you mean replay\?\)/);
  });

  test('nothing at all prints the help on standard error and ends with 2', async () => {
    const { code, out, err } = await run();
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/^Usage: plumbline /);
  });
});

describe('components', () => {
  test('lists what is built in, kind by kind, in lines that fit the terminal', async () => {
    const { code, out, err } = await run('components');
    expect([code, err]).toEqual([0, '']);
    for (const type of ['collector +files', 'normaliser +\\w+', 'publisher +sentinel', 'notifier +pagerduty'])
      expect(out).toMatch(new RegExp(`^${type}\\b`, 'm'));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('as JSON and as NDJSON says the same', async () => {
    const all = JSON.parse((await run('components', '-o', 'json')).out) as unknown[];
    const lines = (await run('components', '-o', 'ndjson')).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all);
    expect(all.length).toBeGreaterThan(10);
  });
});

test('schema prints JSON Schema and nothing else', async () => {
  const { code, out, err } = await run('schema');
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({ type: 'object', additionalProperties: false });
});
