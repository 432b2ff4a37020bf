import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { describe, expect, test } from 'vitest';
import { startBroker } from '../../support/amqp/broker.ts';
import type { Broker } from '../../support/amqp/broker.ts';
import { collectFrom, sequencesOf, streamAt, upTo } from '../../support/amqp/collecting.ts';

const settled = { timeout: 20_000, interval: 10 };
const put = (broker: Broker, count: number): void => {
  for (let n = 0; n < count; n++) broker.append(0, `{"n":${n}}`);
};

/** Credit that a link has, on the hub's side. */
const creditAt = (broker: Broker): number =>
  Math.max(
    0,
    ...broker.links().map(({ sender }) => (sender as unknown as { readonly credit: number }).credit),
  );

/**
 * Three traps of the SDK. Each is shown with the SDK alone first, so that the test says when an update has closed it,
 * and then to be closed here.
 */
describe('a handler that fails', () => {
  test('loses a batch with the SDK alone, when the error says that it may be retried', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 6);
    const client = new EventHubConsumerClient('$Default', broker.connectionString);
    const processed: number[] = [];
    let failures = 1;
    const subscription = client.subscribe(
      '0',
      {
        processEvents: async (events) => {
          if (failures-- > 0) throw Object.assign(new Error('busy'), { retryable: true });
          processed.push(...events.map(({ sequenceNumber }) => sequenceNumber));
        },
        processError: async () => undefined,
      },
      { startPosition: earliestEventPosition, maxBatchSize: 2 },
    );
    await expect.poll(() => processed.at(-1), settled).toBe(5);
    expect(processed).toEqual([2, 3, 4, 5]);
    await subscription.close();
    await client.close();
  });

  test('loses nothing here: a batch that was not taken in is read again by who comes next', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 30);
    let failures = 1;
    const failing = collectFrom(broker, {
      over: { bufferMessages: 8 },
      onBatch: () => {
        if (failures-- > 0) throw Object.assign(new Error('busy'), { retryable: true });
      },
    });
    await expect(failing.ended).rejects.toThrow('busy');
    expect(failing.captures.length).toBeLessThan(30);
    const again = collectFrom(broker);
    await expect.poll(() => again.captures.length, settled).toBe(30);
    await again.stop();
    expect(sequencesOf(again.captures, streamAt(broker, 0))).toEqual(upTo(30));
  });

  test('does not leave the partition alone for a minute: a link that broke is followed by another at once', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 10);
    const { captures, stop } = collectFrom(broker);
    await expect.poll(() => captures.length, settled).toBe(10);
    for (let round = 0; round < 3; round++) {
      broker.strike({ kind: 'detach', partition: 0 });
      put(broker, 10);
      await expect.poll(() => captures.length, { timeout: 5_000, interval: 10 }).toBe(20 + 10 * round);
    }
    await stop();
    expect(sequencesOf(captures, streamAt(broker, 0))).toEqual(upTo(40));
  });
});

describe('a quiet hub', () => {
  const quiet = { bufferMessages: 40 };
  /** One message at a time, each read before the next comes. */
  const trickle = async (broker: Broker, seen: () => number): Promise<void> => {
    for (let n = 0; n < 12; n++) {
      const before = seen();
      put(broker, 1);
      await expect.poll(seen, settled).toBe(before + 1);
    }
    await sleep(60);
  };

  test('gathers credit without bound with the SDK alone', async () => {
    await using broker = await startBroker({ partitions: 1 });
    const client = new EventHubConsumerClient('$Default', broker.connectionString);
    let count = 0;
    const subscription = client.subscribe(
      '0',
      {
        processEvents: async (events) => void (count += events.length),
        processError: async () => undefined,
      },
      { startPosition: earliestEventPosition, maxBatchSize: 10, prefetchCount: 30 },
    );
    await trickle(broker, () => count);
    expect(creditAt(broker)).toBeGreaterThan(200);
    await subscription.close();
    await client.close();
  });

  test('gathers none here, and of a burst after it no more than the buffer is on its way', async () => {
    await using broker = await startBroker({ partitions: 1 });
    let isStalled = false;
    let goOn = (): void => undefined;
    const { captures, stop } = collectFrom(broker, {
      over: quiet,
      onBatch: () =>
        isStalled
          ? new Promise<void>((resolve) => {
              goOn = resolve;
            })
          : undefined,
    });
    await expect.poll(() => broker.links().length, settled).toBe(1);
    await trickle(broker, () => captures.length);
    expect(creditAt(broker)).toBeLessThanOrEqual(30);
    isStalled = true;
    const before = broker.seen.deliveries;
    put(broker, 500);
    await expect.poll(() => broker.seen.deliveries, settled).toBeGreaterThan(before + 20);
    await sleep(200);
    expect(broker.seen.deliveries - before).toBeLessThanOrEqual(quiet.bufferMessages);
    isStalled = false;
    goOn();
    await expect.poll(() => captures.length, settled).toBe(512);
    await stop();
    expect(sequencesOf(captures, streamAt(broker, 0))).toEqual(upTo(512));
  });
});
