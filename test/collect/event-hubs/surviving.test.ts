import { describe, expect, test } from 'vitest';
import { memoryClaims } from '../../../src/collect/event-hubs/claims.ts';
import { startBroker } from '../../support/amqp/broker.ts';
import type { Broker } from '../../support/amqp/broker.ts';
import { collectFrom, sequencesOf, streamAt, upTo } from '../../support/amqp/collecting.ts';
import { T0 } from '../../support/samples.ts';

const settled = { timeout: 20_000, interval: 10 };
const put = (broker: Broker, partition: number, count: number): void => {
  for (let n = 0; n < count; n++) broker.append(partition, `{"n":${n}}`, T0 + n);
};

describe('a partition', () => {
  test('whose link looks alive but brings nothing is taken up anew, and the lag says so meanwhile', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 5);
    const { captures, collector, stop } = collectFrom(broker, { over: { watchSeconds: 0.15 } });
    await expect.poll(() => captures.length, settled).toBe(5);
    broker.strike({ kind: 'stall', partition: 0 });
    put(broker, 0, 5);
    await expect
      .poll(() => collector.lag?.().get(streamAt(broker, 0)), settled)
      .toEqual({
        behind: 5,
        enqueuedAt: T0 + 4,
      });
    await expect.poll(() => captures.length, settled).toBe(10);
    expect(broker.seen.attaches).toBe(2);
    await expect.poll(() => collector.lag?.().get(streamAt(broker, 0))?.behind, settled).toBe(0);
    await stop();
  });

  test('that is idle is left alone', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 1);
    const { captures, stop } = collectFrom(broker);
    await expect.poll(() => captures.length, settled).toBe(1);
    const { managementRequests, attaches } = broker.seen;
    await expect.poll(() => broker.seen.managementRequests, settled).toBeGreaterThan(managementRequests + 3);
    await stop();
    expect(broker.seen.attaches).toBe(attaches);
  });

  test('that waits for those downstream is left alone', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 50);
    const { promise, resolve } = Promise.withResolvers<void>();
    const { captures, stop } = collectFrom(broker, { over: { bufferMessages: 8 }, onBatch: () => promise });
    await expect.poll(() => captures.length, settled).toBeGreaterThan(0);
    const { managementRequests, attaches } = broker.seen;
    await expect.poll(() => broker.seen.managementRequests, settled).toBeGreaterThan(managementRequests + 3);
    expect(broker.seen.attaches).toBe(attaches);
    resolve();
    await expect.poll(() => captures.length, settled).toBe(50);
    await stop();
  });

  test('of which retention took a part is read from what is left, and what is gone is named', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 30);
    broker.logs[0]?.expire(20);
    const durable = new Map([[streamAt(broker, 0), 9]]);
    const { captures, collector, stop } = collectFrom(broker, { durable });
    await expect.poll(() => captures.length, settled).toBe(10);
    await stop();
    expect(sequencesOf(captures, streamAt(broker, 0))).toEqual(upTo(10, 20));
    expect(collector.problems?.()).toEqual([expect.stringMatching(/retention took 10 messages after 9/)]);
  });

  test('of a hub made anew under its old name is told of, with the setting that helps', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 3);
    const durable = new Map([[streamAt(broker, 0), 99]]);
    const { collector, stop } = collectFrom(broker, { durable });
    await expect
      .poll(() => collector.problems?.(), settled)
      .toEqual([expect.stringMatching(/ends at 2, and 99 is durable already.*generation/)]);
    await stop();
    const anew = collectFrom(broker, { durable, over: { generation: 2 } });
    await expect.poll(() => anew.captures.length, settled).toBe(3);
    await anew.stop();
    expect(anew.captures[0]?.stream).toBe('eventhubs/127.0.0.1/insights@2/0');
  });

  test('that a receiver of a higher level holds is asked for again, and the reason told', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 3);
    const durable = new Map<string, number>();
    const higher = collectFrom(broker, { over: { ownerLevel: 5 } });
    await expect.poll(() => higher.captures.length, settled).toBe(3);
    const lower = collectFrom(broker, { durable });
    await expect
      .poll(() => lower.collector.problems?.(), settled)
      .toEqual([expect.stringMatching(/consumer group of its own/)]);
    expect(lower.captures).toEqual([]);
    await higher.stop();
    await expect.poll(() => lower.captures.length, settled).toBe(3);
    await lower.stop();
  });
});

describe('several members of a consumer group', () => {
  const rounds = { roundMs: 40, expireMs: 2_000 };
  const readBy = (broker: Broker): number[] =>
    broker
      .links()
      .map(({ partition }) => partition)
      .toSorted((a, b) => a - b);

  test('share the partitions, and take over those of one that leaves', async () => {
    await using broker = await startBroker({ partitions: 4 });
    const claims = memoryClaims();
    const [a, b] = ['a', 'b'].map((name) =>
      collectFrom(broker, { parts: { claims, member: () => name, ...rounds } }),
    );
    const owners = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        Object.entries(Object.groupBy(await claims.list(), ({ owner }) => owner)).map(([owner, held]) => [
          owner,
          held?.length ?? 0,
        ]),
      );
    await expect.poll(owners, settled).toEqual({ a: 2, b: 2 });
    await expect.poll(() => readBy(broker), settled).toEqual([0, 1, 2, 3]);
    for (const partition of upTo(4)) put(broker, partition, 5);
    await expect.poll(() => (a?.captures.length ?? 0) + (b?.captures.length ?? 0), settled).toBe(20);
    // Nothing of it is durable, so that what `a` held is given up only when its claims run out.
    await a?.stop();
    await expect.poll(() => b?.captures.length, settled).toBe(20);
    await b?.stop();
  });

  test('leave a partition to others at once when all that was read of it is durable', async () => {
    await using broker = await startBroker({ partitions: 2 });
    for (const partition of [0, 1]) put(broker, partition, 5);
    const claims = memoryClaims();
    const { captures, collector, stop } = collectFrom(broker, { parts: { claims, ...rounds } });
    await expect.poll(() => captures.length, settled).toBe(10);
    await collector.acknowledge?.(new Map([[streamAt(broker, 0), 4]]));
    await stop();
    const ownersOf = async (): Promise<string[]> => (await claims.list()).map(({ owner }) => owner);
    expect(await ownersOf()).toEqual(['', 'member-a']);
    await collector.acknowledge?.(new Map([[streamAt(broker, 1), 4]]));
    expect(await ownersOf()).toEqual(['', '']);
  });

  test('stop reading what another member claimed, and yield nothing of it any more', async () => {
    await using broker = await startBroker({ partitions: 1 });
    put(broker, 0, 40);
    const claims = memoryClaims();
    const { promise, resolve } = Promise.withResolvers<void>();
    const { captures, stop } = collectFrom(broker, {
      over: { bufferMessages: 8 },
      parts: { claims, ...rounds },
      onBatch: () => promise,
    });
    await expect.poll(() => captures.length, settled).toBeGreaterThan(0);
    const before = captures.length;
    const take = async (): Promise<boolean> => {
      const [claim] = await claims.list();
      return (await claims.put('0', 'thief', claim?.version)) !== undefined;
    };
    await expect.poll(take, settled).toBe(true);
    await expect.poll(() => broker.links().length, settled).toBe(0);
    resolve();
    await stop();
    expect(captures).toHaveLength(before);
  });
});
