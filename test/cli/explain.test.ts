import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, diagnosticsWritten, envelope, ndjson, ordinary } from '../support/records.ts';

const rule = 'azure_diagnostic_settings_deleted';
const correlationText = `title: Diagnostic settings deleted twice
id: 00000000-0000-0000-0000-00000000d002
status: test
description: Two settings went within an hour.
level: high
correlation:
  type: event_count
  rules: [${rule}]
  group-by: [tenantId]
  timespan: 1h
  condition: { gte: 2 }
assertion: logging.diagnostic-settings.kept
runbook: 1. Look at both.
`;

let place: Workplace;
beforeAll(async () => {
  place = createLeanWorkplace();
  const write = (name: string, data: string | Uint8Array): void =>
    writeFileSync(join(place.folder, name), data);
  const miss = { ...diagnosticsDeleted('aoai-1'), resultType: 'Failure' };
  write('match.json', envelope(diagnosticsDeleted('aoai-1')));
  write('miss.json', envelope(miss));
  write('three.ndjson', ndjson(ordinary(), miss, diagnosticsDeleted('aoai-2')));
  write('match.json.gz', gzipSync(envelope(diagnosticsDeleted('aoai-1'))));
  write('match.json.zst', zstdCompressSync(envelope(diagnosticsDeleted('aoai-1'))));
  write('half.json', `${envelope(diagnosticsDeleted('aoai-1'))}\n{"time":`);
  write('table.csv', 'time,operation\n1,2\n');
  write('sign-in.json', envelope({ ...diagnosticsDeleted('aoai-1'), category: 'SignInLogs' }));
  write(
    'folded.json',
    envelope({ ...diagnosticsDeleted('a'), operationName: 'microsoft.insights/diagnosticSettings/delete ' }),
  );
  write('pair.json', envelope(diagnosticsDeleted('a'), diagnosticsDeleted('b', 30)));
  const [shipped, mine] = [join(productFolder, 'detections/azure/activity'), join(place.folder, 'rules')];
  mkdirSync(mine);
  cpSync(join(shipped, `${rule}.yml`), join(mine, `${rule}.yml`));
  write('rules/diagnostics_deleted_twice.yml', correlationText);
  write('correlated.yml', 'detections: rules\n');
  mkdirSync(join(place.folder, 'empty'));
  write(
    'estate.json',
    envelope(diagnosticsDeleted('aoai-1'), diagnosticsDeleted('aoai-2', 1), diagnosticsWritten('aoai-2', 2)),
  );
  await place.run('replay', 'estate.json');
});
afterAll(() => place[Symbol.dispose]());

const explain = (...argv: readonly string[]) => place.run('explain', ...argv);
const explained = async (...argv: readonly string[]) =>
  JSON.parse((await explain(...argv, '--output', 'json')).out) as {
    eventId: string;
    class: string;
    matched: boolean;
    isRouted: boolean;
    leaves: { field: string; passed: boolean; actual: unknown[] }[];
  }[];

describe('a detection on records', () => {
  test('that it matches: every test with the value it found, and exit 0', async () => {
    const { code, out, err } = await explain(rule, '--event', 'match.json');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^✓ matches {2}azure_diagnostic_settings_deleted \(high\) on record 0, azure_activity$/m,
    );
    expect(out).toMatch(
      /✓ {2}selection {2}operationName .* "MICROSOFT\.INSIGHTS\/DIAGNOSTICSETTINGS\/DELETE"$/m,
    );
    expect(out).toMatch(/✓ {2}selection {2}resultType .* "Success"$/m);
  });

  test('that it nearly matches: the one test that failed, and exit 1', async () => {
    const { code, out } = await explain(rule, '--event', 'miss.json');
    expect(code).toBe(1);
    expect(out).toMatch(/^✕ does not match/);
    expect(out.match(/^ {4}✕.*$/gm)).toEqual([expect.stringMatching(/resultType.*"Failure"/)]);
  });

  test('can be named by its id as well', async () => {
    expect((await explain('9bae0685-7f28-48d8-8734-3f4e9f6d1d6c', '--event', 'match.json')).code).toBe(0);
  });

  for (const file of ['match.json.gz', 'match.json.zst', 'three.ndjson'])
    test(`reads ${file}, as replay does`, async () => {
      expect((await explained(rule, '--event', file)).some(({ matched }) => matched)).toBe(true);
    });

  test('tells records of one file apart by their place', async () => {
    const all = await explained(rule, '--event', 'three.ndjson');
    expect(all.map(({ eventId, matched }) => [eventId, matched])).toEqual([
      ['record 0', false],
      ['record 1', false],
      ['record 2', true],
    ]);
    const lines = (await explain(rule, '--event', 'three.ndjson', '-o', 'ndjson')).out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(all);
  });

  test('says what cannot be read on standard error, and explains the rest', async () => {
    const { code, out, err } = await explain(rule, '--event', 'half.json');
    expect(code).toBe(0);
    expect(out).toMatch(/^✓ matches/);
    expect(err).toMatch(/^plumbline: record 1 cannot be read: /);
  });

  test('of another log source never matches, however well the record fits', async () => {
    const [only] = await explained(rule, '--event', 'sign-in.json');
    expect(only).toMatchObject({ isRouted: false, matched: false });
    expect(only?.leaves.every(({ passed }) => passed)).toBe(true);
    const { code, out } = await explain(rule, '--event', 'sign-in.json');
    expect(code).toBe(1);
    expect(out).toMatch(/^the rule is for another log source: it is never asked about /m);
  });

  for (const [what, file] of [
    ['a file that is not there', 'none.json'],
    ['an empty folder', 'empty'],
    ['a table of another kind', 'table.csv'],
  ] as const)
    test(`on ${what} has nothing to explain: exit 3, nothing on standard output`, async () => {
      const { code, out, err } = await explain(rule, '--event', file);
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(/no record in it that could be read\n$/);
    });
});

