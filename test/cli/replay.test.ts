import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { lockLake } from '../../src/store/lock.ts';
import { startChild } from '../support/child.ts';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { capturesOf, filesBelow, sizeOf } from '../support/lakes.ts';
import { diagnosticsDeleted, diagnosticsWritten, envelope, ndjson, ordinary } from '../support/records.ts';

interface ReplayResult {
  readonly totals: Record<
    'captures' | 'records' | 'duplicates' | 'deadLetters' | 'findings' | 'seals',
    number
  >;
  readonly problems: readonly string[];
  readonly findings: readonly { readonly id: string; readonly level: string; readonly resourceId: string }[];
  readonly incidents: readonly { readonly title: string; readonly state: string }[];
  readonly evidence: { readonly root: string; readonly size: number; readonly events: number };
  readonly verification: { readonly ok: boolean };
  readonly report: string;
}

let place: Workplace;
let lake: string;
beforeEach(() => {
  place = createLeanWorkplace();
  lake = join(place.folder, 'data/lake');
});
afterEach(() => place[Symbol.dispose]());

function write(file: string, data: string | Uint8Array): void {
  mkdirSync(join(place.folder, file, '..'), { recursive: true });
  writeFileSync(join(place.folder, file), data);
}

async function replay(
  ...argv: readonly string[]
): Promise<{ code: number; err: string; result: ReplayResult }> {
  const { code, out, err } = await place.run('replay', '--output', 'json', ...argv);
  return { code, err, result: JSON.parse(out) as ReplayResult };
}

test('a file becomes sealed evidence, findings, incidents and a report, in one command', async () => {
  write('export.json', envelope(ordinary(), diagnosticsDeleted('aoai-1', 1)));
  const { code, out, err } = await place.run('replay', 'export.json');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^Records +2 in 1 messages/m);
  expect(out).toMatch(/^Findings +1 high$/m);
  expect(out).toMatch(/AI account aoai-1: Azure diagnostic setti… +open$/m);
  expect(out).toMatch(/verified: 1 message and/);
  expect(readFileSync(join(place.folder, 'data/reports/replay.html'), 'utf8')).toContain('aoai-1');
});

