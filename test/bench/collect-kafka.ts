import { parseArgs } from 'node:util';
import { createCollector } from '../../src/collect/registry.ts';
import type { Collector } from '../../src/collect/collector.ts';
import type { KafkaSettings } from '../../src/collect/kafka/settings.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { brokerArtifacts } from '../support/kafka/artifacts.ts';
import { startBroker } from '../support/kafka/broker.ts';
import { openCluster } from '../support/kafka/cluster.ts';
import { settingsFor } from '../support/kafka/harness.ts';
import { hubMessages } from './load.ts';
import { measure, spread } from './measure.ts';
import type { Arm, Took } from './measure.ts';
import { machine } from './summary.ts';
import { createWorkshop } from './workshop.ts';

/**
 * How fast a topic becomes sealed evidence, as a share of a bare `JSON.parse` of the same texts, and how fast each
 * client library hands messages over: `node test/bench/collect-kafka.ts [--rounds 5] [--records 42000] [--codec none]`.
 * The broker runs beside it on the same machine.
 */
const PARTITIONS = 4;
const MESSAGES_PER_BATCH = 8;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    records: { type: 'string', default: '42000' },
    codec: { type: 'string', default: 'none' },
  },
});
const artifacts = brokerArtifacts();
if (artifacts.kind === 'missing') throw new Error(artifacts.reason);
const load = hubMessages(Number(values.records));
const records = load.texts.reduce(
  (sum, text) => sum + ((JSON.parse(text) as { records?: unknown[] }).records?.length ?? 1),
  0,
);
await using broker = await startBroker(artifacts.classPath);
await using cluster = await openCluster(broker);
await cluster.createTopic('bench', PARTITIONS, {
  'compression.type': values.codec === 'none' ? 'producer' : values.codec,
});
for (let at = 0, turn = 0; at < load.captures.length; at += MESSAGES_PER_BATCH, turn++) {
  const bodies = load.captures.slice(at, at + MESSAGES_PER_BATCH);
  await cluster.produce('bench', turn % PARTITIONS, {
    timestamp: Date.now(),
    records: bodies.map(({ body }) => ({ value: body })),
  });
}

let groups = 0;
/** A member of a group of its own, so that every round reads the whole topic. */
function member(client: KafkaSettings['client'], signal: AbortSignal): Collector {
  const settings = settingsFor(broker, 'bench', { client, group: `bench-${++groups}` });
  const about = {
    source: 'bench',
    signal,
    clock: () => load.captures.at(-1)?.receivedAt ?? 0,
    log: silentLogger,
  };
  return createCollector(settings, { ...about, durableSequence: () => Promise.resolve(undefined) });
}

/** The collector, ending when every message was taken. */
function untilAll(client: KafkaSettings['client']): Collector {
  const enough = new AbortController();
  const collector = member(client, enough.signal);
  return {
    ...collector,
    async *batches() {
      let left = load.captures.length;
      for await (const batch of collector.batches()) {
        left -= batch.length;
        yield batch;
        if (left <= 0) enough.abort();
      }
    },
  };
}

using workshop = createWorkshop();
const fetchWith = (client: KafkaSettings['client']): Arm => ({
  name: `fetched by ${client}`,
  run: async () => {
    for await (const batch of untilAll(client).batches()) void batch;
  },
});
const arms: Arm[] = [
  { name: 'bare JSON.parse', run: () => load.texts.forEach((text) => void JSON.parse(text)) },
  fetchWith('platformatic'),
  fetchWith('kafkajs'),
  {
    name: 'Kafka to sealed evidence',
    prepare: () => workshop.open(() => load.captures.at(-1)?.receivedAt ?? 0),
    run: () => workshop.engine().pipeline.run(untilAll('platformatic')),
  },
];
const took = await measure(arms, Number(values.rounds), (round) => {
  process.stderr.write(round === 0 ? 'warmed up\n' : `round ${round} of ${values.rounds}\n`);
});
await workshop.verify();

const median = (of: (one: Took) => number, name: string): number =>
  spread((took.get(name) ?? []).map(of)).median;
const bare = median(({ cpu }) => cpu, 'bare JSON.parse');
process.stdout.write(
  `${machine()}; ${records} records in ${load.captures.length} messages, ${(load.bytes / 1e6).toFixed(1)} MB, codec ${values.codec}; medians of ${values.rounds} rounds\n`,
);
for (const { name } of arms) {
  const [wall, cpu] = [median((one) => one.wall, name), median((one) => one.cpu, name)];
  const perSecond = (total: number, ms: number): string => ((total / ms) * 1000).toFixed(0);
  process.stdout.write(
    `${name}: ${perSecond(records, wall)} records/s, ${perSecond(load.bytes / 1e6, wall)} MB/s by the clock; ${perSecond(records, cpu)} records/s of our CPU, ${((bare / cpu) * 100).toFixed(0)} % of a bare parse\n`,
  );
}
