import { describe, expect, test } from 'vitest';
import { createQuestions } from '../../../src/collect/event-hubs/questions.ts';
import { openHub } from '../../../src/collect/event-hubs/hub.ts';
import { placeOf } from '../../../src/collect/event-hubs/settings.ts';
import { startBroker } from '../../support/amqp/broker.ts';
import { settingsFor } from '../../support/amqp/collecting.ts';

interface FakeClient {
  readonly id: number;
  readonly drop: () => void;
}

/** Questions over clients that are counted as they open and close. */
function questionsOverFakes(withinMs: number) {
  const opened: FakeClient[] = [];
  const closed: number[] = [];
  const questions = createQuestions<FakeClient>({
    withinMs,
    connect(guard) {
      const listeners: (() => void)[] = [];
      guard({
        createReceiver: () => Promise.resolve({}),
        createSession: () => Promise.resolve({}),
        close: () => Promise.resolve(),
        once: (_event, listener) => listeners.push(listener),
      });
      const client = {
        id: opened.length,
        drop: () => {
          for (const listener of listeners.splice(0)) listener();
        },
      };
      opened.push(client);
      return client;
    },
    close: ({ id }) => Promise.resolve(void closed.push(id)),
  });
  return { questions, opened, closed };
}

const never = (): Promise<never> => Promise.race([]);
const unbounded = 60_000;

describe('a question to the hub', () => {
  const { signal } = new AbortController();

  test('is answered over one client', async () => {
    const { questions, closed } = questionsOverFakes(unbounded);
    expect(await questions.ask(({ id }) => Promise.resolve(id), signal)).toBe(0);
    expect(await questions.ask(({ id }) => Promise.resolve(id), signal)).toBe(0);
    await questions.close();
    expect(closed).toEqual([0]);
  });

  test('that is never answered ends in time, and the next goes over another client', async () => {
    const { questions, closed } = questionsOverFakes(20);
    await expect(questions.ask(never, signal)).rejects.toThrow('no answer within 0.02 s');
    expect(closed).toEqual([0]);
    expect(await questions.ask(({ id }) => Promise.resolve(id), signal)).toBe(1);
  });

  test('ends when the connection drops under it', async () => {
    const { questions, opened, closed } = questionsOverFakes(unbounded);
    const asked = [questions.ask(never, signal), questions.ask(never, signal)];
    opened[0]?.drop();
    for (const question of asked) await expect(question).rejects.toThrow('the connection dropped');
    expect(closed).toEqual([0]);
  });

  test('ends when nobody waits for it any more, and costs others their client in no way', async () => {
    const { questions, closed } = questionsOverFakes(unbounded);
    const abort = new AbortController();
    const asked = questions.ask(never, abort.signal);
    abort.abort();
    await expect(asked).rejects.toThrow('nobody waits');
    await expect(questions.ask(never, abort.signal)).rejects.toThrow('aborted');
    expect(await questions.ask(({ id }) => Promise.resolve(id), signal)).toBe(0);
    expect(closed).toEqual([]);
  });

  test('that fails has its client closed, but not under those who still wait for an answer of it', async () => {
    const { questions, closed } = questionsOverFakes(unbounded);
    const slow = Promise.withResolvers<string>();
    const waiting = questions.ask(() => slow.promise, signal);
    await expect(questions.ask(() => Promise.reject(new Error('busy')), signal)).rejects.toThrow('busy');
    expect(closed).toEqual([]);
    expect(await questions.ask(({ id }) => Promise.resolve(id), signal)).toBe(1);
    slow.resolve('late');
    expect(await waiting).toBe('late');
    expect(closed).toEqual([0]);
    await questions.close();
    expect(closed).toEqual([0, 1]);
  });

  test('ends when the hub is closed', async () => {
    const { questions, closed } = questionsOverFakes(unbounded);
    const asked = questions.ask(never, signal);
    await questions.close();
    await expect(asked).rejects.toThrow('the hub was closed');
    expect(closed).toEqual([0]);
    await questions.close();
    expect(closed).toEqual([0]);
  });
});

test('questions on their way when a connection to a real broker drops end, and the hub answers again', async () => {
  await using broker = await startBroker({ partitions: 2 });
  const settings = settingsFor(broker);
  const hub = await openHub(settings, placeOf(settings) ?? { namespace: '', hub: '' }, undefined);
  const { signal } = new AbortController();
  expect(await hub.partitions(signal)).toEqual(['0', '1']);
  const asked = [hub.state('0', signal), hub.state('1', signal)];
  broker.strike({ kind: 'drop' });
  for (const question of asked) await expect(question).rejects.toThrow(/dropped/);
  await expect
    .poll(() => hub.state('0', signal).catch(() => undefined))
    .toMatchObject({ first: 0, last: -1 });
  await hub.close();
});