describe('a folder with everything in it', () => {
  const accounts = ['envelope', 'array', 'object', 'lines', 'blob', 'gz', 'zst', 'nested'];
  beforeEach(() => {
    const record = (name: string) => diagnosticsDeleted(name);
    write('in/envelope.json', envelope(record('envelope'), ordinary()));
    write('in/array.json', JSON.stringify([record('array'), ordinary()], null, 2));
    write('in/object.json', `\ufeff${JSON.stringify(record('object'), null, 2)}`);
    write('in/lines.ndjson', ndjson(record('lines'), ordinary(), ordinary(1)));
    write('in/resourceId=/y=2026/m=03/d=02/h=09/m=00/PT1H.json', ndjson(record('blob'), ordinary()));
    write('in/export.json.gz', gzipSync(envelope(record('gz'), ordinary())));
    write('in/export.json.zst', zstdCompressSync(envelope(record('zst'), ordinary())));
    write('in/deep/er/x.json', envelope(record('nested')));
    write('in/.hidden.json', envelope(record('hidden')));
  });
  const found = ({ findings }: ReplayResult): string[] =>
    findings.map(({ resourceId }) => /accounts\/([^/]+)/.exec(resourceId)?.[1] ?? '').toSorted();

  test('is read whole, whatever the form of each file', async () => {
    const { code, err, result } = await replay('in');
    expect([code, err]).toEqual([0, '']);
    expect(found(result)).toEqual(accounts.toSorted());
    expect(result.totals).toMatchObject({ captures: 8, records: 15, deadLetters: 0, duplicates: 0 });
    expect(result.evidence.events).toBe(15);
    expect(result.verification.ok).toBe(true);
  });

  test('a table, an empty file and a compressed file that breaks off are named, the others are read: exit 4', async () => {
    const whole = gzipSync(
      ndjson(...Array.from({ length: 600 }, (_, index) => diagnosticsDeleted('torn', index))),
    );
    write('in/torn.ndjson.gz', whole.subarray(0, whole.length / 2));
    write('in/users.csv', 'id,name\n1,ada\n');
    write('in/empty.json', '');
    const { code, err, result } = await replay('in');
    expect(code).toBe(4);
    expect(result.problems).toHaveLength(3);
    for (const [file, why] of [
      ['torn.ndjson.gz', /unexpected end of file; what came before was read/],
      ['users.csv', /not JSON; export the logs as JSON, or leave this file out/],
      ['empty.json', /empty; nothing to read/],
    ] as const) {
      const line = err.split('\n').find((text) => text.includes(file));
      expect(line).toMatch(/^plumbline: /);
      expect(line).toMatch(why);
    }
    expect(new Set(found(result))).toEqual(new Set([...accounts, 'torn']));
    expect(result.verification.ok).toBe(true);
  });

  test('a second replay adds nothing: same leaves, same files, same findings', async () => {
    const first = await replay('in');
    const before = filesBelow(lake).map(({ path }) => path);
    const second = await replay('in');
    expect(second.code).toBe(0);
    expect(second.result.totals).toMatchObject({ records: 0, findings: 0, seals: 0 });
    expect({ ...second.result.evidence, verified: undefined }).toEqual({
      ...first.result.evidence,
      verified: undefined,
    });
    expect(second.result.findings).toEqual(first.result.findings);
    expect(filesBelow(lake).map(({ path }) => path)).toEqual(before);
  });

  test('what was added since is read, and nothing else', async () => {
    const first = await replay('in');
    write('in/new.json', envelope(diagnosticsDeleted('new')));
    const lines = readFileSync(join(place.folder, 'in/lines.ndjson'), 'utf8');
    write('in/lines.ndjson', lines + ndjson(diagnosticsDeleted('grown')));
    const { result } = await replay('in');
    expect(result.totals).toMatchObject({ captures: 2, records: 2, findings: 2 });
    expect(found(result)).toEqual([...found(first.result), 'grown', 'new'].toSorted());
    expect(result.verification.ok).toBe(true);
  });
});

test('records that cannot be read become dead letters with a reason, and hold up nobody', async () => {
  write(
    'mixed.json',
    `{"records":[${JSON.stringify(diagnosticsDeleted('aoai-1'))},7,{"time":"2026-03-02T09:00:00Z"},"x"]}`,
  );
  const { code, result } = await replay('mixed.json');
  expect(code).toBe(0);
  expect(result.totals).toMatchObject({ records: 4, deadLetters: 3, findings: 1 });
});

describe('--output', () => {
  beforeEach(() => write('two.json', envelope(diagnosticsDeleted('a'), diagnosticsDeleted('b', 1))));

  test('ndjson is a finding a line, and nothing else on standard output', async () => {
    const { out } = await place.run('replay', 'two.json', '-o', 'ndjson');
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ detectionName: 'azure_diagnostic_settings_deleted' });
  });

  test('of another form is a usage error that names the ones there are', async () => {
    const { code, out, err } = await place.run('replay', 'two.json', '-o', 'xml');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/table, json, ndjson/);
  });
});

describe('--fail-on', () => {
  beforeEach(() => write('one.json', envelope(diagnosticsDeleted('a'))));

  for (const [level, code] of [
    ['informational', 1],
    ['medium', 1],
    ['high', 1],
    ['critical', 0],
  ] as const)
    test(`${level} ends with ${code} when a high finding was made, and everything is written all the same`, async () => {
      const run = await replay('one.json', '--fail-on', level);
      expect(run.code).toBe(code);
      expect(run.result.findings).toHaveLength(1);
    });

  test('of an unknown level is a usage error, before anything is read', async () => {
    expect((await place.run('replay', 'one.json', '--fail-on', 'urgent')).code).toBe(2);
    expect(() => sizeOf(lake)).toThrow('ENOENT');
  });
});

