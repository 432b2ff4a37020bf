import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDefenderPosture } from '../../src/collect/defender-posture.ts';
import { DefenderPostureSettings } from '../../src/collect/defender-posture/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';
import {
  GROUP,
  SUBSCRIPTION,
  alert,
  assessment,
  createEstate,
  startDefender,
} from '../support/azure/defender.ts';
import type { DefenderEstate } from '../support/azure/defender.ts';
import { clockFrom, durableOf, eventsOf, poll } from '../support/azure/polling.ts';
import type { Poll } from '../support/azure/polling.ts';
import { TOKEN, refused } from '../support/azure/server.ts';
import type { AzureServer } from '../support/azure/server.ts';
import { T0 } from '../support/samples.ts';

let estate: DefenderEstate;
let server: AzureServer;
let lines: string;
beforeEach(async () => {
  estate = createEstate();
  server = await startDefender(estate);
  lines = '';
});
afterEach(() => server[Symbol.asyncDispose]());

const run = async ({ over, ...rest }: Omit<Poll, 'create'> & { readonly over?: object }) => {
  const settings = DefenderPostureSettings.parse({
    type: 'defender_posture',
    credential: { type: 'managed_identity' },
    subscriptions: [SUBSCRIPTION],
    endpoint: server.endpoint,
    ...over,
  });
  const polled = await poll({
    create: (context, parts) => createDefenderPosture(settings, context, parts),
    ...rest,
  });
  lines += polled.lines;
  return polled;
};
const only = (...kinds: string[]): object => ({ kinds });
const holds = (count: number) => (captures: readonly Capture[]) => captures.length >= count;

test('a subscription’s posture comes as pages of every kind, which normalise to events of every kind', async () => {
  const { captures, problems } = await run({ until: holds(22) });
  expect(problems).toEqual([]);
  const events = eventsOf(captures);
  const classes = Map.groupBy(events, ({ class: id }) => id);
  expect(Object.fromEntries([...classes].map(([id, all]) => [id, all.length]))).toEqual({
    defender_assessment: 30,
    defender_secure_score: 2,
    defender_pricing: 3,
    defender_regulatory: 3 + 4 + 4,
    defender_alert: 2,
  });
  expect(events.every(({ subscriptionId }) => subscriptionId === SUBSCRIPTION)).toBe(true);
  expect(
    captures
      .filter(({ stream }) => stream.endsWith('/assessments'))
      .every(({ enqueuedAt }) => enqueuedAt === T0),
  ).toBe(true);
});

test('a plan that is off is a failure named for the plan', async () => {
  const { captures } = await run({ over: only('pricings'), until: holds(1) });
  expect(eventsOf(captures).map(({ target, outcome }) => [target, outcome])).toEqual([
    ['VirtualMachines', 'success'],
    ['AI', 'failure'],
    ['KeyVaults', 'success'],
  ]);
});

test('subscriptions are found below a management group', async () => {
  const over = { ...only('pricings'), subscriptions: [], managementGroups: [GROUP] };
  const { captures } = await run({ over, until: holds(1) });
  expect(captures[0]?.stream).toBe(`defender/${SUBSCRIPTION}/pricings`);
});

describe('periods', () => {
  const assessments = only('assessments');
  test('are read once each, whole, and again when the next begins', async () => {
    const { captures } = await run({
      over: { ...assessments, everyMinutes: 1 },
      clock: clockFrom(T0 + 59_900),
      until: holds(20),
    });
    expect(captures.length % 10).toBe(0);
    const sequences = captures.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
  });

  test('of which a part is durable are read on, and those that are durable are not asked for', async () => {
    const { captures } = await run({ over: assessments, until: holds(10) });
    const part = await run({ over: assessments, durable: durableOf(captures.slice(0, 4)), until: holds(6) });
    expect(part.captures.map(({ sequence }) => sequence)).toEqual(
      captures.slice(4).map(({ sequence }) => sequence),
    );
    const before = server.requests.length;
    let rounds = 0;
    const none = await run({ over: assessments, durable: durableOf(captures), until: () => ++rounds > 5 });
    expect([none.captures, server.requests.length - before]).toEqual([[], 0]);
  });
});

test('an alert is captured when it is new or moves on, and not again, however often the list holds it', async () => {
  const alerts = only('alerts');
  const first = await run({ over: alerts, until: holds(2) });
  estate.alerts = [alert(3), alert(1), alert(2, 'Resolved')];
  const second = await run({ over: alerts, durable: durableOf(first.captures), until: holds(2) });
  expect(second.captures.map(({ stream }) => stream.split('/').at(-1))).toEqual(['alert-3', 'alert-2']);
  let rounds = 0;
  const all = durableOf([...first.captures, ...second.captures]);
  expect((await run({ over: alerts, durable: all, until: () => ++rounds > 20 })).captures).toEqual([]);
});

