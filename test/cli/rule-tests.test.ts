import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkplace } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place[Symbol.dispose]());

const write = (file: string, text: string): void => {
  const path = join(place.folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
};

const rule = `title: A key is purged
logsource: { product: azure, service: keyvault }
detection:
    selection:
        operationName: [KeyPurge, SecretPurge]
    condition: selection
`;
const record = (operation: string): string =>
  `{ time: 2026-03-02T09:00:00Z, category: AuditEvent, operationName: ${operation}, resultType: Success, resourceId: /SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/KV }`;
const events = (second = 'KeyPurge'): string => `match:
    - { name: a key, record: ${record('KeyPurge')} }
    - { name: another, record: ${record(second)} }
miss:
    - { name: a backup, record: ${record('KeyBackup')} }
    - { name: a get, record: ${record('KeyGet')} }
`;

/** A little below what the shipped rules reach; what survives is told apart by routing, not by the rule. */
const leastScore = '0.98';

// Three thousand faults take seconds of an idle core, and longer on one that others use.
test(
  'the rules that are shipped do what their own events say, and the events notice faults in them',
  { timeout: 180_000 },
  async () => {
    const { code, out, err } = await place.run('test', '--min-score', leastScore);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^\d+ rules, [\d,]+ events: [\d,]+ as expected, 0 not\.$/m);
  },
);

test('a folder of rules of your own has its events in `tests` below it', async () => {
  write('rules/a.yml', rule);
  write('rules/tests/a.yml', events());
  const { code, out } = await place.run('test', 'rules');
  expect([code, out]).toEqual([0, '1 rules, 4 events: 4 as expected, 0 not.\n']);
  expect((await place.run('test', 'rules/a.yml')).out).toBe(out);
});

test('a rule that does not do what it should fails, with what it asked and what the event has', async () => {
  write('rules/a.yml', rule);
  write('events/a.yml', events('KeyRecover'));
  const { code, out } = await place.run('test', 'rules', '--tests', 'events');
  expect(code).toBe(1);
  expect(out).toContain('✕ a.yml: another');
  expect(out).toContain('it did not match, and has to');
  expect(out).toContain('selection: operationName equals KeyPurge or equals SecretPurge; "KeyRecover"');
});

test('a record of another log source says so, and so does one that nothing reads', async () => {
  write('rules/a.yml', rule.replace('keyvault', 'storage'));
  write('rules/tests/a.yml', events().replace(record('KeyGet'), '{ colour: red }'));
  const { code, out } = await place.run('test', 'rules');
  expect(code).toBe(1);
  expect(out).toContain('the record is one of key_vault, which the rule is never asked about');
  expect(out).toContain('no normaliser reads the record: keys: colour');
});

test('a rule without tests is a problem that says what to write', async () => {
  write('rules/a.yml', rule);
  const { code, out } = await place.run('test', 'rules', '--tests', 'none');
  expect(code).toBe(1);
  expect(out).toMatch(/none\/a\.yml:1:1 {2}the rule has no tests {2}write two events or more/);
});

test('as JUnit, every event is a case of its rule', async () => {
  write('rules/a.yml', rule);
  write(
    'rules/tests/a.yml',
    events('"x<&>"').replace('another', 'a \\" quote').replace('name: a \\" quote', 'name: "a \\" quote"'),
  );
  const { code, out } = await place.run('test', 'rules', '--output', 'junit');
  expect(code).toBe(1);
  expect(out).toContain('<testsuites name="plumbline test" tests="4" failures="1">');
  expect(out).toContain('<testcase classname="a" name="matches: a key"/>');
  expect(out).toContain('name="matches: a &quot; quote"><failure message="it did not match');
  expect(out).toContain('x&lt;&amp;&gt;');
});

