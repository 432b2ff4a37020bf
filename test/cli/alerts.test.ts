import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { answer, reset, scriptedServer } from '../alert/scripted-server.ts';
import type { Act, ScriptedServer } from '../alert/scripted-server.ts';
import { createWorkplace } from '../support/cli.ts';
import { createLeanWorkplace } from '../support/lean-product.ts';
import type { CliRun, Workplace } from '../support/cli.ts';
import { filesBelow, notesOf } from '../support/lakes.ts';
import { diagnosticsDeleted, diagnosticsWritten, envelope } from '../support/records.ts';
import { T0 } from '../support/samples.ts';

const KEY = 'R0utingKeyThatMustNotBeSeenAtAll';

interface Sent {
  readonly routing_key: string;
  readonly event_action: 'trigger' | 'resolve';
  readonly dedup_key: string;
  readonly payload?: { readonly summary: string; readonly severity: string; readonly component?: string };
}

const sentTo = (server: ScriptedServer): Sent[] => server.seen.map(({ text }) => JSON.parse(text) as Sent);
const actionsByKey = (sent: readonly Sent[]): Map<string, string[]> =>
  new Map(
    [...Map.groupBy(sent, ({ dedup_key: key }) => key)].map(([key, all]) => [
      key,
      all.map(({ event_action: action }) => action),
    ]),
  );

const notifiers = (url: string): string => `
alerts:
  notifiers:
    - { type: pagerduty, routingKey: '\${PD_KEY}', baseUrl: '${url}', attempts: 2, firstDelayMs: 1 }
`;
const outside = { env: { PD_KEY: KEY }, fetch: globalThis.fetch, clock: () => T0 + 3_600_000 };

/** The secret is nowhere: not in what was said, not in any file that was written. */
function expectNoKey(place: Workplace, ...runs: readonly CliRun[]): void {
  for (const { out, err } of runs) expect(out + err).not.toContain(KEY);
  for (const { path, bytes } of filesBelow(join(place.folder, 'data')))
    expect([path, bytes.includes(KEY)]).toEqual([path, false]);
}