describe('a service that falters is asked again', () => {
  const half = { kind: 'truncated', body: { value: [assessment(1)] } } as const;
  test.each([
    ['429 with Retry-After', [refused(429, 'TooManyRequests', { 'retry-after': '0' })]],
    ['500', [refused(500, 'InternalServerError')]],
    ['503', [refused(503, 'ServiceUnavailable'), refused(503, 'ServiceUnavailable')]],
    ['a body that breaks off', [half]],
    ['a body that stalls', [{ ...half, kind: 'stalled' } as const]],
  ])('%s', async (_what, faults) => {
    server.failNext(...faults);
    const over = { ...only('assessments'), timeoutSeconds: 0.3 };
    const { captures, problems } = await run({ over, until: holds(10) });
    expect(problems).toEqual([]);
    expect(eventsOf(captures)).toHaveLength(30);
  });

  test.each([
    ['429 with Retry-After', refused(429, 'TooManyRequests', { 'retry-after': '0' })],
    ['502', refused(502, 'BadGateway')],
    ['a body that breaks off', half],
    ['a body that stalls', { ...half, kind: 'stalled' } as const],
  ])('%s, also for what the SDK does not read', async (_what, fault) => {
    server.failNext(fault);
    const over = { ...only('pricings'), timeoutSeconds: 0.3 };
    const { captures, problems } = await run({ over, until: holds(1) });
    expect(problems).toEqual([]);
    expect(eventsOf(captures)).toHaveLength(3);
  });

  test('three times in a period, and then in the next', async () => {
    server.failNext(refused(503, 'ServiceUnavailable'), half, refused(502, 'BadGateway'));
    const { captures, problems, now } = await run({
      over: { ...only('pricings'), everyMinutes: 1 },
      clock: clockFrom(T0 + 59_000),
      until: holds(1),
    });
    expect(problems).toEqual([
      expect.stringMatching(/pricings: the service failed \(502\) after every attempt/),
    ]);
    expect([captures.length, now]).toEqual([1, []]);
  });
});

describe('a refusal says what is missing, is not repeated, and does not stop the other kinds', () => {
  test.each([
    [401, 'InvalidAuthenticationToken', /token was not accepted \(401\); is the credential of the tenant/],
    [403, 'AuthorizationFailed', /give the identity the role Security Reader on \/subscriptions\//],
    [404, 'SubscriptionNotFound', /check `subscriptions`, and the role Security Reader/],
  ])('%i', async (status, code, message) => {
    server.failNext(refused(status, code));
    const { captures, problems } = await run({ over: only('assessments', 'pricings'), until: holds(1) });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(captures.map(({ stream }) => stream)).toEqual([`defender/${SUBSCRIPTION}/pricings`]);
    expect(lines).toMatch(message);
  });

  test.each([
    [401, /token was not accepted \(401\)/],
    [403, /give the identity the role Security Reader on \/subscriptions\//],
  ])('%i, also for what the SDK does not read', async (status, message) => {
    server.failNext(refused(status, 'Refused'));
    const { problems } = await run({ over: only('pricings'), until: (_, told) => told.length > 0 });
    expect(problems).toEqual([expect.stringMatching(message)]);
  });

  test('of a management group names the role it takes', async () => {
    server.failNext(refused(403, 'AuthorizationFailed'));
    const { problems } = await run({
      over: { ...only('pricings'), managementGroups: [GROUP] },
      until: holds(1),
    });
    expect(problems[0]).toMatch(/the role Management Group Reader on \/providers\/Microsoft\.Management/);
  });

  test('never holds the token', async () => {
    server.failNext(refused(403, 'AuthorizationFailed'), refused(403, 'AuthorizationFailed'));
    const { problems } = await run({
      over: only('assessments', 'pricings'),
      until: (_, told) => told.length > 1,
    });
    expect(JSON.stringify(problems) + lines).not.toContain(TOKEN);
  });
});

test('a next page on another host is not asked for, since the token would go along', async () => {
  const elsewhere = { kind: 'json', body: { value: [], nextLink: 'https://evil.example.com/next' } } as const;
  server.failNext(elsewhere, elsewhere, elsewhere);
  const { problems, captures } = await run({ over: only('pricings'), until: (_, told) => told.length > 0 });
  expect(captures).toEqual([]);
  expect(problems[0]).toContain('another host');
});

test('settings name at least one scope', () => {
  const parsed = DefenderPostureSettings.safeParse({
    type: 'defender_posture',
    credential: { type: 'default' },
  });
  expect(parsed.error?.issues[0]?.message).toContain('at least one subscription');
});
