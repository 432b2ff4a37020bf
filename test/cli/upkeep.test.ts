import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readRows } from '../../src/store/parquet-reader.ts';
import { productFolder } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

let place: Workplace;
beforeEach(async () => {
  place = createLeanWorkplace();
  writeFileSync(join(place.folder, 'one.json'), envelope(diagnosticsDeleted('aoai-1'), ordinary()));
  await place.run('replay', 'one.json');
});
afterEach(() => place[Symbol.dispose]());

const write = (name: string, text: string): void => writeFileSync(join(place.folder, name), text);
const parquet = (table: string): string[] => {
  const folder = join(place.folder, 'data', 'lake', table);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .map((path) => join(folder, path));
};
const years = (n: number) => ({ clock: () => Date.now() + n * 366 * 86_400_000 });

const erasures = `erasures:
  - id: ERA-2026-004
    reason: Request of a data subject, GDPR Article 17.
    requestedBy: privacy office
    approvedBy: counsel
`;

describe('plumbline erase', () => {
  test('erases a person under a decision; verify says so, and finds nothing wrong', async () => {
    write('decision.yml', erasures);
    const subject = 'ada@example.com';
    const before = readFileSync(parquet('events')[0] ?? '').length;
    expect(before).toBeGreaterThan(0);
    const dry = await place.run('erase', '--subject', subject, '--decision', 'decision.yml', '--dry-run');
    expect([dry.err, dry.code]).toEqual(['', 0]);
    expect(dry.out).toContain('Nothing written. Under decision ERA-2026-004');
    const { out, err, code } = await place.run('erase', '--subject', subject, '--decision', 'decision.yml');
    expect([err, code]).toEqual(['', 0]);
    expect(out).toContain('Erased under decision ERA-2026-004');
    const verified = await place.run('verify');
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(
      /^– erased under decision ERA-2026-004 \(privacy office, approved by counsel\): /m,
    );
    expect((await place.run('erase', '--subject', subject, '--decision', 'decision.yml')).code).toBe(4);
  });

  test('leaves findings that can be shown and taken along, with what is left of their message', async () => {
    write('decision.yml', erasures);
    const [[id] = []] = await readRows(readFileSync(parquet('findings')[0] ?? ''), ['id']);
    await place.run('erase', '--subject', 'ada@example.com', '--decision', 'decision.yml');
    expect((await place.run('evidence', 'show', String(id))).out).toContain(
      'erased or is past its retention',
    );
    // The verifier of a bundle is built from the whole product.
    const exported = await place.runWith(
      { productFolder },
      'evidence',
      'export',
      '--finding',
      String(id),
      '--out',
      'bundle',
    );
    expect(exported.err).toBe('');
    const verified = await place.run('verify', '--bundle', 'bundle');
    expect(verified.out).toMatch(/^verified: 0 messages, /m);
    expect(verified.code).toBe(0);
  });

  test('refuses a decision that names the person, one of a single pair of hands, and none', async () => {
    write('naming.yml', erasures.replace('a data subject', 'ada@example.com'));
    const naming = await place.run('erase', '--subject', 'ada@example.com', '--decision', 'naming.yml');
    expect(naming.code).toBe(2);
    expect(naming.err).toContain('the decision names the person');
    write('alone.yml', erasures.replace('approvedBy: counsel', 'approvedBy: Privacy Office'));
    const alone = await place.run('erase', '--subject', 'ada@example.com', '--decision', 'alone.yml');
    expect(alone.err).toMatch(/alone\.yml:5:17 {2}.*whoever asks for a decision cannot approve it/);
    write('none.yml', 'decisions: []\n');
    expect(
      (await place.run('erase', '--subject', 'ada@example.com', '--decision', 'none.yml')).err,
    ).toContain('there is no erasure in it');
    expect((await place.run('erase', '--subject', 'ab', '--decision', 'naming.yml')).err).toContain(
      'too short',
    );
  });

  test('leaves what a legal hold is on', async () => {
    write(
      'decision.yml',
      `${erasures}holds:
  - { id: HOLD-1, reason: A case., requestedBy: counsel, approvedBy: ciso, from: 2020-01-01 }
`,
    );
    const held = await place.run('erase', '--subject', 'ada@example.com', '--decision', 'decision.yml');
    expect(held.code).toBe(4);
    expect(held.out).toMatch(/\d+ files under legal hold left as they are/);
  });
});