test('with --mutate the faults that no event notices are listed, as text and as data', async () => {
  write('rules/a.yml', rule);
  write('rules/tests/a.yml', events());
  const { code, out } = await place.run('test', 'rules', '--mutate');
  expect(code).toBe(0);
  expect(out).toMatch(/5:35 {2}drop-value +equals SecretPurge {2}-> {2}\(left out\)/);
  const { mutationScore, survivors, killed, survived } = JSON.parse(
    (await place.run('test', 'rules', '--mutate', '--output', 'json')).out,
  ) as { mutationScore: number; survivors: object[]; killed: number; survived: number };
  expect(mutationScore).toBeCloseTo(killed / (killed + survived), 9);
  expect(survivors).toHaveLength(survived);
  expect(survivors).toContainEqual({
    rule: 'a',
    file: 'a.yml',
    operator: 'drop-value',
    line: 5,
    column: 35,
    before: 'equals SecretPurge',
    after: '(left out)',
  });
});

test('--min-score is a gate', async () => {
  write('rules/a.yml', rule);
  write('rules/tests/a.yml', events());
  expect((await place.run('test', 'rules', '--min-score', '0.1')).code).toBe(0);
  expect((await place.run('test', 'rules', '--min-score', '0.99')).code).toBe(1);
  expect((await place.run('test', 'rules', '--min-score', '2')).code).toBe(2);
});

test('rules that cannot be read are said with their place', async () => {
  write('rules/a.yml', rule.replace('condition: selection', 'condition: selektion'));
  const { code, err } = await place.run('test', 'rules');
  expect(code).toBe(2);
  expect(err).toMatch(/a\.yml:6:\d+/);
  expect((await place.run('test', 'nowhere')).code).not.toBe(0);
});

const correlation = `title: Two keys are purged within an hour
correlation:
    type: event_count
    rules: [key_purged]
    group-by: [resourceId]
    timespan: 1h
    condition: { gte: 2 }
`;
const twoPurges = (after: string, last = 'in time'): string => `match:
    - { name: at once, records: [{ of: key_purged, like: a key, times: 2 }] }
    - { name: ${last}, records: [{ of: key_purged, like: a key }, { of: key_purged, like: a key, after: ${after} }] }
miss:
    - { name: too late, records: [{ of: key_purged, like: a key }, { of: key_purged, like: a key, after: 61m }] }
    - { name: one, records: [{ of: key_purged, like: a key }, { of: key_purged, like: a backup }] }
`;

test('a correlation is tried on events of its rules, at their times', async () => {
  write('rules/key_purged.yml', rule);
  write('rules/tests/key_purged.yml', events());
  write('rules/twice.yml', correlation);
  write('rules/tests/twice.yml', twoPurges('60m'));
  const { code, out } = await place.run('test', 'rules');
  expect([code, out]).toEqual([0, '2 rules, 8 events: 8 as expected, 0 not.\n']);
  const mutated = await place.run('test', 'rules/twice.yml', '--mutate', '-o', 'json');
  const { rules } = JSON.parse(mutated.out) as { rules: { survivors: { operator: string }[] }[] };
  expect(rules.map(({ survivors }) => survivors.map(({ operator }) => operator))).toEqual([['drop-group']]);
});

test('a correlation that does not find what it should says what its rules gave, group by group', async () => {
  write('rules/key_purged.yml', rule);
  write('rules/tests/key_purged.yml', events());
  write('rules/twice.yml', correlation);
  write('rules/tests/twice.yml', twoPurges('2h', 'later'));
  const { code, out } = await place.run('test', 'rules');
  expect(code).toBe(1);
  expect(out).toMatch(
    /✕ twice\.yml: later\n {4}it found nothing, and has to\n {6}key_purged: 2 events\n.*comes to 1/,
  );
  write('rules/tests/twice.yml', '');
  expect((await place.run('test', 'rules/twice.yml')).code).toBe(1);
});

test('a correlation without tests is a problem', async () => {
  write('rules/key_purged.yml', rule);
  write('rules/tests/key_purged.yml', events());
  write('rules/twice.yml', correlation);
  const { code, out } = await place.run('test', 'rules');
  expect(code).toBe(1);
  expect(out).toMatch(/twice\.yml:1:1 {2}the rule has no tests/);
});
