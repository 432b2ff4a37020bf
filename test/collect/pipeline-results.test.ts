import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Capture } from '../../src/domain/capture.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { planJson } from '../guardrails/plans.ts';
import { durableOf } from '../support/azure/polling.ts';
import { T0 } from '../support/samples.ts';
import { collectAll } from './collect-all.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plumbline-results-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, value: unknown): void => {
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
};

const collect = (durable?: ReadonlyMap<string, number>, regions = ['uksouth']) =>
  collectAll('plans', { type: 'pipeline_results', paths: [folder], regions, allowDataZones: false }, durable);

const eventsOf = (captures: readonly Capture[]) =>
  captures.flatMap((capture) => {
    const { items, failures } = createNormalise(normalisers)(capture);
    expect(failures).toEqual([]);
    return items.map(({ fields }) => fields);
  });

const secret = 'correct-horse-battery-staple';
const plan = planJson([
  {
    at: 'azurerm_cognitive_account.ai',
    after: { location: 'uksouth', public_network_access_enabled: true, admin_password: secret },
    sensitive: { admin_password: true },
  },
]);

test('a plan becomes one capture of results, which normalise to events with level and resource', async () => {
  write('plan.json', plan);
  const { captures, problems } = await collect();
  expect(problems).toEqual([]);
  const events = eventsOf(captures);
  expect(
    events.map(({ class: id, operation, outcome, severity }) => [id, operation, outcome, severity]),
  ).toContainEqual([
    'policy_check',
    'terraform-plan/network-isolation/public-network-access',
    'failure',
    'high',
  ]);
  expect(events[0]?.operation).toBe('terraform-plan/summary');
  expect(events.every(({ time }) => time === Date.parse('2026-03-02T09:00:00Z'))).toBe(true);
});

test('a secret of the plan reaches no capture, but the digest of the file does', async () => {
  write('plan.json', plan);
  const [capture] = (await collect()).captures;
  const body = Buffer.from(capture?.body ?? []).toString();
  expect(body).not.toContain(secret);
  expect(body).toMatch(/"inputSha256":"[0-9a-f]{64}"/);
});

test('a file is read once, again when it changes, and again when the policy does', async () => {
  write('plan.json', plan);
  const { captures } = await collect();
  const durable = durableOf(captures);
  expect((await collect(durable)).captures).toEqual([]);
  expect((await collect(durable, ['ukwest'])).captures).toHaveLength(1);
  write('plan.json', planJson([]));
  expect((await collect(durable)).captures).toHaveLength(1);
});

test('files that are something else are problems that do not stop the others; other folders are read too', async () => {
  mkdirSync(join(folder, 'deep'));
  write('deep/opa.json', { result: [{ expressions: [{ text: 'data.x.deny', value: ['no'] }] }] });
  write('a.json', '{"hello":1}');
  write('notes.txt', 'not read');
  write('.hidden.json', '{');
  utimesSync(join(folder, 'deep/opa.json'), T0 / 1000, T0 / 1000);
  const { captures, problems } = await collect();
  expect(captures.map(({ stream }) => stream.split('#', 1)[0])).toEqual(['plans/deep/opa.json']);
  expect(eventsOf(captures).map(({ time }) => time)).toEqual([T0, T0]);
  expect(problems).toEqual([expect.stringContaining('a.json: a.json: neither a plan')]);
});

test('a path that is not there is a problem', async () => {
  rmSync(folder, { recursive: true });
  expect((await collect()).problems).toEqual([expect.stringContaining('ENOENT')]);
  mkdirSync(folder);
});