describe('plumbline retention', () => {
  test('shows each period with its rules, and that nothing is past its time', async () => {
    const { out, code } = await place.run('retention', 'plan');
    expect(code).toBe(0);
    expect(out).toMatch(/^azure_activity +6 years +hipaa-documentation, soc2-window, pci-audit-trail$/m);
    expect(out).toContain('Past their time: bodies of 0 messages, no rows');
  });

  test('deletes what is past the longest period; the log says who and by which rule, and the lake verifies', async () => {
    const plan = await place.runWith(years(7), 'retention', 'plan', '-o', 'json');
    expect(JSON.parse(plan.out)).toMatchObject({
      applied: false,
      bodies: 1,
      rows: { events: 2, findings: 1 },
    });
    const { out, err, code } = await place.runWith(years(7), 'retention', 'apply', '--by', 'records office');
    expect([err, code]).toEqual(['', 0]);
    expect(out).toMatch(/Deleted: bodies of 1 message, .*2 of events/);
    expect(parquet('events')).toEqual([]);
    const verified = await place.run('verify');
    expect(verified.code).toBe(0);
    expect(verified.out).toMatch(/^– deleted by retention retention-\d{4}-\d\d-\d\d \(records office, /m);
    expect(JSON.parse((await place.runWith(years(7), 'retention', 'plan', '-o', 'json')).out)).toMatchObject({
      bodies: 0,
      rows: { events: 0 },
    });
  });

  test('a legal hold comes before every period, and a framework nobody asks for does not count', async () => {
    write(
      'holds.yml',
      'decisions: []\nholds:\n  - { id: HOLD-1, reason: A case., requestedBy: counsel, approvedBy: ciso, from: 2020-01-01 }\n',
    );
    write('held.yml', 'decisions: ./holds.yml\n');
    const held = await place.runWith(years(7), 'retention', 'plan', '-c', 'held.yml', '-o', 'json');
    expect(JSON.parse(held.out)).toMatchObject({ holds: ['HOLD-1'], bodies: 0, rows: { events: 0 } });
    write('pci.yml', 'retention:\n  frameworks: [pci]\n  keep: { azure_activity: 24mo }\n');
    const own = JSON.parse(
      (await place.runWith(years(1.1), 'retention', 'plan', '-c', 'pci.yml', '-o', 'json')).out,
    ) as {
      bodies: number;
      rows: Record<string, number>;
    };
    expect(own).toMatchObject({ bodies: 0, rows: { events: 0, findings: 1 } });
    write('bad.yml', 'retention:\n  frameworks: [iso]\n');
    expect((await place.run('retention', 'plan', '-c', 'bad.yml')).err).toContain('has no rule of iso');
  });
});

describe('plumbline compact', () => {
  test('puts the files of closed days together, and removes them when their grace is over', async () => {
    for (const name of ['two', 'three', 'four']) {
      write(`${name}.json`, envelope(diagnosticsDeleted(`aoai-${name}`), ordinary()));
      await place.run('replay', `${name}.json`);
    }
    const tomorrow = { clock: () => Date.now() + 2 * 86_400_000 };
    const { out, err } = await place.runWith(tomorrow, 'compact');
    expect(err).toBe('');
    expect(out).toMatch(/^main: \d+ files put together in \d, 0 old files removed$/m);
    expect(parquet('captures').length).toBeGreaterThan(4);
    expect((await place.run('verify')).out).toMatch(/^– put together without a loss: \d+ files in \d$/m);
    expect((await place.runWith(years(1), 'compact')).out).toMatch(
      / 0 files put together in 0, \d+ old files removed$/m,
    );
    expect(parquet('captures')).toHaveLength(1);
    expect((await place.run('verify')).code).toBe(0);
    expect((await place.run('report')).code).toBe(0);
  });

  test('says where there is no lake', async () => {
    const empty = createLeanWorkplace();
    expect((await empty.run('compact')).err).toContain('there is no sealed evidence here');
    empty[Symbol.dispose]();
  });
});
