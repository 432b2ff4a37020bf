import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import { verifyBundle } from '../../src/proof/verify-bundle.ts';
import { folderFiles } from '../../src/verifier/folder.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { filesBelow } from '../support/lakes.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { productFolder } from '../support/cli.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

let place: Workplace;
let finding: string;
let key: string;
let exported: CliRun;
const at = (path: string): string => join(place.folder, path);

beforeAll(async () => {
  place = createLeanWorkplace();
  writeFileSync(at('one.json'), envelope(diagnosticsDeleted('aoai-1'), ordinary()));
  writeFileSync(at('two.json'), envelope(diagnosticsDeleted('aoai-2')));
  await place.run('replay', 'one.json');
  await place.run('replay', 'two.json');
  key = readFileSync(at('data/lake/log/main/verifier.vkey'), 'utf8').trim();
  exported = await run('export', '--from', '2000-01-01', '--out', 'all');
  const { rows } = JSON.parse(readFileSync(at('all/bundle.json'), 'utf8')) as {
    rows: { file: string; values: { id: string } }[];
  };
  finding = rows.find(({ file }) => file.includes('/findings/'))?.values.id ?? '';
});
afterAll(() => place[Symbol.dispose]());

/** With the product's own folder, so that the verifier can be made from its source. */
const run = (...argv: readonly string[]) => place.runWith({ productFolder }, 'evidence', ...argv);
const verifyMjs = (...argv: readonly string[]) =>
  spawnSync(process.execPath, argv, { cwd: place.folder, encoding: 'utf8', env: {} });
const check = (folder: string, verifierKeys: readonly string[] = [key]) =>
  verifyBundle(folderFiles(at(folder)), { verifierKeys, parquet: captureReader(pageCompressors) });

test('show tells one finding as a chain: rule, fields, event, message, leaf, checkpoint, proof', async () => {
  const { code, out, err } = await run('show', finding);
  expect([code, err]).toEqual([0, '']);
  for (const part of [
    /^finding +fnd-/m,
    /^rule +azure_diagnostic_settings_deleted, version [0-9a-f]{64}$/m,
    /^matched +\S+ = /m,
    /^event +\S+ +azure_activity/m,
    /^rule pack +leaf \d+ of log\/main$/m,
    /^decisions +none$/m,
    /^ {2}stream +\S+, sequence \d+$/m,
    /^ {2}stored +[0-9a-f]{64}$/m,
    /diagnosticSettings/i,
    /^ {2}leaf +\d+, hash \S{44}$/m,
    /^ {2}path +\d+ hashes/m,
    /^ {2}checkpoint +plumbline\.example\/lake\/main, size \d+$/m,
  ])
    expect(out).toMatch(part);
});

test('export says what it wrote, and how to verify it', () => {
  expect(exported.err).toBe('');
  expect(exported.out).toMatch(/^2 findings in \d+ files: .*\nverify it: node verify\.mjs all\n$/);
});

test('a bundle verifies with the verifier in it, and with the command', async () => {
  const { status, stdout } = verifyMjs('all/verify.mjs', 'all', '--key', key);
  expect(stdout).toMatch(
    /^verified: 2 messages, \d+ table files and \d+ other entr(?:y|ies) stand in the signed log/m,
  );
  expect(stdout).toMatch(/list signed/);
  expect(status).toBe(0);
  const { code, out } = await place.run('verify', '--bundle', 'all');
  expect(code).toBe(0);
  expect(out).toMatch(/give one had from elsewhere with --key/);
});

test('it says what it proves and what not, and holds the messages as they are stored', () => {
  const readme = readFileSync(at('all/README.md'), 'utf8');
  expect(readme).toMatch(/## What it proves[\s\S]*## What it does not prove/);
  expect(readme).toContain(finding);
  expect(filesBelow(at('all')).filter(({ path }) => path.endsWith('.bin'))).toHaveLength(2);
});

test('as one compressed file it verifies too, and a second export never writes over the first', async () => {
  expect((await run('export', '--finding', finding, '--out', 'one.tar.gz')).code).toBe(0);
  expect((await place.run('verify', '--bundle', 'one.tar.gz', '--key', key)).code).toBe(0);
  const { status, stdout } = verifyMjs('all/verify.mjs', 'one.tar.gz', '--key', key);
  expect(stdout).toMatch(/^verified: 1 message, /m);
  expect(status).toBe(0);
  const again = await run('export', '--finding', finding, '--out', 'all');
  expect([again.code, again.err]).toEqual([2, expect.stringContaining('new or empty')]);
  expect((await run('export', '--finding', finding, '--out', 'one.tar.gz')).code).toBe(3);
});

describe('whatever is changed in a bundle is found', () => {
  test('any byte of any file', async () => {
    for (const { path } of filesBelow(at('all'))) {
      const random = seededRandom(`bundle ${path}`);
      const kept = readFileSync(path);
      const bent = Buffer.from(kept);
      const byte = random.int(0, bent.length - 1);
      bent.writeUInt8(bent.readUInt8(byte) ^ (1 << random.int(0, 7)), byte);
      writeFileSync(path, bent);
      expect((await check('all')).ok, `${path} byte ${byte}`).toBe(false);
      writeFileSync(path, kept);
    }
    expect((await check('all')).ok).toBe(true);
  });

  test('a file too few, a file too many, a quoted row turned harmless with the list made to fit', async () => {
    cpSync(at('all'), at('bent'), { recursive: true });
    rmSync(at('bent/README.md'));
    writeFileSync(at('bent/extra.txt'), 'x');
    const list = readFileSync(at('bent/bundle.json'), 'utf8');
    writeFileSync(at('bent/bundle.json'), list.replace('"level":"high"', '"level":"low"'));
    const { faults, ok } = await check('bent');
    expect(ok).toBe(false);
    expect(faults.map(({ kind, place: where }) => `${kind} ${where}`)).toEqual(
      expect.arrayContaining([
        'unexpected README.md',
        'unexpected extra.txt',
        'checkpoint bundle.note',
        expect.stringMatching(/^row segments\/findings\/.* row 1$/),
      ]),
    );
  });

  test('a key of another log is told as that', async () => {
    const other = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
    expect((await check('all', [other])).faults[0]).toMatchObject({ kind: 'origin' });
  });
});

test('prove prints a C2SP tlog-proof', async () => {
  const { code, out } = await run('prove', 'main:0');
  expect(code).toBe(0);
  expect(out).toMatch(/^c2sp\.org\/tlog-proof@v1\nindex 0\n[\s\S]*\nplumbline\.example\/lake\/main\n\d+\n/);
  expect((await run('prove', '0')).out).toBe(out);
});

test.each([
  [['show', 'fnd-nothing'], 2, /no such finding/],
  [['export', '--out', 'x'], 2, /say which/],
  [['export', '--out', 'x', '--from', 'yesterday'], 2, /is no time/],
  [['export', '--out', 'x', '--finding', 'fnd-nothing'], 2, /no finding in this lake is like that/],
  [['prove', '99999'], 2, /has no such leaf/],
  [['prove', 'other:1'], 2, /the writers are main/],
  [['show', 'fnd-x', '--lake', 'nowhere'], 3, /no sealed evidence here/],
])('%j is refused with what to do', async (argv, code, words) => {
  const answer = await run(...argv);
  expect(answer.err).toMatch(words);
  expect(answer.code).toBe(code);
});
