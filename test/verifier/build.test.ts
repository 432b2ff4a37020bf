import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtVerifier } from '../../src/verifier/build.ts';
import { fillLake, openTestLake, signer } from '../store/lakes.ts';
import { productFolder } from '../support/cli.ts';

let folder: string;
let lake: string;
let program: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-verifier-'));
  lake = join(folder, 'lake');
  // So many seals that the tables have checkpoints of their own.
  await fillLake(await openTestLake(lake), 'built', 102, 1);
  program = join(folder, 'verify.mjs');
  writeFileSync(program, (await builtVerifier(productFolder)).program);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** This Node, and every other one that the machine has. */
const nodes = [process.execPath, '/usr/bin/node', '/usr/local/bin/node'].filter((path) => existsSync(path));

function run(node: string, ...argv: readonly string[]): { code: number | null; out: string } {
  const { status, stdout, stderr } = spawnSync(node, [program, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    env: {},
  });
  return { code: status, out: stdout + stderr };
}
const newest = (): string => join(lake, 'log', readdirSync(join(lake, 'log'))[0] ?? '', 'checkpoint');

describe.each(nodes)('verify.mjs under %s', (node) => {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();

  test(`says what is proven and what is not (${version})`, () => {
    const { code, out } = run(node, lake, '--key', signer.verifier.verifierKey, '--since', newest());
    expect(out).toMatch(
      /^verified: 102 messages and \d+ rows in \d+ files match the signed log \(key: given\)$/m,
    );
    expect(out).toMatch(/✓ history since 1 kept checkpoint was only added to/);
    expect(out).toMatch(/– what was lost before it reached the streams/);
    expect(code).toBe(0);
  });

  test('names the files in which one bit differs', () => {
    const bent = join(folder, 'bent');
    cpSync(lake, bent, { recursive: true });
    const day = readdirSync(join(bent, 'captures')).find((name) => name.startsWith('day=')) ?? '';
    const [file = ''] = readdirSync(join(bent, 'captures', day));
    const places = [
      `captures/${day}/${file}`,
      'captures/_delta_log/00000000000000000100.checkpoint.parquet',
      'captures/_delta_log/_last_checkpoint',
    ];
    for (const place of places) {
      const bytes = readFileSync(join(bent, place));
      const at = Math.min(200, bytes.length - 1);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      writeFileSync(join(bent, place), bytes);
    }
    const { code, out } = run(node, 'bent', '--json');
    expect(code).toBe(1);
    const { faults } = JSON.parse(out) as { faults: { place: string }[] };
    expect(faults.map(({ place }) => place)).toEqual(expect.arrayContaining(places));
  });
});

test.each([
  ['nothing to verify', [], 2, /usage: node verify\.mjs/],
  ['an unknown option', ['lake', '--what'], 2, /usage: node verify\.mjs/],
  ['a folder that is neither lake nor bundle', ['.'], 2, /neither a lake nor a bundle/],
  ['a key that is none', ['lake', '--key', 'nonsense'], 2, /not a verifier key/],
  ['a checkpoint that is not there', ['lake', '--since', 'gone'], 2, /gone/],
] as const)('%s is told, with what to do', (_, argv, code, words) => {
  const answer = run(process.execPath, ...argv);
  expect(answer.out).toMatch(words);
  expect(answer.code).toBe(code);
});

test('the key of another log is said to be one, not called wrong', () => {
  const other = signer.verifier.verifierKey;
  const lakeOfOthers = join(folder, 'others');
  cpSync(lake, lakeOfOthers, { recursive: true });
  const [writer = ''] = readdirSync(join(lake, 'log'));
  const name = `other.example.com/${writer}`;
  const key = execFileSync(
    process.execPath,
    [
      '-e',
      `import(${JSON.stringify(join(productFolder, 'src/proof/note.ts'))}).then(({ signerFromSeed }) => console.log(signerFromSeed(${JSON.stringify(name)}, Buffer.alloc(32, 3)).verifier.verifierKey))`,
    ],
    { encoding: 'utf8' },
  ).trim();
  expect(key).not.toBe(other);
  const { code, out } = run(process.execPath, lake, '--key', key);
  expect(code).toBe(1);
  expect(out).toMatch(/^✕ origin {2}log\/.*\n.*it is the log of .*, and the key is of other\.example\.com/m);
  expect(out).not.toMatch(/^✕ (key|checkpoint)/m);
});
