import type * as platformatic from '@platformatic/kafka';
import type { Connection, Consumer } from '@platformatic/kafka';
import type { ClientOptions } from '../client.ts';
import { FETCH_KEY, NEWEST_FETCH, OLDEST_FETCH, decodeFetch, encodeFetch } from '../fetch-protocol.ts';
import type { FetchResponse } from '../fetch-protocol.ts';
import type { Cluster } from '../fetcher.ts';
import { connectionOptions } from './connection-options.ts';

/** Azure cuts connections that were silent for 240 s without telling; ours are not used again after this. */
const MOST_IDLE_MS = 180_000;

/** Connections to the brokers that lead partitions, one each, apart from those of the group. */
export interface Leaders extends Omit<Cluster, 'bounds'> {
  close(): Promise<void>;
}

type Library = typeof platformatic;

interface Line {
  readonly connection: Connection;
  lastUsedAt: number;
}

/** Fetches by our own request and reader: the library's would neither check a checksum nor see every aborted transaction. */
export async function openLeaders(
  library: Library,
  consumer: Consumer,
  options: ClientOptions,
): Promise<Leaders> {
  const { Connection: LibraryConnection, Writer, createAPI } = library;
  const offered = (await consumer.listApis()).find(({ apiKey }) => apiKey === FETCH_KEY);
  const version = Math.min(NEWEST_FETCH, offered?.maxVersion ?? OLDEST_FETCH);
  const api = createAPI<[body: Buffer], FetchResponse>(
    FETCH_KEY,
    version,
    (body: Buffer) => Writer.create().append(body),
    (_correlation, _key, _version, reader) => decodeFetch(version, reader.buffer.slice(reader.position)),
    false,
    false,
  );
  const topics = [...options.topics];
  let metadata = await consumer.metadata({ topics, forceUpdate: true });
  const lines = new Map<number, Line>();

  async function lineTo(broker: number): Promise<Line> {
    const known = lines.get(broker);
    const isStale = known !== undefined && performance.now() - known.lastUsedAt > MOST_IDLE_MS;
    if (known?.connection.isConnected() === true && !isStale) return known;
    if (known !== undefined) await drop(broker);
    const address = metadata.brokers.get(broker);
    if (address === undefined) throw new Error(`broker ${broker} is not known any more`);
    const connection = new LibraryConnection(`plumbline-${options.group}`, connectionOptions(options));
    // Whoever waits for an answer is told by its own error; an event nobody listens to would end the process.
    connection.on('error', () => undefined);
    await connection.connect(address.host, address.port);
    const line = { connection, lastUsedAt: performance.now() };
    lines.set(broker, line);
    return line;
  }

  async function drop(broker: number): Promise<void> {
    const line = lines.get(broker);
    lines.delete(broker);
    await line?.connection.close().catch(() => undefined);
  }

  return {
    of({ topic, partition }) {
      const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
      return leader === undefined || leader < 0 ? undefined : leader;
    },
    async refresh() {
      metadata = await consumer.metadata({ topics, forceUpdate: true });
    },
    async fetch(broker, wanted, limits) {
      const line = await lineTo(broker);
      try {
        return await api.async(line.connection, encodeFetch(version, wanted, limits));
      } catch (thrown) {
        await drop(broker);
        throw thrown;
      } finally {
        line.lastUsedAt = performance.now();
      }
    },
    close: async () => void (await Promise.all(Array.from(lines.keys(), drop))),
  };
}
