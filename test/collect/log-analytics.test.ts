import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLogAnalytics } from '../../src/collect/log-analytics.ts';
import { kqlOf } from '../../src/collect/log-analytics/asking.ts';
import { rowsOf } from '../../src/collect/log-analytics/rows.ts';
import { LogAnalyticsSettings } from '../../src/collect/log-analytics/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { WORKSPACE, incident, startWorkspace } from '../support/azure/log-analytics.ts';
import type { Workspace } from '../support/azure/log-analytics.ts';
import { clockFrom, durableOf, poll } from '../support/azure/polling.ts';
import type { Poll } from '../support/azure/polling.ts';
import { TOKEN, refused } from '../support/azure/server.ts';
import type { AzureServer } from '../support/azure/server.ts';
import { T0 } from '../support/samples.ts';

const MINUTE = 60_000;
let workspace: Workspace;
let server: AzureServer;
beforeEach(async () => {
  workspace = { rows: [], limit: 1000 };
  server = await startWorkspace(workspace);
});
afterEach(() => server[Symbol.asyncDispose]());

const settingsOf = (over: object) =>
  LogAnalyticsSettings.parse({
    type: 'log_analytics',
    credential: { type: 'managed_identity' },
    workspace: WORKSPACE,
    queries: [{ table: 'SecurityIncident' }],
    everyMinutes: 1,
    lookbackHours: 1,
    endpoint: `${server.endpoint}/v1`,
    ...over,
  });

const run = ({ over = {}, ...rest }: Omit<Poll, 'create'> & { readonly over?: object }) =>
  poll({
    create: (context, parts) => createLogAnalytics(settingsOf(over), context, parts),
    ...rest,
  });

const namesOf = (captures: readonly Capture[]): string[] =>
  captures.flatMap(({ body }) =>
    (JSON.parse(Buffer.from(body).toString()) as { records: { IncidentName: string }[] }).records.map(
      ({ IncidentName }) => IncidentName,
    ),
  );
const count = (wanted: number) => (captures: readonly Capture[]) => namesOf(captures).length >= wanted;
const expected = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `incident-${from + n}`).toSorted();

test('rows come by the time they were taken in, as they were received, once each', async () => {
  workspace.rows = Array.from({ length: 20 }, (_, n) => incident(n, T0 - 40 * MINUTE + n * 30_000));
  const { captures, problems } = await run({ until: count(20), over: { everyMinutes: 5 } });
  expect(problems).toEqual([]);
  expect(namesOf(captures).toSorted()).toEqual(expected(0, 20));
  const text = Buffer.from(captures[0]?.body ?? []).toString();
  expect(text).toContain('2026-03-02T08:00:00.1234567Z');
  expect(text).not.toContain('Empty');
  const { items, failures } = createNormalise(normalisers)(
    captures[0] ?? { body: Buffer.of(), receivedAt: T0 },
  );
  expect([items.length > 0, failures]).toEqual([true, []]);
});

test('reading goes on behind what is durable, also when many rows share one ingestion time', async () => {
  workspace.rows = Array.from({ length: 12 }, (_, n) =>
    incident(n, T0 - 20 * MINUTE + (n < 6 ? 0 : n * 1000)),
  );
  const first = await run({ until: count(12) });
  const durable = durableOf(first.captures);
  workspace.rows.push(incident(12, T0 - 10 * MINUTE));
  const second = await run({ durable, until: count(1) });
  expect(namesOf(second.captures)).toEqual(['incident-12']);
});

test('a row that becomes visible after its slice was read comes late, once, and in a stream of its own', async () => {
  workspace.rows = [incident(0, T0 - 20 * MINUTE)];
  const { captures } = await run({
    // A minute ends one second from now.
    clock: clockFrom(T0 + 59_000),
    until: (found) => {
      if (found.length === 1 && workspace.rows.length === 1)
        workspace.rows.push(incident(1, T0 - 20 * MINUTE + 1));
      return found.length >= 2;
    },
    over: { everyMinutes: 1 },
  });
  expect(captures.map(({ stream }) => stream.split('/').slice(2).join('/'))).toEqual([
    'SecurityIncident',
    'SecurityIncident/late',
  ]);
  expect(namesOf(captures)).toEqual(['incident-0', 'incident-1']);
});

