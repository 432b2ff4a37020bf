import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBroker } from '../../support/amqp/broker.ts';
import type { Broker } from '../../support/amqp/broker.ts';
import { collectFrom, sequencesOf, streamAt, upTo } from '../../support/amqp/collecting.ts';
import { T0 } from '../../support/samples.ts';

const MESSAGES = 60;
const settled = { timeout: 15_000, interval: 10 };

async function filled(options: Parameters<typeof startBroker>[0] = {}): Promise<Broker> {
  const broker = await startBroker({ partitions: 2, ...options });
  for (let n = 0; n < MESSAGES; n++) broker.append(n % 2, `{"records":[{"n":${n}}]}`, T0 + n);
  return broker;
}

describe('an event hub that nothing ails', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await filled();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test('is read from its earliest message on, each as it was sent, in the order of its partition', async () => {
    const { captures, stop } = collectFrom(broker);
    await expect.poll(() => captures.length, settled).toBe(MESSAGES);
    await stop();
    for (const partition of [0, 1])
      expect(sequencesOf(captures, streamAt(broker, partition))).toEqual(upTo(MESSAGES / 2));
    const first = captures.find(({ stream }) => stream === streamAt(broker, 1));
    expect(first).toMatchObject({
      source: 'test',
      sequence: 0,
      isContiguous: true,
      enqueuedAt: T0 + 1,
      receivedAt: T0,
    });
    expect(Buffer.from(first?.body ?? []).toString()).toBe('{"records":[{"n":1}]}');
  });

  test('is read on from what is durable, though not from what was only read', async () => {
    const durable = new Map([[streamAt(broker, 0), 24]]);
    const { captures, stop } = collectFrom(broker, { durable });
    await expect.poll(() => captures.length, settled).toBe(5 + MESSAGES / 2);
    await stop();
    expect(sequencesOf(captures, streamAt(broker, 0))).toEqual(upTo(5, 25));
  });

  test.each([
    ['at once', 0],
    ['while the SDK is loaded or the hub is asked', 1],
    ['a little later', 5],
    ['while links are made', 60],
  ])('ends when it is asked to, %s', { timeout: 10_000 }, async (_when, afterMs) => {
    const { captures, stop, ended } = collectFrom(broker);
    if (afterMs > 0) await sleep(afterMs);
    await stop();
    await ended;
    expect(captures.length).toBeLessThanOrEqual(MESSAGES);
  });
});
