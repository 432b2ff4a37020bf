import { pbkdf2Sync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, Connection, Writer, alterUserScramCredentialsV0, createAPI } from '@platformatic/kafka';
import { saslUser } from './broker.ts';
import type { Broker } from './broker.ts';
import { encodeBatch } from './encode-batch.ts';
import type { NewBatch } from './encode-batch.ts';

/** What a test does to a broker from outside, with nothing of the product's own code. */
export interface Cluster extends AsyncDisposable {
  createTopic(topic: string, partitions: number, configs?: Readonly<Record<string, string>>): Promise<void>;
  /** Appends batches to a partition; answers the offset of the first record. */
  produce(topic: string, partition: number, ...batches: readonly NewBatch[]): Promise<number>;
  /** The same with the bytes of batches. */
  produceBytes(topic: string, partition: number, batches: Buffer): Promise<number>;
  /** Deletes the records before `offset`, as retention does. */
  deleteBefore(topic: string, partition: number, offset: number): Promise<void>;
  addScramUser(): Promise<void>;
  readonly admin: Admin;
}

const PRODUCE = 0;
const PRODUCE_VERSION = 7;

/** Nothing was appended, because nobody leads the partition yet. */
const NOT_YET = -1;
const notYet = new Set([3, 5, 6]);

const produceApi = createAPI<[topic: string, partition: number, batches: Buffer], number>(
  PRODUCE,
  PRODUCE_VERSION,
  (topic: string, partition: number, batches: Buffer) =>
    Writer.create()
      .appendString(null, false)
      .appendInt16(-1)
      .appendInt32(30_000)
      .appendInt32(1)
      .appendString(topic, false)
      .appendInt32(1)
      .appendInt32(partition)
      .appendInt32(batches.length)
      .append(batches),
  (_correlation, _key, _version, reader) => {
    reader.readInt32();
    reader.readString(false);
    reader.readInt32();
    reader.readInt32();
    const errorCode = reader.readInt16();
    const offset = Number(reader.readInt64());
    if (notYet.has(errorCode)) return NOT_YET;
    if (errorCode !== 0) throw new Error(`the broker refused a batch with error code ${errorCode}`);
    return offset;
  },
  false,
  false,
);

export async function openCluster(broker: Broker): Promise<Cluster> {
  const [host = '', port = ''] = broker.plain.split(':');
  const admin = new Admin({
    clientId: 'test',
    bootstrapBrokers: [broker.plain],
    retries: 10,
    retryDelay: 200,
  });
  let connection: Connection | undefined;

  /** A connection that survives restarts of the broker by being made anew. */
  async function line(): Promise<Connection> {
    if (connection?.isConnected() === true) return connection;
    connection = new Connection('test-producer');
    connection.on('error', () => undefined);
    await connection.connect(host, Number(port));
    return connection;
  }

  async function produceBytes(topic: string, partition: number, batches: Buffer): Promise<number> {
    for (let tries = 0; tries < 200; tries++) {
      const offset = await produceApi.async(await line(), topic, partition, batches);
      if (offset !== NOT_YET) return offset;
      await sleep(50);
    }
    throw new Error(`nobody leads ${topic}/${partition}`);
  }

  return {
    admin,
    async createTopic(topic, partitions, configs = {}) {
      await admin.createTopics({
        topics: [{ topic, partitions, replicas: 1 }],
        configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
      });
      // The broker answers before it knows the topic itself.
      await untilLed(admin, topic, partitions);
    },
    produce: (topic, partition, ...batches) =>
      produceBytes(topic, partition, Buffer.concat(batches.map(encodeBatch))),
    produceBytes,
    async deleteBefore(topic, partition, offset) {
      await admin.deleteRecords({
        topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }],
      });
    },
    async addScramUser() {
      const salt = Buffer.from('salt-for-tests');
      const iterations = 4096;
      const digests = [
        { mechanism: 1, digest: 'sha256', length: 32 },
        { mechanism: 2, digest: 'sha512', length: 64 },
      ];
      for (const { mechanism, digest, length } of digests)
        await alterUserScramCredentialsV0.api.async(
          await line(),
          [],
          [
            {
              name: saslUser.username,
              mechanism,
              iterations,
              salt,
              saltedPassword: pbkdf2Sync(saslUser.password, salt, iterations, length, digest),
            },
          ],
        );
    },
    async [Symbol.asyncDispose]() {
      await connection?.close();
      await admin.close();
    },
  };
}

async function untilLed(admin: Admin, topic: string, partitions: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const known = await admin.metadata({ topics: [topic], forceUpdate: true }).catch(() => undefined);
    const led = known?.topics.get(topic)?.partitions.filter(({ leader }) => leader >= 0).length;
    if (led === partitions) return;
    await sleep(50);
  }
  throw new Error(`topic ${topic} has no leaders`);
}
