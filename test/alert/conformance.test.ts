import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NotifierSettings, createNotifier, notifiers } from '../../src/alert/registry.ts';
import type { NotifierContext } from '../../src/alert/notifier.ts';
import { anIncident } from './samples.ts';
import { answer, hang, scriptedServer } from './scripted-server.ts';

/** For each type: the least a user writes, the secret in it, and what its receiver answers when all is well. */
const samples: Record<
  NotifierSettings['type'],
  { secret: string; accepts: number; settings: (url: string) => object }
> = {
  pagerduty: {
    secret: 'S0123456789abcdefghijklmnopqrstu',
    accepts: 202,
    settings: (url) => ({
      type: 'pagerduty',
      routingKey: 'S0123456789abcdefghijklmnopqrstu',
      baseUrl: url,
      attempts: 2,
      firstDelayMs: 1,
      timeoutMs: 100,
    }),
  },
};

const context = (over: Partial<NotifierContext> = {}): NotifierContext => ({
  fetch: globalThis.fetch,
  clock: () => Date.now(),
  signal: new AbortController().signal,
  jitter: () => 0.5,
  ...over,
});

describe.each(notifiers.map((definition) => [definition.type, definition] as const))(
  '%s',
  (type, definition) => {
    const { secret, accepts, settings } = samples[type];
    const make = (url: string, over: Partial<NotifierContext> = {}) =>
      createNotifier(NotifierSettings.parse(settings(url)), context(over));

    test('says in one sentence what it does, and is made by its type', () => {
      expect(definition.summary).toMatch(/^[A-Z].*\.$/);
      expect(make('http://127.0.0.1:9').type).toBe(type);
    });

    test('refuses a setting it does not know', () => {
      expect(NotifierSettings.safeParse({ ...settings('http://127.0.0.1:9'), unheardOf: 1 }).success).toBe(
        false,
      );
    });

    test('delivers both states', async () => {
      await using server = await scriptedServer([answer(accepts)]);
      const notifier = make(server.url);
      expect(await notifier.notify(anIncident())).toMatchObject({ kind: 'delivered' });
      expect(await notifier.notify(anIncident({ state: 'resolved' }))).toMatchObject({ kind: 'delivered' });
    });

    test('sends the same bytes for the same incident, so that the receiver can tell it is one', async () => {
      await using server = await scriptedServer([answer(accepts)]);
      await make(server.url).notify(anIncident());
      await make(server.url).notify(anIncident());
      expect(server.seen[1]).toEqual(server.seen[0]);
    });

    test.each([
      ['nobody listens', undefined],
      ['the server hangs', hang],
      ['the server fails', answer(500, 'oops')],
      ['the server refuses', answer(403, 'no')],
      ['the answer is nonsense', answer(599, '\u0000\uFFFF')],
    ])('answers and never throws when %s, and shows no secret', async (_, act) => {
      await using server = await scriptedServer([act ?? hang]);
      const notifier = make(act === undefined ? 'http://127.0.0.1:9' : server.url);
      const delivery = await notifier.notify(anIncident());
      expect(delivery.kind).toBe('failed');
      expect(inspect({ delivery, notifier }, { depth: 9, showHidden: true })).not.toContain(secret);
    });

    test('answers at once when already stopped', async () => {
      await using server = await scriptedServer([answer(accepts)]);
      const delivery = await make(server.url, { signal: AbortSignal.abort() }).notify(anIncident());
      expect(delivery).toMatchObject({ kind: 'failed', isFinal: false });
      expect(server.seen).toEqual([]);
    });

    test('answers for an incident that cannot be put into words', async () => {
      await using server = await scriptedServer([answer(accepts)]);
      const delivery = await make(server.url).notify(anIncident({ firstSeen: Number.NaN }));
      expect(delivery.kind).toBe('failed');
    });
  },
);