describe('nothing to read', () => {
  test('a path that is not there is named, and what is there is read: exit 4', async () => {
    write('one.json', envelope(diagnosticsDeleted('a')));
    const { code, err, result } = await replay('missing', 'one.json');
    expect(code).toBe(4);
    expect(err).toMatch(/^plumbline: .*missing: ENOENT/);
    expect(result.findings).toHaveLength(1);
  });

  test('only paths that are not there: nothing on standard output, exit 4', async () => {
    const { code, out, err } = await place.run('replay', 'missing');
    expect([code, out]).toEqual([4, '']);
    expect(err).toMatch(/nothing that could be read; the lake holds no event\n$/);
  });

  test('no path at all is a usage error', async () => {
    expect((await place.run('replay')).code).toBe(2);
  });
});

test('a lake that another process writes to is left alone: exit 3', async () => {
  write('one.json', envelope(diagnosticsDeleted('a')));
  await replay('one.json');
  const other = lockLake(lake, 'main');
  onTestFinished(() => other.release());
  const { code, out, err } = await place.run('replay', 'one.json');
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(
    /another process is writing to it as main; stop that one, or give this one a name of its own/,
  );
});

test('a lake of another origin is left alone: exit 3', async () => {
  write('one.json', envelope(diagnosticsDeleted('a')));
  await replay('one.json');
  const before = readFileSync(join(lake, 'log/main/checkpoint'), 'utf8');
  write('other.yml', 'lake: { origin: plumbline.example/other }\n');
  const { code, out, err } = await place.run('replay', 'one.json', '-c', 'other.yml');
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(/^plumbline: lake /);
  expect(readFileSync(join(lake, 'log/main/checkpoint'), 'utf8')).toBe(before);
});

test('the report window covers everything that was read, and no empty or reversed window is drawn', async () => {
  write('one.json', envelope(diagnosticsDeleted('a'), diagnosticsWritten('a', 90)));
  await replay('one.json');
  const whole = await place.run('report');
  expect([whole.code, whole.out.trim()]).toEqual([
    0,
    expect.stringMatching(/^data\/reports\/report-.*\.html$/),
  ]);
  expect(whole.err).toMatch(/^verified: /);
  for (const window of [
    ['--from', '2026-03-03', '--to', '2026-03-02'],
    ['--from', '2026-03-02T09:00:00Z', '--to', '2026-03-02T09:00:00Z'],
    ['--from', '2030-01-01'],
    ['--to', '2020-01-01'],
    ['--from', 'yesterday'],
  ]) {
    const { code, out, err } = await place.run('report', ...window);
    expect([window, code, out]).toEqual([window, 2, '']);
    expect(err).not.toBe('');
  }
});

test('a report on a lake that holds nothing is not written: exit 4', async () => {
  const { code, out, err } = await place.run('report');
  expect([code, out]).toEqual([4, '']);
  expect(err).toMatch(/the lake holds no event yet/);
});

describe('standard input, in a process of its own', () => {
  test('is read like a file, and PLUMBLINE_CONFIG names the configuration', async () => {
    write('etc/plumbline.yml', 'data: ../elsewhere\n');
    await using child = startChild(['replay', '-', '--output', 'json'], {
      cwd: place.folder,
      env: { PLUMBLINE_CONFIG: 'etc/plumbline.yml' },
      input: gzipSync(ndjson(diagnosticsDeleted('piped'), ordinary())),
    });
    const { code, out, err } = await child.ended;
    expect([code, err]).toEqual([0, '']);
    expect((JSON.parse(out) as ReplayResult).totals).toMatchObject({ records: 2, findings: 1 });
    expect(capturesOf(join(place.folder, 'elsewhere/lake'))).toHaveLength(1);
  });

  test('that falls silent can be interrupted: exit 130', async () => {
    await using child = startChild(['replay', '-', '--log-level', 'info'], { cwd: place.folder });
    child.process.stdin?.write(ndjson(diagnosticsDeleted('piped')));
    await expect
      .poll(() => filesBelow(place.folder).some(({ path }) => path.endsWith('verifier.vkey')), {
        timeout: 20_000,
      })
      .toBe(true);
    child.process.kill('SIGINT');
    const { code, err } = await child.ended;
    expect(code).toBe(130);
    expect(err).toMatch(/interrupted; the same command goes on from here/);
  });
});
