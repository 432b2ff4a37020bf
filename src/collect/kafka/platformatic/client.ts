import { once } from 'node:events';
import type { Consumer, GroupOptions } from '@platformatic/kafka';
import { describeError } from '../../../lib/errors.ts';
import { SECOND_MS } from '../../../lib/clock.ts';
import type { Bounds, ClientEvents, ClientOptions, KafkaClient, Place } from '../client.ts';
import { keyOf, membershipLost } from '../client.ts';
import { createFetcher } from '../fetcher.ts';
import type { Fetcher } from '../fetcher.ts';
import { connectionOptions } from './connection-options.ts';
import { openLeaders } from './leaders.ts';

const EARLIEST = -2n;
const LATEST = -1n;
/** Below the 240 s after which Azure drops what is silent. */
const METADATA_MAX_AGE_MS = 180 * SECOND_MS;
const REBALANCE_TIMEOUT_MS = 60 * SECOND_MS;
const NO_USER_DATA = Buffer.alloc(0);

const assigners = {
  cooperative: { name: 'cooperative-sticky', version: 3 },
  eager: { name: 'roundrobin', version: 1 },
} as const;

/**
 * A group member on `@platformatic/kafka`: its connections and its side of the group protocol, our own fetching.
 * `options.rebalance` says whether a rebalance takes everything away or only what moves.
 */
export async function createPlatformaticClient(
  options: ClientOptions,
  events: ClientEvents,
): Promise<KafkaClient> {
  const library = await import('@platformatic/kafka');
  const isEager = options.rebalance === 'eager';
  const topics = [...options.topics];
  let consumer: Consumer | undefined;
  let owned: readonly Place[] = [];

  /** Takes note of what the group says is ours. */
  function adopt(fetcher: Fetcher, assigned: readonly Place[]): void {
    const keys = new Set(assigned.map(keyOf));
    const gone = owned.filter((place) => !keys.has(keyOf(place)));
    owned = assigned;
    fetcher.assign(assigned);
    if (gone.length > 0) events.lost(gone);
  }

  const assignedTo = (member: Consumer): Place[] =>
    (member.assignments ?? []).flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );

  function openConsumer(): Consumer {
    const made = new library.Consumer({
      ...connectionOptions(options),
      clientId: `plumbline-${options.group}`,
      groupId: options.group,
      bootstrapBrokers: [...options.brokers],
      ...(options.instanceId === undefined ? {} : { groupInstanceId: options.instanceId }),
      autocommit: false,
      retries: 3,
      retryDelay: 500,
      metadataMaxAge: METADATA_MAX_AGE_MS,
    });
    for (const topic of topics) made.topics.track(topic);
    return made;
  }

  /** Lives until the signal aborts or the membership cannot be kept; then rejects. */
  async function session(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const within = AbortSignal.any([signal, ended.signal]);
    const member = openConsumer();
    consumer = member;
    const failed = once(member, 'error', { signal: within }).then(
      ([thrown]) => {
        throw thrown;
      },
      (thrown: unknown) => {
        // Aborted is the way to end; an emitted error arrives here as itself.
        if (!within.aborted) throw thrown;
      },
    );
    // An event of this name that nobody listens to would end the process.
    member.on('error', () => undefined);
    member.on('consumer:heartbeat:stalled', () => {
      member.emit('error', new Error('no heartbeat got through'));
    });
    // A failure before anybody waits for it is still reported by the race below.
    failed.catch(() => undefined);
    try {
      const leaders = await openLeaders(library, member, options);
      const fetcher = createFetcher(
        { ...leaders, bounds: (places) => boundsOf(member, places) },
        events,
        options,
      );
      const group: GroupOptions = {
        sessionTimeout: options.sessionTimeoutMs,
        rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, options.sessionTimeoutMs),
        heartbeatInterval: Math.max(200, Math.min(3 * SECOND_MS, Math.floor(options.sessionTimeoutMs / 5))),
        protocols: [assigners[options.rebalance]],
        // Asked before every JoinGroup: the last moment at which what we give up is still ours alone.
        protocolsMetadata: (_protocols, _topics, _metadata, answer) => {
          adopt(fetcher, isEager ? [] : assignedTo(member));
          void events.release().finally(() => answer(null, NO_USER_DATA));
        },
      };
      const readopt = (): void => adopt(fetcher, assignedTo(member));
      member.on('consumer:group:join', readopt);
      member.on('consumer:group:rebalance', () => (isEager ? adopt(fetcher, []) : readopt()));
      try {
        await Promise.race([member.joinGroup(group), failed]);
        readopt();
        await Promise.race([fetcher.run(within), failed]);
      } finally {
        ended.abort();
        fetcher.assign([]);
        await leaders.close();
      }
    } finally {
      ended.abort();
      // Left open on a stop, so that what was sealed meanwhile can be committed and the group be left in order.
      if (!signal.aborted) await closeConsumer();
    }
  }

  async function boundsOf(member: Consumer, places: readonly Place[]): Promise<ReadonlyMap<string, Bounds>> {
    const named = [...new Set(places.map(({ topic }) => topic))];
    const partitions = Object.fromEntries(
      named.map((topic) => [
        topic,
        places.filter((at) => at.topic === topic).map(({ partition }) => partition),
      ]),
    );
    const [earliest, latest] = await Promise.all([
      member.listOffsets({ topics: named, partitions, timestamp: EARLIEST }),
      member.listOffsets({ topics: named, partitions, timestamp: LATEST }),
    ]);
    const bounds = new Map<string, Bounds>();
    for (const at of places) {
      const from = earliest.get(at.topic)?.[at.partition];
      const end = latest.get(at.topic)?.[at.partition];
      if (from !== undefined && end !== undefined)
        bounds.set(keyOf(at), { earliest: Number(from), end: Number(end) });
    }
    return bounds;
  }

  async function closeConsumer(): Promise<void> {
    const closing = consumer;
    consumer = undefined;
    if (closing === undefined) return;
    closing.on('error', () => undefined);
    // The library leaves the group when it is closed. A static member stays, and cannot say so: it hangs up first.
    if (options.instanceId !== undefined)
      await Promise.all(
        Array.from(closing.connections, ([, connection]) => connection.close().catch(() => undefined)),
      );
    await closing.close(true).catch((thrown: unknown) => {
      options.log.debug({ problem: describeError(thrown) }, 'kafka: the group was not left in order');
    });
  }

  return {
    async run(signal) {
      try {
        await session(signal);
      } catch (thrown) {
        if (signal.aborted) return;
        owned = [];
        events.lost(undefined);
        throw membershipLost(options, thrown);
      }
    },
    async commit(offsets) {
      const member = consumer;
      const keys = new Set(owned.map(keyOf));
      const ours = offsets.filter((at) => keys.has(keyOf(at)));
      if (member === undefined || ours.length === 0) return;
      await member.commit({
        offsets: ours.map(({ topic, partition, offset }) => ({
          topic,
          partition,
          offset: BigInt(offset),
          leaderEpoch: -1,
        })),
      });
    },
    close: closeConsumer,
  };
}
