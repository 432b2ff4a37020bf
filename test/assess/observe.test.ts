import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { createAssertionSteps } from '../../src/assess/assertion-steps.ts';
import { createObserver } from '../../src/assess/observe.ts';
import type { Assertion } from '../../src/domain/control.ts';
import type { Event } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { DAY_MS, HOUR_MS } from '../../src/lib/clock.ts';
import { loadMappings } from '../../src/map/load.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { T0, aDetection, aFinding, anEvent, resourceOf } from '../support/samples.ts';

const shippedAssertions = () => ({
  file: 'assertions.yml',
  text: readFileSync(new URL('../../mappings/assertions.yml', import.meta.url), 'utf8'),
});

const anAssertion = (over: Partial<Assertion> = {}): Assertion => ({
  id: 'logging.diagnostic-settings.kept',
  title: 'Diagnostic settings stay on',
  description: 'None is deleted.',
  owner: 'platform',
  watches: ['azure_activity'],
  freshnessMs: DAY_MS,
  holdsMs: 90 * DAY_MS,
  graceMs: 0,
  postures: ['diagnostic logs should be enabled', '00000000-0000-0000-0000-00000000dea5'],
  ...over,
});

const observer = (...assertions: readonly Assertion[]) =>
  createObserver(assertions.length === 0 ? [anAssertion()] : assertions);

const match = (over: Parameters<typeof aDetection>[0] = {}) => ({
  detection: aDetection(over),
  event: anEvent(),
  why: () => [],
});

describe('a match', () => {
  test('says that its assertion failed on the resource of its finding, for as long as the assertion holds it', () => {
    const observation = observer().fromMatch(match(), aFinding());
    expect(observation).toMatchObject({
      assertion: 'logging.diagnostic-settings.kept',
      resource: resourceOf('aoai-clinical'),
      time: T0,
      result: 'fail',
      validUntil: T0 + 90 * DAY_MS,
      onExpiry: 'nothing',
      by: 'detection:azure_test_detection',
      level: 'high',
      evidence: { leaf: 0, record: 0 },
    });
  });

  test('of a restoring detection says that it holds again, about the same resource, so that one clears the other', () => {
    const fail = observer().fromMatch(match(), aFinding());
    const pass = observer().fromMatch(match({ name: 'azure_mended', observes: 'pass' }), aFinding());
    expect(pass?.result).toBe('pass');
    expect(pass?.resource).toBe(fail?.resource);
    expect(pass?.id).not.toBe(fail?.id);
  });

  test('is the same observation whenever it is made: a replay adds none', () => {
    expect(observer().fromMatch(match(), aFinding())).toEqual(observer().fromMatch(match(), aFinding()));
  });

  test('about an assertion that is not loaded says nothing', () => {
    expect(observer(anAssertion({ id: 'other' })).fromMatch(match(), aFinding())).toBeUndefined();
  });

  test('on a tenant-wide record speaks about the account that was acted on', () => {
    const finding = aFinding({
      resourceId: '/tenants/t1/providers/microsoft.aadiam',
      target: 'Admin@Example.com',
    });
    expect(observer().fromMatch(match(), finding)?.resource).toBe('admin@example.com');
  });
});

