import { ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobClaims } from '../../../src/collect/event-hubs/blob-claims.ts';
import type { ClaimStore } from '../../../src/collect/event-hubs/claims.ts';
import { EventHubsSettings } from '../../../src/collect/event-hubs/settings.ts';
import { describeError } from '../../../src/lib/errors.ts';
import { connectionTo, startAzurite } from '../../store/azurite.ts';
import type { Azurite } from '../../store/azurite.ts';
import { startBroker } from '../../support/amqp/broker.ts';
import { collectFrom, sequencesOf, streamAt } from '../../support/amqp/collecting.ts';

const settled = { timeout: 20_000, interval: 20 };
const place = { namespace: 'example.servicebus.windows.net', hub: 'Insights' };

describe('claims in a blob container', () => {
  let azurite: Azurite;
  let connectionString: string;
  let container: ContainerClient;

  const storeIn = (containerName: string): Promise<ClaimStore> =>
    blobClaims(
      EventHubsSettings.parse({
        type: 'event_hubs',
        connectionString: 'Endpoint=sb://example.servicebus.windows.net;EntityPath=Insights',
        claims: { connectionString, containerName },
      }),
      place,
      undefined,
    );

  beforeAll(async () => {
    azurite = await startAzurite();
    ({ connectionString } = connectionTo(azurite.port));
    container = new ContainerClient(connectionString, 'claims');
    await container.create();
  });
  afterAll(() => azurite[Symbol.asyncDispose]());

  test('are granted to one of two, renewed by version, and given up', async () => {
    const [a, b] = [await storeIn('claims'), await storeIn('claims')];
    const first = await a.put('0', 'a', undefined);
    expect(first).toMatchObject({ partition: '0', owner: 'a' });
    expect(await b.put('0', 'b', undefined)).toBeUndefined();
    expect(await b.list()).toEqual([first]);
    const renewed = await a.put('0', 'a', first?.version);
    expect(await b.put('0', 'b', first?.version)).toBeUndefined();
    expect(await a.put('0', '', renewed?.version)).toMatchObject({ owner: '' });
  });

  test('and word of what is durable lie where tools of Azure look for them', async () => {
    const store = await storeIn('claims');
    await store.checkpoint?.('3', { sequence: 41, offset: '4711' });
    const blob = container.getBlobClient('example.servicebus.windows.net/insights/$default/checkpoint/3');
    expect((await blob.getProperties()).metadata).toEqual({ sequencenumber: '41', offset: '4711' });
  });

  test('are shared by members that know of each other by nothing else', async () => {
    await using broker = await startBroker({ partitions: 4 });
    for (let n = 0; n < 20; n++) broker.append(n % 4, `{"n":${n}}`);
    const claims = { connectionString, containerName: 'claims', renewSeconds: 0.1, expireSeconds: 5 };
    const members = ['a', 'b'].map((name) =>
      collectFrom(broker, { over: { claims }, parts: { member: () => name } }),
    );
    const store = await blobClaims(
      EventHubsSettings.parse({
        type: 'event_hubs',
        connectionString: broker.connectionString,
        claims: { connectionString, containerName: 'claims' },
      }),
      { namespace: '127.0.0.1', hub: 'insights' },
      undefined,
    );
    const owners = async (): Promise<string> =>
      (await store.list())
        .map(({ owner }) => owner)
        .toSorted()
        .join('');
    await expect.poll(owners, settled).toBe('aabb');
    // Not how much was read in all: before they shared, one may have read what the other is still to read.
    const readByOwners = async (): Promise<number> => {
      const read = (await store.list()).map(({ partition, owner }) =>
        sequencesOf(members[owner === 'a' ? 0 : 1]?.captures ?? [], streamAt(broker, Number(partition))),
      );
      return read.reduce((sum, sequences) => sum + new Set(sequences).size, 0);
    };
    await expect.poll(readByOwners, settled).toBe(20);
    await members[0]?.collector.acknowledge?.(new Map([0, 1, 2, 3].map((n) => [streamAt(broker, n), 4])));
    await Promise.all(members.map(({ stop }) => stop()));
    expect(await owners()).toBe('bb');
  });

  test('that cannot be listed are told of with the role it takes, broken settings without the key', async () => {
    await expect((await storeIn('missing')).list()).rejects.toThrow(/Blob Data Contributor/);
    const broken = EventHubsSettings.parse({
      type: 'event_hubs',
      connectionString: 'Endpoint=sb://x;EntityPath=y',
      claims: { connectionString: 'AccountKey=SECRETWRONG', containerName: 'claims' },
    });
    const failure = await blobClaims(broken, place, undefined).catch((thrown: unknown) => thrown);
    expect(describeError(failure)).toMatch(/cannot be read; copy it whole/);
    expect(describeError(failure)).not.toContain('SECRETWRONG');
  });
});
