import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tableRows } from '../../src/verifier/parquet/rows.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { productFolder } from '../support/cli.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

let place: Workplace;
const at = (path: string): string => join(place.folder, path);
/** With the configuration of the encrypted lake. */
const run = (...argv: readonly string[]): Promise<CliRun> => place.run(...argv, '--config', 'plumbline.yml');
const config = (encryption: string): void =>
  writeFileSync(at('plumbline.yml'), `data: data\nlake:\n  encryption: ${encryption}\n`);
const RULE = join(productFolder, 'detections/azure/activity/azure_diagnostic_settings_deleted.yml');
const LETTER = '{"odd":"unreadable"}';
const why = ['--by', 'ada@example.com', '--reason', 'ticket 7'];

beforeAll(async () => {
  place = createLeanWorkplace();
  config('{ keyFile: secret/kek, pseudonymise: [actor] }');
  writeFileSync(at('one.json'), envelope(diagnosticsDeleted('aoai-1'), ordinary()));
  writeFileSync(at('two.json'), `{"records":[${LETTER}]}`);
  await run('replay', 'one.json');
  await run('replay', 'two.json');
});
afterAll(() => place[Symbol.dispose]());

/** Every file below a folder. */
const everyFile = (folder: string): Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

/** The only finding, as it is stored. */
async function aFinding(): Promise<string> {
  const bytes = everyFile(at('data/lake/findings')).find((one) => one.includes('PAR1'));
  const [row] = await tableRows(bytes ?? Buffer.alloc(0), pageCompressors);
  return JSON.stringify(row?.['id'] ?? '').slice(1, -1);
}

test('the first run makes the key file for its owner alone, and nothing of a message lies open in the lake', async () => {
  expect(statSync(at('secret/kek')).mode & 0o777).toBe(0o600);
  for (const bytes of everyFile(at('data/lake')))
    for (const secret of ['ada@example.com', 'unreadable']) expect(bytes.includes(secret)).toBe(false);
  const { out } = await run('keys', 'encryption', 'list');
  expect(out).toMatch(/^data 1 +\S+ +in use +file:[0-9a-f]{16}\n(?:.*\n)*pseudonym 1 /m);
});

test('verify opens what the configuration can, and says honestly what it could not without', async () => {
  const opened = await run('verify');
  expect([opened.code, opened.err]).toEqual([0, '']);
  expect(opened.out).toMatch(/opened with their data keys and hashed again: 2 payloads/);
  const closed = await place.run('verify', '--lake', 'data/lake');
  expect(closed.code).toBe(0);
  expect(closed.out).toMatch(
    /^verified but for what is encrypted: .*2 payloads encrypted: rows not re-hashed \(no key\)/,
  );
  expect(closed.out).toMatch(/what 2 encrypted payloads say/);
  const given = await place.run('verify', '--lake', 'data/lake', '--payload-key', 'secret/kek');
  expect(given.out).toMatch(/hashed again: 2 payloads/);
  writeFileSync(at('wrong'), `${Buffer.alloc(32, 1).toString('base64')}\n`);
  const wrong = await place.run('verify', '--lake', 'data/lake', '--payload-key', 'wrong');
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/opens none of the 1 data keys/)]);
  writeFileSync(at('none'), 'hello\n');
  expect((await place.run('verify', '--lake', 'data/lake', '--payload-key', 'none')).err).toMatch(
    /neither a key file/,
  );
});

test('a finding is shown without its payload, and with it to somebody who says who and why', async () => {
  const id = await aFinding();
  const covered = await run('evidence', 'show', id);
  expect(covered.out).toMatch(/matched +encrypted under data key 1/);
  expect(covered.out).toMatch(/encrypted under data key 1; --reveal --by <name> --reason <text> opens it/);
  const nameless = await run('evidence', 'show', id, '--reveal');
  expect([nameless.code, nameless.err]).toEqual([
    2,
    expect.stringMatching(/add --by <name> --reason <text>/),
  ]);
  const shown = await run('evidence', 'show', id, '--reveal', ...why);
  expect(shown.out).toMatch(/matched +\S+ = /);
  expect(shown.out).toMatch(/"operationName"/);
  const { out } = await run('verify');
  expect(out).toMatch(/looked at by hand 1 time, each on record/);
  const elsewhere = await place.run('evidence', 'show', id, '--lake', 'data/lake', '--reveal', ...why);
  expect([elsewhere.code, elsewhere.err]).toEqual([
    2,
    expect.stringMatching(/by the configuration of its lake/),
  ]);
});

