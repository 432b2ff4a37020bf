import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { planJson } from '../guardrails/plans.ts';
import { createWorkplace } from '../support/cli.ts';
import type { Workplace } from '../support/cli.ts';

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
  write('plan.json', planJson([{ at: 'azurerm_search_service.rag', after: { location: 'uksouth' } }]));
});
afterEach(() => place[Symbol.dispose]());
const write = (file: string, value: unknown): void =>
  writeFileSync(join(place.folder, file), JSON.stringify(value));

const good = planJson([
  {
    at: 'azurerm_search_service.rag',
    after: {
      location: 'uksouth',
      public_network_access_enabled: false,
      customer_managed_key_enforcement_enabled: true,
      local_authentication_enabled: false,
    },
  },
]);
const later = planJson([{ at: 'azurerm_search_service.rag', unknown: true }]);

test('a plan that breaks a guardrail fails the gate and says what, where and what to do', async () => {
  const { code, out, err } = await place.run(
    'check-plan',
    'plan.json',
    '--regions',
    'uksouth',
    '--fail-on',
    'high',
  );
  expect([code, err]).toEqual([1, '']);
  expect(out).toBe(
    [
      '✕ high      azurerm_search_service.rag',
      '            public_network_access_enabled is not set, and open is the default.',
      '            network-isolation/public-network-access: switch public network',
      '            access off and add a private endpoint, or limit it to selected',
      '            networks',
      '✕ high      azurerm_search_service.rag',
      '            customer_managed_key_enforcement_enabled is not set.',
      '            encryption-at-rest/customer-key: name a key of your own Key Vault or',
      '            KMS',
      '✕ medium    azurerm_search_service.rag',
      '            local_authentication_enabled is not set, and keys are on by default.',
      '            least-privilege/no-keys: switch local authentication off',
      'plan.json: 4 checks, 1 AI resources: 3 failed, 0 unknown, 1 passed.',
      '',
    ].join('\n'),
  );
});

describe('the gate', () => {
  test('is open without --fail-on, above the worst level, and for a plan that keeps to the guardrails', async () => {
    write('good.json', good);
    expect((await place.run('check-plan', 'plan.json')).code).toBe(0);
    expect((await place.run('check-plan', 'plan.json', '--fail-on', 'critical')).code).toBe(0);
    expect(
      (await place.run('check-plan', 'good.json', '--regions', 'uksouth', '--fail-on', 'low')).code,
    ).toBe(0);
    expect((await place.run('check-plan', 'good.json', 'plan.json', '--fail-on', 'high')).code).toBe(1);
  });

  test('lets through what is unknown, and says so, unless it is told not to', async () => {
    write('later.json', later);
    const { code, out } = await place.run('check-plan', 'later.json', '--fail-on', 'low');
    expect(code).toBe(0);
    expect(out).toMatch(/^∅ unknown +azurerm_search_service\.rag$/m);
    expect(out).toMatch(/0 failed, 4 unknown, 0 passed/);
    expect((await place.run('check-plan', 'later.json', '--fail-on', 'high', '--fail-on-unknown')).code).toBe(
      1,
    );
  });

  test('counts what OPA, Checkov and SARIF found', async () => {
    write('opa.json', { result: [{ expressions: [{ text: 'data.x.deny', value: ['no'] }] }] });
    const { code, out } = await place.run('check-plan', 'opa.json', '--fail-on', 'high');
    expect(code).toBe(1);
    expect(out).toContain('opa.json: 1 checks: 1 failed, 0 unknown, 0 passed.');
  });
});

test('a plan without AI resources says so, rather than nothing', async () => {
  write('other.json', planJson([{ at: 'azurerm_virtual_network.v' }]));
  const { code, out } = await place.run('check-plan', 'other.json', '--fail-on', 'low');
  expect(code).toBe(0);
  expect(out).toContain('No AI resource of Azure or AWS is in this plan');
});

test('as JSON every result is there, counted', async () => {
  const { out } = await place.run('check-plan', 'plan.json', '--format', 'json');
  const { files } = JSON.parse(out) as { files: { counts: object; results: object[] }[] };
  expect(files).toHaveLength(1);
  expect(files[0]?.counts).toEqual({ fail: 3, unknown: 1, skipped: 0, pass: 0 });
  expect(files[0]?.results[0]).toMatchObject({
    resource: 'azurerm_search_service.rag',
    guardrail: 'network-isolation',
  });
});

test('as SARIF failures, open questions and passes are told apart, each with its rule and place', async () => {
  write('later.json', later);
  write('good.json', good);
  const { out } = await place.run(
    'check-plan',
    'plan.json',
    'later.json',
    'good.json',
    '--regions',
    'uksouth',
    '--format',
    'sarif',
  );
  const { version, runs } = JSON.parse(out) as {
    version: string;
    runs: {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; kind: string; level: string; locations: unknown[] }[];
    }[];
  };
  const [run] = runs;
  expect([version, runs.length]).toEqual(['2.1.0', 1]);
  expect(new Set(run?.results.map(({ kind, level }) => `${kind}/${level}`))).toEqual(
    new Set(['fail/error', 'fail/warning', 'pass/none', 'review/none']),
  );
  for (const { ruleId, ruleIndex, locations } of run?.results ?? []) {
    expect(run?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(locations).toHaveLength(1);
  }
});

test('what it writes as SARIF it reads again, with the same failures', async () => {
  const { out } = await place.run('check-plan', 'plan.json', '--regions', 'uksouth', '--format', 'sarif');
  writeFileSync(join(place.folder, 'own.sarif'), out);
  const again = await place.run('check-plan', 'own.sarif', '--format', 'json');
  const { files } = JSON.parse(again.out) as { files: { counts: object; tool: string }[] };
  expect(files[0]).toMatchObject({ tool: 'Plumbline', counts: { fail: 3, unknown: 0, pass: 1 } });
});

test('files that are missing or no plan end with 3 and with what to do', async () => {
  expect((await place.run('check-plan', 'none.json')).code).toBe(3);
  writeFileSync(join(place.folder, 'tfplan'), 'PK\u0003\u0004');
  const { code, err } = await place.run('check-plan', 'tfplan');
  expect(code).toBe(3);
  expect(err).toContain('terraform show -json tfplan > plan.json');
});
