import { describeError } from '../lib/errors.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { accessOf, clusterOf, isEventHubs } from './kafka/access.ts';
import { createReading } from './kafka/reading.ts';
import type { ClientOptions, CreateKafkaClient, KafkaClient } from './kafka/client.ts';
import { KafkaSettings } from './kafka/settings.ts';
import { probeTopics } from './kafka/probe.ts';

const MIB = 1024 * 1024;
/** The library is loaded with the client, so that a start without Kafka costs nothing. */
async function clientFor(kind: KafkaSettings['client']): Promise<CreateKafkaClient> {
  switch (kind) {
    case 'platformatic':
      return (await import('./kafka/platformatic/client.ts')).createPlatformaticClient;
    case 'kafkajs':
      return (await import('./kafka/kafkajs/client.ts')).createKafkajsClient;
  }
}

function createKafka(settings: KafkaSettings, context: CollectorContext): Collector {
  const { source, signal, clock, log } = context;
  const access = accessOf(settings, source, clock);
  const options: ClientOptions = {
    ...access,
    topics: settings.topics,
    group: settings.group,
    instanceId: settings.instanceId,
    rebalance: settings.rebalance,
    sessionTimeoutMs: settings.sessionTimeoutMs,
    fetchBytes: Math.round(settings.fetchMib * MIB),
    jitter: Math.random,
    log,
  };
  const reading = createReading({
    context,
    cluster: clusterOf(settings, source),
    isContiguous: isEventHubs(settings, source),
    bufferBytes: Math.round(settings.bufferMib * MIB),
    damaged: settings.damaged,
    releaseLimitMs: settings.handOverMs,
  });
  let client: KafkaClient | undefined;
  let leaving: NodeJS.Timeout | undefined;

  /** Leaves the group once all that was yielded is durable: whoever takes over then starts behind it. */
  async function leave(): Promise<void> {
    clearTimeout(leaving);
    const closing = client;
    client = undefined;
    await closing?.close();
  }

  return {
    async *batches() {
      const stop = new AbortController();
      const within = AbortSignal.any([signal, stop.signal]);
      const create = await clientFor(settings.client);
      client = await create(options, reading.events);
      const running = client.run(within).then(
        () => reading.end(),
        (thrown: unknown) => reading.end(thrown),
      );
      const endNow = (): void => reading.stop();
      within.addEventListener('abort', endNow, { once: true });
      if (within.aborted) endNow();
      try {
        yield* reading.batches();
      } finally {
        stop.abort();
        await running;
        if (reading.isAllDurable() || settings.handOverMs === 0) await leave();
        else leaving = setTimeout(() => void leave(), settings.handOverMs).unref();
      }
    },
    async acknowledge(durable) {
      const offsets = reading.acknowledge(durable);
      await client?.commit(offsets).catch((thrown: unknown) => {
        log.debug({ source, problem: describeError(thrown) }, 'kafka: the group was not told how far we are');
      });
      if (leaving !== undefined && reading.isAllDurable()) await leave();
    },
    lag: () => reading.lag(),
    isSealWanted: () => reading.isSealWanted(),
    problems: () => reading.problems(),
  };
}

/** Reads topics of Apache Kafka, or of Event Hubs through its Kafka endpoint, as a member of a consumer group. */
export const kafka = defineCollector({
  type: 'kafka',
  isShared: true,
  summary:
    'Reads topics of Apache Kafka, or hubs of Event Hubs through their Kafka endpoint, sharing partitions with other processes.',
  settings: KafkaSettings,
  create: createKafka,
  probe: probeTopics,
});
