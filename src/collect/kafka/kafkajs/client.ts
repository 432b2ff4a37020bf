import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, KafkaConfig, SASLOptions } from 'kafkajs';
import { describeError } from '../../../lib/errors.ts';
import { SECOND_MS } from '../../../lib/clock.ts';
import type { Bounds, ClientEvents, ClientOptions, KafkaClient, Place, Sasl } from '../client.ts';
import { keyOf, membershipLost } from '../client.ts';
import { createChecksums } from './checksums.ts';
import type { DamagedBatch } from '../record-set.ts';
import { addCodecs } from './codecs.ts';

/** Azure drops connections that were silent for 240 s. */
const METADATA_MAX_AGE_MS = 180 * SECOND_MS;
const REQUEST_TIMEOUT_MS = 60 * SECOND_MS;
const HOLD_MS = 10 * SECOND_MS;
const DAMAGED_FETCHES = 3;

const saslOptions = (sasl: Sasl): SASLOptions =>
  sasl.mechanism === 'oauthbearer'
    ? { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: await sasl.token() }) }
    : { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password };

interface Position {
  readonly at: Place;
  next: number;
  damagedFetches: number;
}

/**
 * A group member on `kafkajs`. It rebalances eagerly, has no static members and cannot wait before it gives
 * partitions up; see the README of this folder for when it is the right choice.
 */