describe('a record of a watched log', () => {
  test('is a sign of life: the source counts as seen for as long as the assertion stays fresh', () => {
    expect(observer().fromEvent(anEvent(), undefined)).toMatchObject([
      {
        resource: 'log:azure_activity',
        result: 'pass',
        time: T0,
        validUntil: T0 + DAY_MS,
        onExpiry: 'no_evidence',
        by: 'watch:azure_activity',
      },
    ]);
  });

  test('counts once an hour, whatever order the hours come in', () => {
    const one = observer();
    const counts = [0, 30 * 60_000, HOUR_MS, 0, -HOUR_MS, HOUR_MS + 1].map(
      (shift) => one.fromEvent(anEvent({ time: T0 + shift }), undefined).length,
    );
    expect(counts).toEqual([1, 0, 1, 0, 1, 0]);
  });

  test('speaks to every assertion that watches it, and to no other', () => {
    const seen = observer(
      anAssertion({ id: 'a' }),
      anAssertion({ id: 'b', freshnessMs: HOUR_MS }),
      anAssertion({ id: 'c', watches: ['key_vault'] }),
      anAssertion({ id: 'd', watches: [] }),
    ).fromEvent(anEvent(), undefined);
    expect(seen.map(({ assertion, validUntil }) => [assertion, validUntil - T0])).toEqual([
      ['a', DAY_MS],
      ['b', HOUR_MS],
    ]);
  });

  test('without a time of its own is no sign of life: when it arrived says nothing about when it was written', () => {
    const one = observer();
    expect(one.fromEvent(anEvent({ missing: ['time'] }), undefined)).toEqual([]);
    expect(one.fromEvent(anEvent(), undefined)).toHaveLength(1);
  });
});

describe('a posture result of Defender for Cloud', () => {
  const result = (properties: JsonObject, over: Partial<Event> = {}, record: JsonObject = {}): Event =>
    anEvent({
      class: 'defender_assessment',
      resourceId: resourceOf('AOAI-Clinical'),
      record: { ...record, properties },
      ...over,
    });
  const named = (code: string): JsonObject => ({
    displayName: 'Diagnostic logs should be ENABLED',
    status: { code },
  });
  const observe = (event: Event, toldAt?: number) =>
    observer(anAssertion({ watches: [] })).fromEvent(event, toldAt);

  const results: readonly [string, string][] = [
    ['Healthy', 'pass'],
    ['unhealthy', 'fail'],
    ['NotApplicable', 'not_applicable'],
    ['Offline', 'error'],
  ];
  for (const [code, expected] of results) {
    test(`${code} is ${expected} on the assessed resource`, () => {
      expect(observe(result(named(code)))).toMatchObject([
        {
          resource: resourceOf('aoai-clinical'),
          result: expected,
          onExpiry: 'no_evidence',
          validUntil: T0 + DAY_MS,
        },
      ]);
    });
  }

  test('is known by its name, by the name in its metadata, by its key and by the end of its id', () => {
    const key = '00000000-0000-0000-0000-00000000DEA5';
    const status = { code: 'Healthy' };
    const spellings = [
      result(named('Healthy')),
      result({ status, metadata: { displayName: 'diagnostic logs should be enabled' } }),
      result({ status }, {}, { name: key }),
      result({ status }, {}, { id: `/subscriptions/s/providers/Microsoft.Security/assessments/${key}` }),
    ];
    for (const event of spellings) expect(observe(event)).toHaveLength(1);
  });

  test('named in two ways speaks once', () => {
    expect(
      observe(result(named('Healthy'), {}, { name: '00000000-0000-0000-0000-00000000dea5' })),
    ).toHaveLength(1);
  });

  test('that is repeated counts from when it was told, not from when it last changed', () => {
    const told = T0 + 10 * DAY_MS;
    expect(observe(result(named('Unhealthy')), told)).toMatchObject([
      { time: told, validUntil: told + DAY_MS },
    ]);
    expect(observe(result(named('Unhealthy')), T0 - DAY_MS)).toMatchObject([{ time: T0 }]);
  });

  test('says nothing when it is of another kind, about nobody, without a status, or nobody asked for it', () => {
    const silent = [
      result(named('Unhealthy'), { class: 'azure_activity' }),
      result(named('Unhealthy'), { resourceId: undefined }),
      result({ displayName: 'Diagnostic logs should be enabled' }),
      result({ displayName: 'Diagnostic logs should be enabled', status: 'Unhealthy' }),
      result({ displayName: 'Something else', status: { code: 'Unhealthy' } }),
      result({ status: { code: 'Unhealthy' } }),
    ];
    for (const event of silent) expect(observe(event)).toEqual([]);
  });

  test('with a status named like a member of every object is an error, not a pass', () => {
    expect(observe(result(named('constructor')))).toMatchObject([{ result: 'error' }]);
  });
});

