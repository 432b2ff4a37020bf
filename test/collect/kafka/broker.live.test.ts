import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kafka } from '../../../src/collect/kafka.ts';
import { brokerArtifacts } from '../../support/kafka/artifacts.ts';
import { eventHubsPassword, saslUser, startBroker } from '../../support/kafka/broker.ts';
import type { Broker } from '../../support/kafka/broker.ts';
import { openCluster } from '../../support/kafka/cluster.ts';
import type { Cluster } from '../../support/kafka/cluster.ts';
import { settingsFor } from '../../support/kafka/harness.ts';
import { read } from '../../support/kafka/reader.ts';

const artifacts = brokerArtifacts();
if (artifacts.kind === 'missing')
  console.log(`tests with a real Kafka broker are skipped: ${artifacts.reason}`);

let broker: Broker;
let cluster: Cluster;
beforeAll(async () => {
  if (artifacts.kind === 'missing') return;
  broker = await startBroker(artifacts.classPath);
  cluster = await openCluster(broker);
  await cluster.addScramUser();
}, 120_000);
afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await broker?.[Symbol.asyncDispose]();
});

const now = Date.now();
const textsOf = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, n) => `{"n":${from + n}}`);
const batchOf = (texts: readonly string[]) => ({
  timestamp: now,
  records: texts.map((text) => ({ value: Buffer.from(text) })),
});
let topics = 0;
const newTopic = async (partitions: number, configs?: Readonly<Record<string, string>>): Promise<string> => {
  const topic = `topic-${++topics}`;
  await cluster.createTopic(topic, partitions, configs);
  return topic;
};
const clients = ['platformatic', 'kafkajs'] as const;

