import { expect, test } from 'vitest';
import { pagerduty } from '../../src/alert/pagerduty.ts';
import type { Notifier, NotifierContext } from '../../src/alert/notifier.ts';
import { T0 } from '../support/samples.ts';
import { anIncident } from './samples.ts';
import { answer, hang, reset, scriptedServer, truncated } from './scripted-server.ts';

const routingKey = 'R0123456789abcdefghijklmnopqrstu';
const context = (over: Partial<NotifierContext> = {}): NotifierContext => ({
  fetch: globalThis.fetch,
  clock: () => Date.now(),
  signal: new AbortController().signal,
  jitter: () => 0,
  ...over,
});
const notifierAt = (
  baseUrl: string,
  over: object = {},
  contextOver: Partial<NotifierContext> = {},
): Notifier =>
  pagerduty.create(
    pagerduty.settings.parse({
      type: 'pagerduty',
      routingKey,
      baseUrl,
      firstDelayMs: 1,
      maxDelayMs: 2000,
      timeoutMs: 2000,
      ...over,
    }),
    context(contextOver),
  );

test('an open incident triggers an alert under its own key, and a resolved one resolves it', async () => {
  await using server = await scriptedServer([answer(202)]);
  const notifier = notifierAt(server.url, { clientUrl: 'https://plumbline.example.com/ui/incidents' });
  expect(await notifier.notify(anIncident())).toEqual({ kind: 'delivered', attempts: 1 });
  expect(await notifier.notify(anIncident({ state: 'resolved' }))).toEqual({
    kind: 'delivered',
    attempts: 1,
  });
  expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /v2/enqueue',
    'POST /v2/enqueue',
  ]);
  expect(JSON.parse(server.seen[0]?.text ?? '')).toEqual({
    routing_key: routingKey,
    dedup_key: 'inc-0123456789abcdef0123',
    event_action: 'trigger',
    client: 'Plumbline',
    client_url: 'https://plumbline.example.com/ui/incidents',
    links: [
      {
        href: 'https://plumbline.example.com/ui/incidents',
        text: 'Incident inc-0123456789abcdef0123 in Plumbline',
      },
    ],
    payload: {
      summary: 'AI account aoai-clinical: Azure diagnostic settings deleted',
      source: anIncident().resourceId,
      severity: 'error',
      timestamp: '2026-03-02T09:01:00.000Z',
      component: 'AI account aoai-clinical',
      group: 'logging.diagnostic-settings.kept',
      custom_details: {
        assertion: 'logging.diagnostic-settings.kept',
        findings: 2,
        first_seen: '2026-03-02T09:00:00.000Z',
        last_seen: '2026-03-02T09:01:00.000Z',
        controls: ['iso27001:A.8.15', 'soc2:CC7.2'],
        newest_findings: ['fnd-00000000000000000001', 'fnd-00000000000000000002'],
        next_step: '1. Put the diagnostic setting back.',
      },
    },
  });
  expect(JSON.parse(server.seen[1]?.text ?? '')).toEqual({
    routing_key: routingKey,
    dedup_key: 'inc-0123456789abcdef0123',
    event_action: 'resolve',
  });
});

test.each([
  [
    400,
    'PagerDuty answered 400; it rejects the event: check the routing key and its integration type (Events API v2)',
  ],
  [404, 'PagerDuty answered 404; expected 202: check baseUrl'],
  [200, 'PagerDuty answered 200; expected 202: check baseUrl'],
])('%i is final after one attempt', async (status, reason) => {
  await using server = await scriptedServer([answer(status, `{"errors":["key ${routingKey} is unknown"]}`)]);
  expect(await notifierAt(server.url).notify(anIncident())).toEqual({
    kind: 'failed',
    attempts: 1,
    reason,
    isFinal: true,
  });
  expect(server.seen).toHaveLength(1);
});

test.each([
  ['a server error', answer(500)],
  ['a busy answer without a wait', answer(429)],
  ['a busy answer with seconds', answer(429, '{}', { 'retry-after': '0' })],
  ['a busy answer with a date', answer(429, '{}', { 'retry-after': 'Mon, 02 Mar 2026 09:00:00 GMT' })],
  ['a connection reset', reset],
  ['an error with its body cut off', truncated(503)],
])('%s is tried again and then delivered', async (_, act) => {
  await using server = await scriptedServer([act, answer(202)]);
  expect(await notifierAt(server.url).notify(anIncident())).toEqual({ kind: 'delivered', attempts: 2 });
});

test('a 202 counts although its body is cut off', async () => {
  await using server = await scriptedServer([truncated(202)]);
  expect(await notifierAt(server.url).notify(anIncident())).toEqual({ kind: 'delivered', attempts: 1 });
});

test('a server that hangs is given up after the limit of each attempt', async () => {
  await using server = await scriptedServer([hang]);
  const notifier = notifierAt(server.url, { timeoutMs: 60, attempts: 2 });
  expect(await notifier.notify(anIncident())).toEqual({
    kind: 'failed',
    attempts: 2,
    reason: 'no answer within 60 ms',
    isFinal: false,
  });
});