describe('a slice of which only a part is durable', () => {
  const many = 700;
  const begun = async () => {
    workspace.rows = Array.from({ length: many }, (_, n) => incident(n, T0 - 20 * MINUTE + n));
    const { captures } = await run({ until: count(many), over: { everyMinutes: 10 } });
    expect(captures).toHaveLength(2);
    return captures.slice(0, 1);
  };

  test('is read to its end, with what became visible since', async () => {
    const sealed = await begun();
    workspace.rows.push(incident(many, T0 - 20 * MINUTE));
    const { captures } = await run({
      durable: durableOf(sealed),
      context: {
        sealedSince: (stream) => Promise.resolve(sealed.filter((capture) => capture.stream === stream)),
      },
      until: count(many + 1 - 500),
      over: { everyMinutes: 10 },
    });
    expect([...namesOf(sealed), ...namesOf(captures)].toSorted()).toEqual(expected(0, many + 1));
    expect(captures.every(({ sequence }) => sequence > (sealed[0]?.sequence ?? 0))).toBe(true);
  });

  test('is read to its end where nothing can be read back', async () => {
    const sealed = await begun();
    const { captures } = await run({
      durable: durableOf(sealed),
      until: count(many - 500),
      over: { everyMinutes: 10 },
    });
    expect([...namesOf(sealed), ...namesOf(captures)].toSorted()).toEqual(expected(0, many));
  });
});

test('an answer that is cut at a limit is asked for again in halves, until nothing is missing', async () => {
  workspace.limit = 5;
  workspace.rows = Array.from({ length: 40 }, (_, n) => incident(n, T0 - 30 * MINUTE + n * 1000));
  const { captures } = await run({ until: count(40), over: { everyMinutes: 10 } });
  expect(namesOf(captures).toSorted()).toEqual(expected(0, 40));
});

test('more rows in one second than an answer holds are a problem in words', async () => {
  workspace.limit = 1;
  workspace.rows = [incident(0, T0 - 30 * MINUTE), incident(1, T0 - 30 * MINUTE)];
  const { problems } = await run({ until: (_, told) => told.length > 0 });
  expect(problems[0]).toContain('one second of SecurityIncident is more than one answer holds');
});

describe('a service that falters is asked again', () => {
  const half = { kind: 'truncated', body: { tables: [] } } as const;
  test.each([
    ['429 with Retry-After', [refused(429, 'TooManyRequests', { 'retry-after': '0' })]],
    ['502', [refused(502, 'BadGateway')]],
    ['a body that breaks off', [half]],
    ['a body that stalls', [{ ...half, kind: 'stalled' } as const]],
  ])('%s', async (_what, faults) => {
    workspace.rows = [incident(0, T0 - 30 * MINUTE)];
    server.failNext(...faults);
    const { captures, problems } = await run({ until: count(1), over: { timeoutSeconds: 0.3 } });
    expect([namesOf(captures), problems]).toEqual([['incident-0'], []]);
  });
});

test.each([
  [401, /the token was not accepted \(401\)/],
  [403, /give the identity the role Log Analytics Reader on workspace/],
  [404, /check `workspace`/],
])('a refusal (%i) says what is missing', async (status, message) => {
  server.failNext(refused(status, 'Refused'));
  const { problems } = await run({ until: (_, told) => told.length > 0 });
  expect(problems[0]).toMatch(message);
  expect(problems[0]).not.toContain(TOKEN);
});

test('a query of one’s own is given the slice', () => {
  const kql =
    'AzureActivity | where ingestion_time() >= {from} and ingestion_time() < {to} | where Level == "Error"';
  expect(kqlOf({ name: 'errors', kql }, T0, T0 + MINUTE)).toBe(
    'AzureActivity | where ingestion_time() >= datetime(2026-03-02T09:00:00.000Z) and ingestion_time() < datetime(2026-03-02T09:01:00.000Z) | where Level == "Error"',
  );
});

test.each([
  [{ table: 'A', kql: 'B' }, 'give either table or kql'],
  [{ kql: 'B {from} {to}' }, 'a query needs a name'],
  [{ name: 'x', kql: 'B' }, 'has to use {from} and {to}'],
])('settings refuse %j', (query, message) => {
  expect(() => settingsOf({ queries: [query] })).toThrow(message);
});

test('rows are the same whatever order they come in, and those that are the same have one digest', () => {
  const answer = (rows: readonly string[]) =>
    JSON.stringify({
      tables: [{ name: 'PrimaryResult', columns: [{ name: 'a' }], rows: rows.map((a) => [a]) }],
    });
  const read = rowsOf(answer(['x', 'y', 'x']));
  expect(read).toEqual(rowsOf(answer(['y', 'x', 'x'])));
  expect(read.kind === 'rows' ? new Set(read.rows.map(({ digest }) => digest)).size : 0).toBe(2);
  expect(rowsOf('{"tables":[]}')).toEqual({ kind: 'rows', rows: [] });
});