describe('a plan of Defender for Cloud', () => {
  const plan = (properties: JsonObject, over: Partial<Event> = {}): Event =>
    anEvent({
      class: 'defender_pricing',
      resourceId: '/subscriptions/s/providers/microsoft.security/pricings/ai',
      record: { name: 'AI', type: 'Microsoft.Security/pricings', properties },
      ...over,
    });
  const observe = (event: Event) =>
    observer(anAssertion({ watches: [], postures: ['pricings/ai'] })).fromEvent(event, undefined);

  test.each([
    ['Standard', 'pass'],
    ['Free', 'fail'],
    ['Unheard-of', 'error'],
  ])('that is %s is %s on the plan', (pricingTier, result) => {
    expect(observe(plan({ pricingTier }))).toMatchObject([
      {
        resource: '/subscriptions/s/providers/microsoft.security/pricings/ai',
        result,
        by: 'posture:pricings/AI',
        onExpiry: 'no_evidence',
      },
    ]);
  });

  test('without a tier, or that nobody asked for, says nothing; its name may come from its id', () => {
    expect(observe(plan({}))).toEqual([]);
    expect(observe(plan({ pricingTier: 'Free' }, { resourceId: undefined }))).toEqual([]);
    expect(observer().fromEvent(plan({ pricingTier: 'Free' }), undefined)).toEqual([]);
    expect(observe(plan({}, { record: { properties: { pricingTier: 'Free' } } }))).toHaveLength(1);
  });
});

describe('a check before deployment', () => {
  const check = (properties: JsonObject): Event =>
    anEvent({
      class: 'policy_check',
      resourceId: undefined,
      record: {
        properties: {
          tool: 'terraform-plan',
          rule: 'network-isolation/public-network-access',
          outcome: 'fail',
          resource: 'azurerm_cognitive_account.AI',
          inputName: 'plans/prod.json',
          assertion: 'ai.network.private',
          ...properties,
        },
      },
    });
  const assertions = [
    anAssertion({ id: 'ai.network.private', watches: [], postures: [] }),
    anAssertion({ id: 'other', watches: [], postures: ['checkov/ckv_azure_236', 'CKV_2'] }),
  ];
  const observe = (properties: JsonObject) => observer(...assertions).fromEvent(check(properties), undefined);

  test('speaks to the assertion it names, about the resource of the plan, for as long as a finding', () => {
    expect(observe({})).toMatchObject([
      {
        assertion: 'ai.network.private',
        resource: 'check:plans/prod.json:azurerm_cognitive_account.ai',
        result: 'fail',
        validUntil: T0 + 90 * DAY_MS,
        onExpiry: 'nothing',
        by: 'posture:terraform-plan/network-isolation/public-network-access',
      },
    ]);
    expect(observe({ outcome: 'pass' })).toMatchObject([{ result: 'pass' }]);
  });

  test('that cannot say yet is no pass, and is forgotten as soon as a state would be', () => {
    expect(observe({ outcome: 'unknown' })).toMatchObject([
      { result: 'error', validUntil: T0 + DAY_MS, onExpiry: 'nothing' },
    ]);
  });

  test('of another tool speaks to what lists its rule', () => {
    const other = { assertion: null };
    const said = [
      ...observe({ ...other, tool: 'checkov', rule: 'CKV_AZURE_236' }),
      ...observe({ ...other, tool: 'x', rule: 'ckv_2' }),
    ];
    expect(said.map(({ assertion }) => assertion)).toEqual(['other', 'other']);
  });

  test.each([
    ['was skipped', { outcome: 'skipped' }],
    ['sums up', { outcome: null, summary: {} }],
    ['names no resource', { resource: null }],
    ['names no tool', { tool: '' }],
    ['names an assertion that is not there', { assertion: 'gone' }],
  ])('that %s says nothing', (_what, properties) => {
    expect(observe(properties as JsonObject)).toEqual([]);
  });
});

