import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { exitCodes } from '../src/cli/io.ts';
import type { Io } from '../src/cli/io.ts';
import { createProgram } from '../src/cli/program.ts';
import { loadDecisions } from '../src/assess/decisions.ts';
import { loadConfig } from '../src/config.ts';
import { formatProblem } from '../src/lib/errors.ts';
import { createMetrics } from '../src/lib/metrics.ts';
import { normaliseReasons } from '../src/normalise/normalise.ts';
import { createWorkplace } from './support/cli.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const written = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...written.map((name) => `docs/${name}`)];
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}

/** Fenced blocks of a page, with the indent of a list taken away. */
const blocksOf = (text: string): readonly Block[] =>
  [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language = '', body = '']) => ({
      language,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
    }),
  );

const withoutBlocks = (text: string): string => text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '');
const codeSpans = (text: string): readonly string[] =>
  [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);

/** What GitHub calls the headings of a page in links. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set(
    [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

describe.each(pages)('%s', (page) => {
  const text = textOf(page);

  test('links to files and headings that are there', () => {
    const links = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const file = path === '' ? page : relative(root, join(root, dirname(page), path));
        if (!existsSync(join(root, file))) return true;
        return anchor !== undefined && !anchorsOf(textOf(file)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  test('names only files of the project that are there', () => {
    const named = [...text.matchAll(/(?<![\w./<-])(?:src|test|mappings|deploy)\/[\w./-]*[\w/](?![<…])/g)]
      .map(([path]) => path)
      // Made on the user's machine, never committed.
      .filter((path) => !path.startsWith('deploy/secrets/'));
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('names only metrics that there are', () => {
    const known = createMetrics().registry.getMetricsAsArray();
    const names = new Set(
      known.flatMap(({ name }) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]),
    );
    const named = [...text.matchAll(/\bplumbline_[a-z_]+/g)].map(([name]) => name);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  test('shows only commands and options that there are', () => {
    const shown = [
      ...codeSpans(text),
      ...blocksOf(text).flatMap((block) => block.text.split('\n').map((line) => line.replace(/^\$ /, ''))),
    ];
    expect(shown.flatMap((code) => wrongInCommand(code))).toEqual([]);
  });

  test('shows only configuration and decisions that are accepted', () => {
    const problems = blocksOf(text)
      .filter(({ language }) => language === 'yaml')
      .flatMap(({ text: yaml }) => problemsIn(yaml));
    expect(problems).toEqual([]);
  });
});

const noIo: Io = {
  out: () => {},
  err: () => {},
  isTerminal: false,
  hasColour: false,
  columns: 80,
  env: {},
  workingFolder: root,
  productFolder: root,
  productVersion: '0.0.0-test',
  nodeVersion: process.versions.node,
  signal: new AbortController().signal,
  clock: () => 0,
  fetch: () => Promise.reject(new Error('no network in tests')),
};
const program = await createProgram(noIo, () => {});

/** What is wrong with the command line a text begins with; nothing when it is none. */
function wrongInCommand(code: string): readonly string[] {
  const [, line] = /^(?:npx )?plumbline ([a-z][^#|]*)/.exec(code) ?? [];
  if (line === undefined) return [];
  const [name = '', ...words] = line.trim().split(/\s+/);
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (command === undefined) return name === 'help' ? [] : [`${code}: no command ${name}`];
  let named = command;
  for (const word of words) {
    const below = named.commands.find((candidate) => candidate.name() === word);
    if (below === undefined) break;
    named = below;
  }
  const flags = new Set(named.options.flatMap(({ short, long }) => [short, long]));
  return words
    .filter((word) => /^-{1,2}[a-z]/.test(word) && !flags.has(word) && word !== '--help')
    .map((word) => `${code}: ${name} has no option ${word}`);
}

const environment = { PAGERDUTY_ROUTING_KEY: '0'.repeat(32) };

/** What is wrong with a YAML example; its first key says what it is an example of. */
function problemsIn(yaml: string): readonly string[] {
  const keys = Object.keys(parse(yaml) as Record<string, unknown>);
  // Prometheus reads these, not we; the metrics they name are checked above.
  if (keys.includes('groups')) return [];
  if (keys.includes('decisions') && keys.length === 1)
    return loadDecisions(yaml, 'example', undefined).problems.map(formatProblem);
  using place = createWorkplace();
  const file = join(place.folder, 'example.yml');
  writeFileSync(file, yaml);
  return loadConfig(file, environment, place.folder).problems.map(formatProblem);
}

test('the example configuration is accepted as it stands, decisions and all', async () => {
  using place = createWorkplace();
  const file = join(root, 'docs/examples/plumbline.yml');
  const { code, out, err } = await place.runWith({ env: environment }, 'validate', file);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^No problems/);
});

test('the example configuration without its secret is refused, and names it', async () => {
  using place = createWorkplace();
  const { code, out } = await place.run('validate', join(root, 'docs/examples/plumbline.yml'));
  expect(code).toBe(exitCodes.usage.code);
  expect(out).toContain('PAGERDUTY_ROUTING_KEY is not set');
});

test('a command or an option that is not there would be found', () => {
  expect(wrongInCommand('plumbline verify --lake x')).toEqual([]);
  expect(wrongInCommand('npx plumbline verfy')).toEqual(['npx plumbline verfy: no command verfy']);
  expect(wrongInCommand('plumbline verify --lak x')).toHaveLength(1);
});

test('operations lists every exit code, troubleshooting every reason for a dead letter', () => {
  for (const { code } of Object.values(exitCodes))
    expect(textOf('docs/operations.md')).toMatch(`\n| ${code} `);
  for (const reason of Object.keys(normaliseReasons))
    expect(textOf('docs/troubleshooting.md')).toContain(`| \`${reason}\` `);
});
