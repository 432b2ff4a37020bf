import type { KafkaSettings } from '../../../src/collect/kafka/settings.ts';
import { kafka } from '../../../src/collect/kafka.ts';
import type { Harness } from '../../collect/harness.ts';
import { brokerArtifacts } from './artifacts.ts';
import { startBroker } from './broker.ts';
import type { Broker } from './broker.ts';
import { openCluster } from './cluster.ts';

type Given = Partial<Parameters<typeof kafka.settings.parse>[0]> & object;

/** Settings for tests: short timeouts, and no waiting for a seal that nobody makes. */
export const settingsFor = (broker: Broker, topic: string, over: Given = {}): KafkaSettings =>
  kafka.settings.parse({
    type: 'kafka',
    brokers: [broker.plain],
    topics: [topic],
    group: `group-of-${topic}`,
    cluster: 'test',
    sessionTimeoutMs: 6000,
    handOverMs: 0,
    ...over,
  });

/** A topic of three partitions and a few dozen messages, each fetched in small portions. */
export async function kafkaHarness(): Promise<Harness> {
  const artifacts = brokerArtifacts();
  if (artifacts.kind === 'missing') throw new Error(artifacts.reason);
  const broker = await startBroker(artifacts.classPath);
  await using cluster = await openCluster(broker);
  await cluster.createTopic('conformance', 3);
  const holds = 60;
  for (let n = 0; n < holds; n += 2) {
    const records = [n, n + 1].map((number) => ({ value: Buffer.from(`{"n":${number}}`) }));
    await cluster.produce('conformance', (n / 2) % 3, { timestamp: Date.now(), records });
  }
  return {
    settings: settingsFor(broker, 'conformance'),
    holds,
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
}