describe('postures that are told less often than logs', () => {
  const daily = anAssertion({
    freshnessMs: HOUR_MS,
    postureFreshnessMs: 26 * HOUR_MS,
    postures: ['pricings/ai'],
  });
  const said = () => {
    const one = observer(daily);
    const record = { name: 'AI', properties: { pricingTier: 'Standard' } };
    const plan = anEvent({ class: 'defender_pricing', resourceId: '/plans/ai', record });
    return [...one.fromEvent(anEvent(), undefined), ...one.fromEvent(plan, undefined)];
  };
  const resourcesAt = (time: number) => {
    const steps = createAssertionSteps(daily, []);
    steps.add(said());
    const { resources } = steps.statusAt({ from: T0, to: time });
    return Object.fromEntries(resources.map(({ resource, status }) => [resource, status]));
  };

  test('are not stale when the log is, and keep no log alive', () => {
    expect(resourcesAt(T0 + HOUR_MS - 1)).toEqual({ 'log:azure_activity': 'PASS', '/plans/ai': 'PASS' });
    expect(resourcesAt(T0 + 25 * HOUR_MS)).toEqual({
      'log:azure_activity': 'NO_EVIDENCE',
      '/plans/ai': 'PASS',
    });
    expect(resourcesAt(T0 + 27 * HOUR_MS)).toEqual({
      'log:azure_activity': 'NO_EVIDENCE',
      '/plans/ai': 'NO_EVIDENCE',
    });
  });

  test('and those told more often are stale while the log is fresh', () => {
    const eager = { ...daily, freshnessMs: 26 * HOUR_MS, postureFreshnessMs: HOUR_MS };
    const record = { name: 'AI', properties: { pricingTier: 'Standard' } };
    const event = anEvent({ class: 'defender_pricing', resourceId: '/plans/ai', record });
    expect(observer(eager).fromEvent(event, undefined)).toMatchObject([{ validUntil: T0 + HOUR_MS }]);
  });
});

test('what the collectors of plans and of pipeline results capture speaks to the shipped assertions', () => {
  const { assertions } = loadMappings({ assertions: shippedAssertions(), frameworks: [] });
  const capture = (record: object) => ({ body: Buffer.from(JSON.stringify(record)), receivedAt: T0 });
  const observe = (record: object) => {
    const { items } = createNormalise(normalisers)(capture(record));
    const observing = createObserver(assertions);
    return items.flatMap(({ fields, record: read }) =>
      observing.fromEvent({ ...anEvent(), ...fields, record: read }, undefined),
    );
  };
  const subscription = '/subscriptions/00000000-0000-0000-0000-000000000001';
  expect(
    observe({
      id: `${subscription}/providers/Microsoft.Security/pricings/AI`,
      name: 'AI',
      type: 'Microsoft.Security/pricings',
      properties: { pricingTier: 'Free' },
    }),
  ).toMatchObject([
    {
      assertion: 'defender.plans.on',
      resource: `${subscription}/providers/microsoft.security/pricings/ai`,
      result: 'fail',
    },
  ]);
  expect(
    observe({
      time: '2026-03-02T09:00:00Z',
      type: 'plumbline/policyCheck',
      category: 'PolicyCheck',
      operationName: 'terraform-plan/network-isolation/public-network-access',
      properties: {
        tool: 'terraform-plan',
        rule: 'network-isolation/public-network-access',
        outcome: 'fail',
        assertion: 'ai.network.private',
        resource: 'azurerm_cognitive_account.ai',
        inputName: 'plan.json',
      },
    }),
  ).toMatchObject([
    {
      assertion: 'ai.network.private',
      result: 'fail',
      resource: 'check:plan.json:azurerm_cognitive_account.ai',
    },
  ]);
});