describe.skipIf(artifacts.kind === 'missing')('against Apache Kafka 4', () => {
  test.each(clients)('%s reads every record of every partition, oldest first', async (client) => {
    const topic = await newTopic(3);
    for (let n = 0; n < 12; n++) await cluster.produce(topic, n % 3, batchOf(textsOf(n * 10, 10)));
    await using reader = read(settingsFor(broker, topic, { client }));
    await reader.until(() => reader.captures.length === 120);
    expect(reader.streams()).toEqual([0, 1, 2].map((partition) => `kafka/test/${topic}/${partition}`));
    for (const partition of [0, 1, 2]) {
      const expected = [0, 1, 2, 3].flatMap((turn) => textsOf((turn * 3 + partition) * 10, 10));
      expect(reader.texts().get(`kafka/test/${topic}/${partition}`)).toEqual(expected);
    }
    expect(reader.captures[0]?.enqueuedAt).toBe(now);
    expect(reader.collector.problems?.()).toEqual([]);
  });

  describe.each(clients)('%s', (client) => {
    // The broker packs the records again by itself, so what is read was packed by Kafka's own codecs.
    test.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads what Kafka packed with %s', async (codec) => {
      const topic = await newTopic(1, { 'compression.type': codec });
      const texts = textsOf(0, 3000);
      await cluster.produce(topic, 0, batchOf(texts));
      await using reader = read(settingsFor(broker, topic, { client }));
      await reader.until(() => reader.captures.length === texts.length);
      expect([...reader.texts().values()]).toEqual([texts]);
    });

    test.each([
      ['SASL PLAIN', { sasl: { mechanism: 'plain', ...saslUser } }, 'sasl'],
      ['SCRAM-SHA-256', { sasl: { mechanism: 'scram-sha-256', ...saslUser } }, 'sasl'],
      [
        'SCRAM-SHA-512 within TLS',
        { sasl: { mechanism: 'scram-sha-512', ...saslUser }, tls: true },
        'saslTls',
      ],
      ['OAUTHBEARER', { sasl: { mechanism: 'oauthbearer', token: 'unsecured' } }, 'sasl'],
      [
        'a connection string within TLS',
        {
          sasl: { mechanism: 'plain', username: '$ConnectionString', password: eventHubsPassword },
          tls: true,
        },
        'saslTls',
      ],
      ['TLS', { tls: true }, 'tls'],
    ] as const)('signs in with %s', async (_name, given, listener) => {
      const topic = await newTopic(1);
      await cluster.produce(topic, 0, batchOf(['{"n":1}']));
      const over = {
        brokers: [broker[listener]],
        client,
        ...('tls' in given ? { tls: { ca: broker.ca } } : {}),
        ...('sasl' in given
          ? {
              sasl:
                given.sasl.mechanism === 'oauthbearer'
                  ? { mechanism: 'oauthbearer', token: unsecuredToken() }
                  : given.sasl,
            }
          : {}),
      };
      await using reader = read(settingsFor(broker, topic, over));
      await reader.until(() => reader.captures.length === 1);
    });

    test('goes on behind what is durable, whatever the group says', async () => {
      const topic = await newTopic(1);
      await cluster.produce(topic, 0, batchOf(textsOf(0, 10)));
      const settings = settingsFor(broker, topic, { client });
      const first = read(settings);
      await first.until(() => first.captures.length === 10);
      await first.seal();
      await first.stop();
      await using reader = read(settings, { durable: new Map([[`kafka/test/${topic}/0`, 3]]) });
      await reader.until(() => reader.captures.length === 6);
      expect(reader.captures.map(({ sequence }) => sequence)).toEqual([4, 5, 6, 7, 8, 9]);
    });

    test('names the offsets that retention took away, and goes on behind them', async () => {
      const topic = await newTopic(1);
      await cluster.produce(topic, 0, batchOf(textsOf(0, 50)));
      await cluster.deleteBefore(topic, 0, 30);
      const stream = `kafka/test/${topic}/0`;
      await using reader = read(settingsFor(broker, topic, { client }), { durable: new Map([[stream, 9]]) });
      await reader.until(() => reader.captures.length === 20);
      expect(reader.captures[0]?.sequence).toBe(30);
      expect(reader.collector.problems?.()).toEqual([`${stream}: offsets 10 to 29 were lost (retention)`]);
    });

    test('loses nothing and says nothing when there is no cursor yet and old records are gone', async () => {
      const topic = await newTopic(1);
      await cluster.produce(topic, 0, batchOf(textsOf(0, 50)));
      await cluster.deleteBefore(topic, 0, 30);
      await using reader = read(settingsFor(broker, topic, { client }));
      await reader.until(() => reader.captures.length === 20);
      expect(reader.collector.problems?.()).toEqual([]);
    });

    test('does not start again from the beginning when evidence is ahead of the topic', async () => {
      const topic = await newTopic(2);
      await cluster.produce(topic, 0, batchOf(textsOf(0, 5)));
      await cluster.produce(topic, 1, batchOf(textsOf(0, 5)));
      const stream = `kafka/test/${topic}/0`;
      await using reader = read(settingsFor(broker, topic, { client }), { durable: new Map([[stream, 99]]) });
      await reader.until(() => reader.captures.length === 5);
      await reader.until(() => reader.collector.problems?.().length === 1);
      expect(reader.collector.problems?.()[0]).toContain(
        `${stream}: evidence reaches to offset 99, the topic ends at 4`,
      );
      expect(reader.captures.every((capture) => capture.stream !== stream)).toBe(true);
    });

    test('leaves out aborted records and markers, and sees no gap in them', async () => {
      const topic = await newTopic(1);
      const producer = await transactional(topic);
      await producer.commit(['{"n":1}', '{"n":2}']);
      await producer.abort(['{"n":-1}', '{"n":-2}']);
      await producer.commit(['{"n":3}']);
      await producer.abort(['{"n":-3}']);
      await producer.close();
      await using reader = read(settingsFor(broker, topic, { client }));
      await reader.until(() => reader.captures.length === 3);
      await sleep(200);
      expect([...reader.texts().values()]).toEqual([['{"n":1}', '{"n":2}', '{"n":3}']]);
      expect(reader.collector.problems?.()).toEqual([]);
    });
  });

  describe.each(clients)('%s, of a batch that was damaged on disk,', (client) => {
    const damagedTopic = async (): Promise<string> => {
      const topic = await newTopic(1);
      for (const first of [0, 10, 20]) await cluster.produce(topic, 0, batchOf(textsOf(first, 10)));
      flipByte(join(broker.folder, 'data', `${topic}-0`, '00000000000000000000.log'), '{"n":15}');
      return topic;
    };

    test('takes what stands before it, says so and waits', async () => {
      const topic = await damagedTopic();
      await using reader = read(settingsFor(broker, topic, { client, fetchMib: 0.0625 }));
      await reader.until(() => reader.collector.problems?.().length === 1);
      expect(reader.captures.map(({ sequence }) => sequence)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(reader.collector.problems?.()[0]).toMatch(/offsets 10 to 19 are damaged \(CRC-32C is/);
    });

    test('goes on behind it where it was told to, and names the gap', async () => {
      const topic = await damagedTopic();
      await using reader = read(settingsFor(broker, topic, { client, damaged: 'skip' }));
      await reader.until(() => reader.captures.length === 20);
      expect(reader.captures.at(10)?.sequence).toBe(20);
      expect(reader.collector.problems?.()[0]).toMatch(/offsets 10 to 19 were lost \(damaged: CRC-32C/);
    });
  });

  test('sees no loss in what compaction took away', async () => {
    const topic = await newTopic(1, {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
    });
    const keyed = (value: string) => ({
      timestamp: Date.now(),
      records: [1, 2, 3, 4].map((n) => ({ key: Buffer.from('k'), value: Buffer.from(`${value}${n}`) })),
    });
    for (const value of ['a', 'b', 'c']) {
      await cluster.produce(topic, 0, keyed(value));
      await sleep(200);
    }
    let sequences: number[] = [];
    for (let tries = 0; tries < 40 && (sequences.length === 0 || sequences.length === 12); tries++) {
      const reader = read(settingsFor(broker, topic, { group: `compacted-${tries}` }));
      await reader.until(() => reader.captures.some(({ sequence }) => sequence === 11));
      await reader.stop();
      expect(reader.collector.problems?.()).toEqual([]);
      sequences = reader.captures.map(({ sequence }) => sequence);
      await sleep(300);
    }
    expect(sequences.length).toBeLessThan(12);
    expect(sequences.at(-1)).toBe(11);
  });

  test.each(['cooperative', 'eager'] as const)(
    'gives a partition up only when what it read of it is sealed, so that nobody reads it twice (%s)',
    async (rebalance) => {
      const topic = await newTopic(2);
      for (const partition of [0, 1]) await cluster.produce(topic, partition, batchOf(textsOf(0, 5)));
      const durable = new Map<string, number>();
      const settings = settingsFor(broker, topic, { rebalance, handOverMs: 10_000 });
      let isSealAsked = false;
      await using first = read(settings, {
        durable,
        onBatch: async () => {
          if (first.collector.isSealWanted?.() !== true) return;
          isSealAsked = true;
          for (const { stream, sequence } of first.captures) durable.set(stream, sequence);
          await first.seal();
        },
      });
      await first.until(() => first.captures.length === 10);
      await using second = read(settings, { durable });
      await second.until(() => second.streams().length === 1);
      await sleep(300);
      expect(isSealAsked).toBe(true);
      expect(second.captures).toEqual([]);
    },
  );

  test('shares partitions with a member that joins, and takes them back when it leaves', async () => {
    const topic = await newTopic(4);
    const settings = settingsFor(broker, topic);
    const all = [0, 1, 2, 3].map((partition) => `kafka/test/${topic}/${partition}`);
    await using first = read(settings);
    await first.until(() => first.streams().length === 4);
    const second = read(settings);
    await first.until(() => first.streams().length === 2 && second.streams().length === 2);
    expect([...first.streams(), ...second.streams()].toSorted()).toEqual(all);
    await second.stop();
    await first.until(() => first.streams().length === 4);
    for (const partition of [0, 1, 2, 3])
      await cluster.produce(topic, partition, batchOf(textsOf(partition, 1)));
    await first.until(() => first.captures.length === 4);
  });

  test('keeps what does not move while others join a cooperative group', async () => {
    const topic = await newTopic(2);
    const settings = settingsFor(broker, topic);
    await using first = read(settings);
    await first.until(() => first.streams().length === 2);
    const seen = new Set<string>();
    const watching = setInterval(() => seen.add(first.streams().join()), 1);
    await using second = read(settings);
    await second.until(() => second.streams().length === 1);
    clearInterval(watching);
    expect([...seen].filter((streams) => streams === '')).toEqual([]);
  });

  test('a static member that restarts keeps its partitions without a rebalance of others', async () => {
    const topic = await newTopic(2);
    const settings = settingsFor(broker, topic, { instanceId: 'a' });
    const before = read(settings);
    await before.until(() => before.streams().length === 2);
    await before.stop();
    const [group] = (await cluster.admin.describeGroups({ groups: [settings.group] })).values();
    expect([...(group?.members.values() ?? [])].map(({ groupInstanceId }) => groupInstanceId)).toEqual(['a']);
    await using after = read(settings);
    await after.until(() => after.streams().length === 2);
  });

  test('tells the group how far it is, and people how far it is behind', async () => {
    const topic = await newTopic(1);
    await cluster.produce(topic, 0, batchOf(textsOf(0, 10)));
    const settings = settingsFor(broker, topic);
    await using reader = read(settings);
    await reader.until(() => reader.captures.length === 10);
    await reader.seal();
    const groups = await cluster.admin.listConsumerGroupOffsets({ groups: [settings.group] });
    expect(groups[0]?.topics[0]?.partitions[0]?.committedOffset).toBe(10n);
    expect(reader.collector.lag?.().get(`kafka/test/${topic}/0`)).toEqual({ behind: 0, enqueuedAt: now });
  });

  test('fetches no more than its buffer while nobody takes what it has', async () => {
    const topic = await newTopic(2);
    const big = 'x'.repeat(100_000);
    for (let n = 0; n < 60; n++) await cluster.produce(topic, n % 2, batchOf([`"${n}${big}"`]));
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    await using reader = read(settingsFor(broker, topic, { bufferMib: 0.5, fetchMib: 0.25 }), {
      onBatch: () => gate,
    });
    await reader.until(() => (reader.collector.lag?.().size ?? 0) === 2);
    await sleep(700);
    const behind = [...(reader.collector.lag?.().values() ?? [])].reduce((sum, lag) => sum + lag.behind, 0);
    expect(behind).toBeGreaterThan(40);
    open?.();
    await reader.until(() => reader.captures.length === 60);
  });

  test('takes up reading where it was when the broker comes back', async () => {
    const topic = await newTopic(2);
    await cluster.produce(topic, 0, batchOf(textsOf(0, 5)));
    await using reader = read(settingsFor(broker, topic));
    await reader.until(() => reader.captures.length === 5);
    await broker.restart('SIGKILL');
    await cluster.produce(topic, 1, batchOf(textsOf(0, 5)));
    await cluster.produce(topic, 0, batchOf(textsOf(5, 5)));
    await reader.until(() => reader.captures.length >= 15);
    expect(new Set(reader.texts().get(`kafka/test/${topic}/0`))).toEqual(new Set(textsOf(0, 10)));
  }, 60_000);

  test('says what to look at when the brokers refuse it', async () => {
    const topic = await newTopic(1);
    const wrong = { mechanism: 'plain', username: saslUser.username, password: 'wrong' };
    const reader = read(settingsFor(broker, topic, { brokers: [broker.sasl], sasl: wrong }));
    await expect(reader.until(() => false)).rejects.toThrow(/group could not be joined.*credentials right/);
    await expect(reader.until(() => false)).rejects.not.toThrow(/wrong/);
  });
});

test('settings ask for brokers or a connection string, not both', () => {
  const parse = (given: object) =>
    kafka.settings.safeParse({ type: 'kafka', topics: ['t'], ...given }).success;
  expect(parse({})).toBe(false);
  expect(parse({ brokers: ['a:1'] })).toBe(true);
  expect(parse({ connectionString: eventHubsPassword })).toBe(true);
  expect(parse({ connectionString: eventHubsPassword, brokers: ['a:1'] })).toBe(false);
  expect(parse({ brokers: ['a:1'], client: 'kafkajs', instanceId: 'x' })).toBe(false);
});

/** Changes one byte of the first place where `text` stands in a file. */
function flipByte(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  if (at < 0) throw new Error(`${text} is not in ${path}`);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from('X'), 0, 1, at + 2);
  closeSync(file);
}

/** The token that a broker takes which was told to trust everyone. */
function unsecuredToken(): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'none' })}.${part({ sub: 'reader', iat: seconds, exp: seconds + 3600 })}.`;
}

/** Commits and aborts transactions through kafkajs, which is no part of what is tested where the other client is. */
async function transactional(topic: string) {
  const { default: kafkajs } = await import('kafkajs');
  const client = new kafkajs.Kafka({ brokers: [broker.plain], logLevel: kafkajs.logLevel.NOTHING });
  const producer = client.producer({
    transactionalId: `writes-${topic}`,
    maxInFlightRequests: 1,
    idempotent: true,
  });
  await producer.connect();
  const send = async (texts: readonly string[], isCommitted: boolean): Promise<void> => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: texts.map((value) => ({ value })) });
    await (isCommitted ? transaction.commit() : transaction.abort());
  };
  return {
    commit: (texts: readonly string[]) => send(texts, true),
    abort: (texts: readonly string[]) => send(texts, false),
    close: () => producer.disconnect(),
  };
}