describe('a day with four incidents that are mended later', () => {
  let place: Workplace;
  let pagerDuty: ScriptedServer;
  let day: CliRun;
  beforeAll(async () => {
    place = createWorkplace();
    pagerDuty = await scriptedServer([answer(202)]);
    writeFileSync(
      join(place.folder, 'plumbline.yml'),
      `lake: { sealRecords: 300 }
sources: { day: { type: demo, records: 1000, stories: [key-theft, public-ai, admin-mfa-off, diagnostics-off] } }
serve: { port: 0 }
${notifiers(pagerDuty.url)}`,
    );
    const stop = new AbortController();
    const running = place.runWith(
      { ...outside, signal: stop.signal, clock: () => Date.parse('2026-03-03T00:00:00Z') },
      'run',
      '--config',
      'plumbline.yml',
      '--log-level',
      'silent',
    );
    const isMended = (): boolean =>
      sentTo(pagerDuty).filter(({ event_action: action }) => action === 'resolve').length >= 4;
    await vi.waitUntil(isMended, { timeout: 40_000, interval: 50 });
    stop.abort();
    day = await running;
  }, 60_000);
  afterAll(async () => {
    await pagerDuty[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test('is one page for each cause, and one all-clear', () => {
    expect(day.code).toBe(0);
    const byKey = actionsByKey(sentTo(pagerDuty));
    expect(byKey.size).toBe(4);
    for (const [key, actions] of byKey) expect([key, actions]).toEqual([key, ['trigger', 'resolve']]);
  });

  test('pages say what and where, and name no person', () => {
    const triggers = sentTo(pagerDuty).filter(({ event_action: action }) => action === 'trigger');
    const summaries = triggers.map(({ payload }) => payload?.summary ?? '').toSorted();
    expect(summaries).toEqual([
      'AI account ai-research: Azure AI public network access enabled',
      'AI account aoai-claims: Azure OpenAI key used from public network',
      'AI account aoai-clinical: Azure diagnostic settings deleted',
      expect.stringMatching(/^Entra admin MFA disabled \(ref [0-9a-f]{8}\)$/),
    ]);
    for (const { text } of pagerDuty.seen) expect(text).not.toMatch(/@|hartmann|qureshi/i);
  });

  test('who was told, when and how it went is in the signed log', () => {
    const deliveries = notesOf(join(place.folder, 'data/lake'), 'delivery') as {
      incident: string;
      state: string;
      outcome: string;
    }[];
    expect(deliveries.map(({ incident, state, outcome }) => [incident, state, outcome])).toEqual(
      sentTo(pagerDuty).map(({ dedup_key: key, event_action: action }) => [
        key,
        action === 'trigger' ? 'open' : 'resolved',
        'delivered',
      ]),
    );
  });

  test('the routing key went to the receiver and nowhere else', () => {
    for (const { routing_key: key } of sentTo(pagerDuty)) expect(key).toBe(KEY);
    expectNoKey(place, day);
  });

  test('the lake verifies', async () => {
    expect((await place.run('verify')).code).toBe(0);
  });
});

describe('a replay of two failures', () => {
  let place: Workplace;
  beforeEach(() => {
    place = createLeanWorkplace();
    const failures = envelope(
      diagnosticsDeleted('aoai-1'),
      diagnosticsDeleted('aoai-1', 1),
      diagnosticsDeleted('aoai-2'),
    );
    mkdirSync(join(place.folder, 'in'));
    writeFileSync(join(place.folder, 'in/failures.json'), failures);
    writeFileSync(
      join(place.folder, 'in/mended.json'),
      envelope(diagnosticsWritten('aoai-1', 30), diagnosticsWritten('aoai-2', 30)),
    );
  });
  afterEach(() => place[Symbol.dispose]());

  async function replay(server: ScriptedServer, file: string, ...more: readonly string[]): Promise<CliRun> {
    writeFileSync(join(place.folder, 'plumbline.yml'), notifiers(server.url));
    const options = ['--config', 'plumbline.yml', '--log-level', 'silent', ...more];
    return place.runWith(outside, 'replay', file, ...options);
  }

  test('pages once a cause however many findings tell it, and a second replay pages nobody', async () => {
    await using server = await scriptedServer([answer(202)]);
    expect((await replay(server, 'in/failures.json')).code).toBe(0);
    const first = actionsByKey(sentTo(server));
    expect([...first.values()]).toEqual([['trigger'], ['trigger']]);
    expect((await replay(server, 'in/failures.json')).code).toBe(0);
    expect(actionsByKey(sentTo(server))).toEqual(first);
  });

  test('resolves in a later run, by the same key, what an earlier run paged', async () => {
    await using server = await scriptedServer([answer(202)]);
    await replay(server, 'in/failures.json');
    expect((await replay(server, 'in/mended.json')).code).toBe(0);
    const byKey = actionsByKey(sentTo(server));
    expect(byKey.size).toBe(2);
    expect([...byKey.values()]).toEqual([
      ['trigger', 'resolve'],
      ['trigger', 'resolve'],
    ]);
  });

  test('what is mended by the time people would be told pages nobody', async () => {
    await using server = await scriptedServer([answer(202)]);
    expect((await replay(server, 'in')).code).toBe(0);
    expect(server.seen).toEqual([]);
  });

  const refusals: readonly (readonly [string, readonly Act[], number])[] = [
    ['refuses for good', [answer(400)], 2],
    ['refuses the moved address', [answer(301, '', { location: 'https://192.0.2.1/' })], 2],
    ['fails each time it is asked', [answer(503)], 4],
    ['cuts the line', [reset], 4],
    ['asks to wait for an hour', [answer(429, '', { 'retry-after': '3600' })], 2],
  ];
  for (const [what, acts, requests] of refusals) {
    test(`a receiver that ${what}: everything else is done, exit 4, and no key in sight`, async () => {
      await using server = await scriptedServer(acts);
      const run = await replay(server, 'in/failures.json', '--output', 'json');
      expect(run.code).toBe(4);
      const result = JSON.parse(run.out) as {
        totals: { undelivered: number };
        verification: { ok: boolean };
      };
      expect(result.totals.undelivered).toBe(2);
      expect(result.verification.ok).toBe(true);
      expect(server.seen.length).toBeLessThanOrEqual(requests);
      const outcomes = notesOf(join(place.folder, 'data/lake'), 'delivery') as { outcome: string }[];
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
      expectNoKey(place, run);
    });
  }

  test('when what people were told is lost, they are told again under the same key', async () => {
    await using server = await scriptedServer([answer(202)]);
    await replay(server, 'in/failures.json');
    writeFileSync(join(place.folder, 'data/state/alerts-told.json'), '{"inc-1":');
    expect((await replay(server, 'in/failures.json')).code).toBe(0);
    expect([...actionsByKey(sentTo(server)).values()]).toEqual([
      ['trigger', 'trigger'],
      ['trigger', 'trigger'],
    ]);
  });

  test('what a receiver did not take is told by the next run', async () => {
    await using down = await scriptedServer([answer(503)]);
    expect((await replay(down, 'in/failures.json')).code).toBe(4);
    await using up = await scriptedServer([answer(202)]);
    expect((await replay(up, 'in/failures.json')).code).toBe(0);
    expect([...actionsByKey(sentTo(up)).values()]).toEqual([['trigger'], ['trigger']]);
  });

  test('a key of the wrong form stops the start, and is not shown', async () => {
    await using server = await scriptedServer([answer(202)]);
    writeFileSync(join(place.folder, 'plumbline.yml'), notifiers(server.url));
    const env = { PD_KEY: `${KEY}-and-more` };
    const run = await place.runWith({ ...outside, env }, 'replay', 'in/failures.json', '-c', 'plumbline.yml');
    expect(run.code).toBe(2);
    expect(run.err).toMatch(/^plumbline\.yml:4:\d+ {2}"alerts\.notifiers\.0\.routingKey"/m);
    expect(run.out + run.err).not.toContain(KEY);
    expect(server.seen).toEqual([]);
  });
});
