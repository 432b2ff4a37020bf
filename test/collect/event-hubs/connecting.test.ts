import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEventHubs } from '../../../src/collect/event-hubs.ts';
import { EventHubsSettings } from '../../../src/collect/event-hubs/settings.ts';
import { PipelineError, describeError } from '../../../src/lib/errors.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { startBroker } from '../../support/amqp/broker.ts';
import type { Broker } from '../../support/amqp/broker.ts';
import { selfSigned } from '../../support/amqp/certificate.ts';
import { collectFrom, quickParts, upTo } from '../../support/amqp/collecting.ts';
import { T0 } from '../../support/samples.ts';

const settled = { timeout: 15_000, interval: 10 };
const NAMESPACE = 'example.servicebus.windows.net';

/** A token of Entra ID as far as a broker reads it. */
const jwt = (expiresAt: number): string =>
  `e30.${Buffer.from(JSON.stringify({ exp: Math.floor(expiresAt / 1000) })).toString('base64url')}.x`;

describe('a namespace over TLS', () => {
  const trusted = getCACertificates();
  const { key, cert } = selfSigned();
  let broker: Broker;
  const tokens: string[][] = [];

  beforeAll(async () => {
    setDefaultCACertificates([...trusted, cert]);
    broker = await startBroker({ partitions: 1, tls: { key, cert } });
    for (const n of upTo(5)) broker.append(0, `{"n":${n}}`);
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await broker[Symbol.asyncDispose]();
  });

  /** How the identity's tokens are made here: those of Entra ID need a tenant. */
  const credential = {
    getToken: (scopes: string | string[]) => {
      tokens.push([scopes].flat());
      return Promise.resolve({
        token: jwt(Date.now() + 3_600_000),
        expiresOnTimestamp: Date.now() + 3_600_000,
      });
    },
  };
  const signedIn = {
    connectionString: undefined,
    namespace: NAMESPACE,
    hub: 'insights',
    credential: { type: 'managed_identity' },
  };

  test('is signed in to with a token, through the address of a private endpoint, and keeps its own name', async () => {
    const { captures, stop } = collectFrom(broker, {
      over: { ...signedIn, endpoint: `sb://localhost:${broker.port}` },
      parts: { credential },
    });
    await expect.poll(() => captures.length, settled).toBe(5);
    await stop();
    expect(captures[0]?.stream).toBe(`eventhubs/${NAMESPACE}/insights/0`);
    expect(broker.seen.hostname).toBe(NAMESPACE);
    expect(broker.seen.tokenTypes).toContain('jwt');
    expect(tokens).toContainEqual(['https://eventhubs.azure.net//.default']);
  });

  test('is read over WebSockets', async () => {
    const { captures, stop } = collectFrom(broker, {
      over: {
        ...signedIn,
        endpoint: `sb://localhost:${broker.webSocketPort ?? 0}`,
        transport: 'web_sockets',
      },
      parts: { credential },
    });
    await expect.poll(() => captures.length, settled).toBe(5);
    await stop();
  });

  test('that ends a token early is given another, and nothing is lost', async () => {
    await using forgetful = await startBroker({ partitions: 1, tls: { key, cert }, tokenLifeMs: 300 });
    const { captures, stop } = collectFrom(forgetful, {
      over: { ...signedIn, endpoint: `sb://localhost:${forgetful.port}` },
      parts: { credential },
    });
    for (const n of upTo(4)) {
      forgetful.append(0, `{"n":${n}}`);
      await expect.poll(() => captures.length, settled).toBe(n + 1);
      const { tokens: given } = forgetful.seen;
      await expect.poll(() => forgetful.seen.tokens, settled).toBeGreaterThan(given);
    }
    await stop();
    expect(captures.map(({ sequence }) => sequence)).toEqual(upTo(4));
  });
});

describe('a hub that cannot be read', () => {
  const failureOf = async (over: Readonly<Record<string, unknown>>, broker: Broker): Promise<unknown> => {
    const settings = EventHubsSettings.parse({
      type: 'event_hubs',
      connectionString: broker.connectionString,
      ...over,
    });
    const context = {
      source: 'test',
      signal: new AbortController().signal,
      clock: () => T0,
      log: silentLogger,
      durableSequence: () => Promise.resolve(undefined),
    };
    try {
      for await (const batch of createEventHubs(settings, context, quickParts).batches())
        expect(batch).toEqual([]);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  };

  test.each([
    ['a key that is wrong', { SharedAccessKey: 'SECRETWRONG' }, /Data Receiver|may listen/],
    ['a hub that is not there', { EntityPath: 'other' }, /no such hub|refuses us/],
  ])('because of %s says so, with what to do and without the key', async (_what, change, words) => {
    await using broker = await startBroker({ partitions: 1 });
    const connectionString = Object.entries(change).reduce(
      (text, [part, value]) => text.replace(new RegExp(`${part}=[^;]*`), `${part}=${value}`),
      broker.connectionString,
    );
    const failure = await failureOf({ connectionString }, broker);
    expect(failure).toBeInstanceOf(PipelineError);
    expect(failure).toMatchObject({ code: 'SOURCE_UNAVAILABLE', isTransient: true });
    expect(describeError(failure)).toMatch(words);
    expect(describeError(failure)).not.toContain('SECRETWRONG');
  });

  test('because its connection string is broken says so without repeating it', async () => {
    await using broker = await startBroker({ partitions: 1 });
    const connectionString = 'Endpoint=sb://127.0.0.1;SharedAccessKey=SECRETWRONG;EntityPath=insights';
    const failure = await failureOf({ connectionString, hub: 'another' }, broker);
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(describeError(failure)).not.toContain('SECRETWRONG');
  });

  test('because a connection string names no hub is refused before anything is sent', async () => {
    await using broker = await startBroker({ partitions: 1 });
    const connectionString = broker.connectionString.replace(/;EntityPath=.*/, '');
    expect(describeError(await failureOf({ connectionString }, broker))).toMatch(/hub: NAME/);
    expect(broker.seen.connections).toBe(0);
  });
});