describe('what stands between a record and a match', () => {
  test('is said first: the test, the value that is there, and what differs', async () => {
    const { out } = await explain(rule, '--event', 'miss.json');
    expect(out).toMatch(
      /^nearest to a match: 1 test short\n {2}selection: resultType equals Suc\w+\n {4}resultType = "Failure"\n {4}another text$/m,
    );
  });

  test('is nothing for a match, which says where folding made a value fit', async () => {
    const { out } = await explain(rule, '--event', 'match.json');
    expect(out).not.toMatch(/nearest/);
    expect(out).not.toMatch(/fits because/);
    const folded = await explain(rule, '--event', 'folded.json');
    expect(folded.out).toMatch(
      /^operationName fits because letter case, odd spaces and dashes do not count$/m,
    );
  });
});

describe('a correlation on records', () => {
  const twice = (...argv: readonly string[]) =>
    explain('diagnostics_deleted_twice', '--config', 'correlated.yml', ...argv);

  test('that complete it: every group with what it came to, and exit 0', async () => {
    const { code, out, err } = await twice('--event', 'pair.json');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^✓ finds {2}diagnostics_deleted_twice \(high\): events >= 2 within 1h$/m);
    expect(out).toMatch(/^ {2}✓ azure_diagnostic_settings_deleted {2}2 events$/m);
    expect(out).toMatch(/^✓ tenantId = \S+\n {4}comes to 2, \S+ to \S+: record 0, record 1$/m);
  });

  test('that do not: what is missing, and exit 1', async () => {
    const { code, out } = await twice('--event', 'match.json');
    expect(code).toBe(1);
    expect(out).toMatch(/^✕ does not find/);
    expect(out).toMatch(/^✕ tenantId = \S+\n {4}comes to 1, /m);
    const none = await twice('--event', 'miss.json', '-o', 'json');
    expect(JSON.parse(none.out)).toMatchObject({ found: false, groups: [], rules: [{ matched: 0 }] });
    expect((await twice('--event', 'miss.json')).out).toMatch(
      /✕ azure_diagnostic_settings_deleted {2}0 events {2}ask: plumbline explain azure_diag/,
    );
  });
});

describe('a finding', () => {
  const idOf = async (): Promise<string> => {
    const { out } = await place.run('replay', 'estate.json', '-o', 'ndjson');
    return (JSON.parse(out.split('\n', 1)[0] ?? '') as { id: string }).id;
  };

  test('is traced from its evidence to the controls that rest on it', async () => {
    const id = await idOf();
    const { code, out, err } = await explain(id);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^finding +${id}$`, 'm'));
    expect(out).toMatch(/^detection +azure_diagnostic_settings_deleted, version [0-9a-f]{64}$/m);
    expect(out).toMatch(/^matched +operationName = "MICROSOFT\.INSIGHTS\/DIAGNOSTICSETTINGS\/DELETE"/m);
    expect(out).toMatch(/^controls +.*soc2:CC7\.2/m);
    expect(out).toMatch(/^evidence +leaf \d+, record \d+; event /m);
    const json = JSON.parse((await explain(id, '-o', 'json')).out) as { id: string; controls: string[] };
    expect(json.id).toBe(id);
    expect(json.controls).toContain('soc2:CC7.2');
  });

  test('that does not exist is a usage error', async () => {
    const { code, out, err } = await explain('fnd-00000000000000000000');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(/no such finding in this lake/);
  });
});

describe('a control', () => {
  test('shows its status, since when, and each assertion it rests on with its reason', async () => {
    const { code, out, err } = await explain('soc2:CC7.2');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^✕ FAIL {2}soc2:CC7\.2 {2}/i);
    expect(out).toMatch(/^since 2026-03-02T09:/m);
    expect(out).toMatch(/✕ fail +logging\.diagnostic-settings\.kept +Azure diagnostic settings deleted/i);
    const { control } = JSON.parse((await explain('soc2:CC7.2', '-o', 'json')).out) as {
      control: { status: string };
    };
    expect(control.status).toBe('FAIL');
  });

  test('of a lake without events cannot be told', async () => {
    using empty = createLeanWorkplace();
    const { code, err } = await empty.run('explain', 'soc2:CC7.2');
    expect(code).toBe(2);
    expect(err).toMatch(/the lake holds no event yet/);
  });
});

describe('what nobody knows', () => {
  for (const what of ['azure_diagnostic_setting_deleted', 'soc2:CC99.9', 'finding', '../etc/passwd'])
    test(`"${what}" is a usage error that says what there is`, async () => {
      const { code, out, err } = await explain(what);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(`"${what}"`);
    });

  test('a detection without records asks for them', async () => {
    const { code, err } = await explain(rule);
    expect(code).toBe(2);
    expect(err).toContain('--event FILE');
  });
});
