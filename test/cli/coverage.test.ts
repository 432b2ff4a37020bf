import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Workplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import { diagnosticsDeleted, envelope, ordinary } from '../support/records.ts';

let place: Workplace;
beforeAll(async () => {
  place = createLeanWorkplace();
  const write = (name: string, text: string): void => writeFileSync(join(place.folder, name), text);
  const bare = Object.fromEntries(Object.entries(ordinary()).filter(([key]) => key !== 'operationName'));
  write('full.yml', 'data: full\n');
  write('poor.yml', 'data: poor\n');
  write('none.yml', 'data: none\n');
  write(
    'full.json',
    envelope(ordinary(), { ...diagnosticsDeleted('a', 60), properties: { requestbody: '{}' } }),
  );
  write('poor.json', envelope({ ...bare, Level: 'Warning' }));
  await place.run('replay', 'full.json', '-c', 'full.yml');
  await place.run('replay', 'poor.json', '-c', 'poor.yml');
});
afterAll(() => place[Symbol.dispose]());

const coverage = (lake: string, ...argv: readonly string[]) =>
  place.run('coverage', '-c', `${lake}.yml`, ...argv);
const asJson = async (lake: string, ...argv: readonly string[]) =>
  JSON.parse((await coverage(lake, ...argv, '-o', 'json')).out) as {
    techniques: { id: string; name: string; rules: string[]; blind: string[] }[];
    rules: { rule: string; controls: Record<string, string[]> }[];
    lake?: { events: number; receivedSince: string };
    blind?: { rule: string; why: string; fields?: { field: string }[] }[];
  };

test('techniques by name, tactics, controls, and that no rule is blind since when', async () => {
  const { code, out, err } = await coverage('full', '--fail-on-blind');
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/^✓ None of 2 rules is blind:\n {2}looking since \S+Z, at 2 events\n/);
  expect(out).toMatch(/^ {2}✓ T1685\.002 {2}1 .* Disable or Modify Cloud Log$/m);
  expect(out).toMatch(/^ {2}SOC 2 .* of 61 controls {2}by 2 of 2 rules$/m);
  expect(out.trimEnd().split('\n').at(-1)).toContain('plumbline explain RULE --event FILE');
});

test('a rule whose field never came is blind: it is named with its field, and the gate fails', async () => {
  const { code, out } = await coverage('poor', '--fail-on-blind');
  expect(code).toBe(1);
  expect(out).toMatch(/^∅ 2 of 2 rules are blind/);
  expect(out).toMatch(/^ {2}azure\/activitylogs: 1 records since \S+, none with these fields$/m);
  expect(out).toMatch(/^ {4}azure_diagnostic_settings_deleted +high +operationName$/m);
  expect(out).toMatch(/^ {2}∅ T1685\.002 {2}1 {2}1 blind/m);
  expect((await coverage('poor')).code).toBe(0);
});

test('a lake without events says that nothing is known, and how to fill it', async () => {
  const { code, out } = await coverage('none', '--fail-on-blind');
  expect(code).toBe(0);
  expect(out).toMatch(
    /^∅ Which rules are blind is unknown: no event has arrived in .*none yet\.\n.*plumbline replay/,
  );
  expect(out).toMatch(/^ {2}T1685\.002 {2}1 /m);
  expect(await asJson('none')).not.toHaveProperty('blind');
});

test('as JSON: every rule with its controls, techniques with their rules, blind rules with reasons', async () => {
  const { techniques, rules, lake, blind } = await asJson('poor');
  expect(lake).toMatchObject({ events: 1, receivedSince: expect.stringMatching(/Z$/) as string });
  expect(rules.map(({ rule }) => rule)).toEqual([
    'azure_diagnostic_settings_deleted',
    'azure_diagnostic_settings_written',
  ]);
  expect(rules[0]?.controls['soc2']).toContain('soc2:CC7.2');
  expect(techniques.find(({ id }) => id === 'T1685.002')).toMatchObject({
    rules: ['azure_diagnostic_settings_deleted'],
    blind: ['azure_diagnostic_settings_deleted'],
  });
  expect(blind?.[0]).toMatchObject({ why: 'no_fields', fields: [{ field: 'operationName' }] });
});

test('events before --from do not count', async () => {
  const { lake } = await asJson('full', '--from', '2026-03-02T09:30:00Z');
  expect(lake?.events).toBe(1);
});

test('as a layer of the ATT&CK Navigator', async () => {
  const { out } = await coverage('poor', '-o', 'navigator');
  expect(JSON.parse(out)).toMatchObject({
    domain: 'enterprise-attack',
    versions: { layer: '4.5' },
    techniques: [{ techniqueID: 'T1685.002', score: 0, metadata: [{ name: 'blind' }] }],
  });
});