test('a wait longer than allowed ends the attempts, and holds for the next incident too', async () => {
  let now = T0;
  await using server = await scriptedServer([answer(429, '{}', { 'retry-after': '600' }), answer(202)]);
  const notifier = notifierAt(server.url, {}, { clock: () => now });
  expect(await notifier.notify(anIncident())).toMatchObject({ kind: 'failed', attempts: 1, isFinal: false });
  now += 60_000;
  expect(await notifier.notify(anIncident({ key: 'inc-other' }))).toMatchObject({
    reason: 'PagerDuty asked to wait',
    isFinal: false,
  });
  expect(server.seen).toHaveLength(1);
  now += 540_000;
  expect(await notifier.notify(anIncident())).toEqual({ kind: 'delivered', attempts: 1 });
});

test('a short wait asked for is waited for before anything else is sent', async () => {
  await using server = await scriptedServer([answer(429, '{}', { 'retry-after': '1' }), answer(202)]);
  expect(await notifierAt(server.url, { attempts: 2 }).notify(anIncident())).toEqual({
    kind: 'delivered',
    attempts: 2,
  });
});

test('stopping ends an attempt and a wait at once, as a failure that may be sent again', async () => {
  await using server = await scriptedServer([hang]);
  const stop = new AbortController();
  const notifying = notifierAt(server.url, {}, { signal: stop.signal }).notify(anIncident());
  stop.abort();
  expect(await notifying).toEqual({
    kind: 'failed',
    attempts: 1,
    reason: 'stopped before PagerDuty answered',
    isFinal: false,
  });

  await using busy = await scriptedServer([answer(500)]);
  const later = new AbortController();
  const fetchThenStop: typeof fetch = async (...input) => {
    const response = await fetch(...input);
    setImmediate(() => later.abort());
    return response;
  };
  const waiting = notifierAt(
    busy.url,
    { firstDelayMs: 60_000, maxDelayMs: 60_000 },
    { signal: later.signal, fetch: fetchThenStop },
  );
  expect(await waiting.notify(anIncident())).toMatchObject({
    reason: 'stopped while waiting to send',
    isFinal: false,
  });
});

test('a redirect is refused, so that the key goes to no other host', async () => {
  await using other = await scriptedServer([answer(202)]);
  await using server = await scriptedServer([answer(307, '', { location: `${other.url}/v2/enqueue` })]);
  expect(await notifierAt(server.url).notify(anIncident())).toMatchObject({ kind: 'failed', isFinal: true });
  expect(other.seen).toEqual([]);
});

test('an incident of any size fits the limits of the API', async () => {
  await using server = await scriptedServer([answer(202)]);
  await notifierAt(server.url).notify(
    anIncident({
      title: '\u{1F4A7}'.repeat(5000),
      controls: Array.from({ length: 5000 }, (_, i) => `${'x'.repeat(2000)}${i}`),
      findingIds: Array.from({ length: 20 }, () => 'y'.repeat(50_000)),
      runbook: 'z'.repeat(900_000),
    }),
  );
  const text = server.seen[0]?.text ?? '';
  const event = JSON.parse(text) as {
    payload: { summary: string; custom_details: { controls: string[]; controls_left_out: number } };
  };
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(512 * 1024);
  expect(event.payload.summary.length).toBeLessThanOrEqual(1024);
  expect(event.payload.summary.isWellFormed()).toBe(true);
  expect(event.payload.custom_details.controls_left_out).toBe(4900);
});

test('nothing sent names a person, even when the resource of an incident does', async () => {
  await using server = await scriptedServer([answer(202)]);
  await notifierAt(server.url).notify(
    anIncident({ resourceId: 'ada@example.com', title: 'MFA disabled (ref 01234567)' }),
  );
  expect(server.seen[0]?.text).not.toContain('ada');
});

test.each([
  ['a routing key of another length', { routingKey: `${routingKey}x` }],
  ['plain http to another machine', { baseUrl: 'http://events.example.com' }],
  ['an address with a password', { baseUrl: 'https://user:pass@events.example.com' }],
  ['no address at all', { baseUrl: 'events' }],
  ['a setting it does not know', { colour: 'red' }],
])('settings with %s are refused without repeating the key', (_, over) => {
  const parsed = pagerduty.settings.safeParse({ type: 'pagerduty', routingKey, ...over });
  expect(parsed.success).toBe(false);
  expect(JSON.stringify(parsed.error)).not.toContain(routingKey);
});

test('the routing key shows in no answer, whatever goes wrong', async () => {
  const failing: (typeof globalThis.fetch)[] = [
    () => Promise.reject(new Error(`no route for ${routingKey}`)),
    () => Promise.reject(new TypeError('fetch failed', { cause: { code: routingKey, message: routingKey } })),
    () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })),
    () => Promise.resolve(new Response(routingKey, { status: 418, statusText: routingKey })),
  ];
  const deliveries = await Promise.all(
    failing.map((fetch) => notifierAt('http://127.0.0.1:9', { attempts: 2 }, { fetch }).notify(anIncident())),
  );
  expect(deliveries.every(({ kind }) => kind === 'failed')).toBe(true);
  expect(JSON.stringify(deliveries)).not.toContain(routingKey);
  expect(deliveries[2]).toMatchObject({ reason: 'network error ECONNREFUSED' });
});