test('a bundle carries plain messages when they were revealed, and their entries alone when not', async () => {
  const export_ = (...argv: readonly string[]): Promise<CliRun> =>
    place.runWith(
      { productFolder },
      'evidence',
      'export',
      '--config',
      'plumbline.yml',
      '--from',
      '2000-01-01',
      ...argv,
    );
  await export_('--out', 'covered');
  await export_('--out', 'plain', '--reveal', ...why);
  expect(existsSync(at('covered/captures'))).toBe(false);
  expect(Buffer.concat(everyFile(at('plain/captures'))).toString()).toContain('operationName');
  for (const bundle of ['covered', 'plain']) {
    const checked = await place.run('verify', '--bundle', bundle);
    expect([checked.code, checked.err]).toEqual([0, '']);
  }
});

test('dead letters are listed covered, shown to somebody with a reason, and read again without one', async () => {
  const listed = await run('dead-letter', 'list', '-o', 'json');
  const [letter] = JSON.parse(listed.out) as { id: string; detail: string; bytes: number }[];
  expect(letter).toMatchObject({ detail: '(encrypted)', bytes: LETTER.length });
  expect((await run('dead-letter', 'show', letter?.id ?? '')).out).not.toContain('unreadable');
  expect((await run('dead-letter', 'show', letter?.id ?? '', '--reveal', ...why)).out).toContain(LETTER);
  expect((await run('dead-letter', 'replay')).out).toMatch(/1 letters read again: 0 became events/);
});

test('rules are tried on what an encrypted lake has sealed, and its report is written', async () => {
  const tried = await run('backtest', RULE, '-o', 'json');
  expect([tried.code, tried.err]).toEqual([0, '']);
  expect(tried.out).toContain('azure_diagnostic_settings_deleted');
  expect((await run('report')).err).toMatch(/^verified: /m);
});

test('data keys change, are exported for an auditor, and are destroyed by two people', async () => {
  const early = await run(
    'keys',
    'encryption',
    'shred',
    '--key',
    '1',
    '--decision',
    'D',
    '--approved-by',
    'x',
    ...why,
  );
  expect(early.err).toMatch(/it is the key in use/);
  expect((await run('keys', 'encryption', 'rotate')).out).toMatch(/data key 2 was made/);
  expect((await run('keys', 'encryption', 'export', '--out', 'keys.json', ...why)).code).toBe(0);
  expect(statSync(at('keys.json')).mode & 0o777).toBe(0o600);
  const audit = await place.run('verify', '--lake', 'data/lake', '--payload-key', 'keys.json');
  expect(audit.out).toMatch(/hashed again: 2 payloads/);

  const shred = (approvedBy: string): Promise<CliRun> =>
    run(
      'keys',
      'encryption',
      'shred',
      '--key',
      '1',
      '--decision',
      'DEC-1',
      '--approved-by',
      approvedBy,
      ...why,
    );
  expect((await shred('Ada@example.com')).err).toMatch(/by two people/);
  expect((await shred('grace@example.com')).out).toMatch(/destroyed under decision DEC-1/);
  const verified = await run('verify');
  expect(verified.code).toBe(0);
  expect(verified.out).toMatch(
    /2 payloads shredded with data key 1 under decision DEC-1 \(ada@example\.com, approved by grace@example\.com: ticket 7\)/,
  );
  expect((await run('keys', 'encryption', 'list')).out).toMatch(/data 1 .*destroyed under DEC-1/);
  const id = await aFinding();
  expect((await run('evidence', 'show', id, '--reveal', ...why)).out).toMatch(/shredded with data key 1/);
});

test('keys are wrapped anew by the key of the configuration, and the old one opens nothing any more', async () => {
  writeFileSync(at('secret/next'), `${Buffer.alloc(32, 7).toString('base64')}\n`, { mode: 0o600 });
  config('{ keyFile: secret/next }');
  expect((await run('verify')).err).toMatch(/payload is not opened: .*is this the right key file\?/);
  const rewrapped = await run('keys', 'encryption', 'rewrap', '--from-key-file', 'secret/kek');
  expect(rewrapped.out).toMatch(/^data 2, pseudonym 1: wrapped anew by file:/);
  const verified = await run('verify');
  expect([verified.code, verified.err]).toEqual([0, '']);
  expect((await run('keys', 'encryption', 'rewrap')).out).toMatch(/already/);
});

test('a name has the pseudonym that stands in the lake', async () => {
  const { out } = await run('keys', 'encryption', 'pseudonym', 'Someone@example.com');
  expect(out).toMatch(/^psn1:[\w-]{22}\n$/);
  expect((await run('keys', 'encryption', 'pseudonym', 'someone@example.com')).out).toBe(out);
});

test('an encrypted lake is not written open when the configuration forgets to say how', async () => {
  writeFileSync(at('plain.yml'), 'data: data\n');
  const { code, err } = await place.run('replay', 'one.json', '--config', 'plain.yml');
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/is encrypted, and the configuration does not say how/),
  ]);
  const rotated = await place.run('keys', 'encryption', 'rotate', '--config', 'plain.yml');
  expect([rotated.code, rotated.err]).toEqual([2, expect.stringMatching(/set keyFile or keyVault/)]);
});