export async function createKafkajsClient(
  options: ClientOptions,
  events: ClientEvents,
): Promise<KafkaClient> {
  const { default: library } = await import('kafkajs');
  addCodecs(library);
  const checksums = createChecksums();
  const config: KafkaConfig = {
    clientId: `plumbline-${options.group}`,
    brokers: [...options.brokers],
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: library.logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 300, maxRetryTime: 5000 },
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const name = net.isIP(host) === 0 ? { servername: host } : {};
      const socket = ssl
        ? tls.connect({ host, port, ...name, ...ssl }, onConnect)
        : net.connect({ host, port }, onConnect);
      socket.setKeepAlive(true, REQUEST_TIMEOUT_MS);
      return checksums.watch(socket);
    },
    ...(options.tls === undefined ? {} : { ssl: options.tls }),
    ...(options.sasl === undefined ? {} : { sasl: saslOptions(options.sasl) }),
  };
  const kafka = new library.Kafka(config);
  const admin = kafka.admin();
  const consumer: Consumer = kafka.consumer({
    groupId: options.group,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: Math.max(REQUEST_TIMEOUT_MS, options.sessionTimeoutMs),
    heartbeatInterval: Math.max(200, Math.min(3 * SECOND_MS, Math.floor(options.sessionTimeoutMs / 5))),
    maxBytes: options.fetchBytes,
    maxBytesPerPartition: Math.min(options.fetchBytes, 2 * 1024 * 1024),
    maxWaitTimeInMs: 500,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    readUncommitted: false,
    retry: { restartOnFailure: () => Promise.resolve(true) },
  });
  const positions = new Map<string, Position>();
  let generation = 0;

  async function boundsOf(at: Place): Promise<Bounds> {
    const found = (await admin.fetchTopicOffsets(at.topic)).find(
      ({ partition }) => partition === at.partition,
    );
    return { earliest: Number(found?.low ?? 0), end: Number(found?.high ?? 0) };
  }

  const only = ({ topic, partition }: Place) => [{ topic, partitions: [partition] }];

  /** Paused until we know where it begins: kafkajs would start where the group says. */
  async function takeUp(at: Place, wanted: number | undefined): Promise<void> {
    const mine = generation;
    consumer.pause(only(at));
    for (;;) {
      try {
        const bounds = await boundsOf(at);
        if (generation !== mine) return;
        const next = await events.begin(at, bounds, wanted);
        if (generation !== mine) return;
        if (next !== undefined) {
          events.trouble(undefined, at);
          positions.set(keyOf(at), { at, next, damagedFetches: 0 });
          consumer.seek({ ...at, offset: String(next) });
          consumer.resume(only(at));
          return;
        }
        await sleep(HOLD_MS, undefined, { ref: false });
      } catch (thrown) {
        events.trouble(`${keyOf(at)}: ${describeError(thrown)}`, at);
        await sleep(SECOND_MS, undefined, { ref: false });
      }
      if (generation !== mine) return;
    }
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const position = positions.get(keyOf(batch));
    if (position === undefined || payload.isStale()) return;
    const first = Number(batch.messages[0]?.offset ?? position.next);
    // kafkajs goes on elsewhere without a word when the log does not have the offset any more.
    if (first !== position.next) {
      const bounds = await boundsOf(position.at);
      if (bounds.earliest > position.next || bounds.end < position.next) {
        positions.delete(keyOf(batch));
        void takeUp(position.at, position.next);
        return;
      }
    }
    const damaged = checksums.damagedAt(position.at);
    if (damaged !== undefined && damaged.firstOffset <= position.next) {
      refuse(position, damaged);
      return;
    }
    const until = damaged?.firstOffset ?? Number.POSITIVE_INFINITY;
    const records = batch.messages
      .map(({ offset, timestamp, key, value }) => ({
        offset: Number(offset),
        timestamp: Number(timestamp) < 0 ? undefined : Number(timestamp),
        key: key ?? undefined,
        value: value ?? undefined,
      }))
      .filter(({ offset }) => offset >= position.next && offset < until);
    const nextOffset = Math.min(until, Number(batch.lastOffset()) + 1);
    position.next = nextOffset;
    position.damagedFetches = 0;
    const endOffset = Number(batch.highWatermark);
    const taken = events.take({ at: position.at, records, nextOffset, endOffset }).then(() => true);
    if (damaged === undefined) payload.resolveOffset(batch.lastOffset());
    else consumer.seek({ ...position.at, offset: String(nextOffset) });
    const soon = (): Promise<false> => sleep(SECOND_MS, false, { ref: false });
    while (!(await Promise.race([taken, soon()]))) await payload.heartbeat();
    await payload.heartbeat();
  }

  /** Has a damaged batch fetched again, some times; then it is as people have set. */
  function refuse(position: Position, damaged: DamagedBatch): void {
    const { at } = position;
    position.damagedFetches++;
    if (position.damagedFetches >= DAMAGED_FETCHES) {
      position.damagedFetches = 0;
      const next = events.damaged(at, { ...damaged, firstOffset: position.next });
      if (next === undefined) pauseFor(HOLD_MS, position);
      position.next = next ?? position.next;
    }
    consumer.seek({ ...at, offset: String(position.next) });
  }

  function pauseFor(durationMs: number, position: Position): void {
    consumer.pause(only(position.at));
    setTimeout(() => {
      if (positions.get(keyOf(position.at)) === position) consumer.resume(only(position.at));
    }, durationMs).unref();
  }

  function loseAll(): void {
    generation++;
    positions.clear();
    events.lost(undefined);
  }

  async function run(signal: AbortSignal): Promise<void> {
    const crashed = new Promise<never>((_resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        loseAll();
        if (!payload.restart) reject(payload.error);
      });
    });
    crashed.catch(() => undefined);
    consumer.on(consumer.events.REBALANCING, loseAll);
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      loseAll();
      for (const [topic, partitions] of Object.entries(payload.memberAssignment))
        for (const partition of partitions) void takeUp({ topic, partition }, undefined);
    });
    await admin.connect();
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([aborted, crashed]);
    for (const topic of options.topics) {
      const partitions = Array.from(positions.values()).flatMap(({ at }) =>
        at.topic === topic ? [at.partition] : [],
      );
      if (partitions.length > 0) consumer.pause([{ topic, partitions }]);
    }
  }

  const close = async (): Promise<void> => {
    generation++;
    positions.clear();
    await consumer.disconnect().catch(() => undefined);
    await admin.disconnect().catch(() => undefined);
  };

  return {
    async run(signal) {
      try {
        await run(signal);
      } catch (thrown) {
        await close();
        if (signal.aborted) return;
        throw membershipLost(options, thrown);
      }
    },
    async commit(offsets) {
      const ours = offsets.filter((at) => positions.has(keyOf(at)));
      if (ours.length === 0) return;
      await consumer.commitOffsets(
        ours.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
      );
    },
    close,
  };
}
