import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { watchService } from '../soak/memory.ts';
import { brokerArtifacts } from '../support/kafka/artifacts.ts';
import { startBroker } from '../support/kafka/broker.ts';
import { openCluster } from '../support/kafka/cluster.ts';
import { hubMessages } from './load.ts';
import { spread } from './measure.ts';
import { machine } from './summary.ts';

/**
 * How fast a real `plumbline run` turns a topic, or a hub, into sealed evidence with one and with two worker threads:
 * `node test/bench/collect-workers.ts [--records 210000] [--rounds 3] [--sources kafka,amqp] [--workers 1,2]`. From the first
 * that is sealed to the last, by the clock and by what the process computed; Linux alone says the latter of a child. The
 * brokers run beside it.
 */
const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '210000' },
    rounds: { type: 'string', default: '3' },
    sources: { type: 'string', default: 'kafka,amqp' },
    workers: { type: 'string', default: '1,2' },
  },
});
const PARTITIONS = 8;
const MESSAGES_PER_BATCH = 8;
const load = hubMessages(Number(values.records));
const records = load.texts.reduce(
  (sum, text) => sum + ((JSON.parse(text) as { records?: unknown[] }).records?.length ?? 1),
  0,
);
await using disposing = new AsyncDisposableStack();

type Source = (round: number) => Readonly<Record<string, unknown>>;

async function kafkaSource(): Promise<Source> {
  const artifacts = brokerArtifacts();
  if (artifacts.kind === 'missing') throw new Error(artifacts.reason);
  const broker = disposing.use(await startBroker(artifacts.classPath));
  const cluster = disposing.use(await openCluster(broker));
  await cluster.createTopic('bench', PARTITIONS);
  for (let at = 0, turn = 0; at < load.captures.length; at += MESSAGES_PER_BATCH, turn++)
    await cluster.produce('bench', turn % PARTITIONS, {
      timestamp: Date.now(),
      records: load.captures.slice(at, at + MESSAGES_PER_BATCH).map(({ body }) => ({ value: body })),
    });
  return (round) => ({ type: 'kafka', brokers: [broker.plain], topics: ['bench'], group: `bench-${round}` });
}

/** The hub in a process of its own, filled with the same messages. */
async function amqpSource(): Promise<Source> {
  const program = new URL('../support/amqp/serve.ts', import.meta.url).pathname;
  const args = ['--port', '0', '--partitions', String(PARTITIONS), '--records', values.records, '--spread'];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  disposing.defer(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  let told = '';
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.includes('messages are in it')) break;
  }
  const connectionString = /connectionString: (.*)/.exec(told)?.[1] ?? '';
  return () => ({ type: 'event_hubs', connectionString });
}

function bareParse(): number {
  const before = process.cpuUsage();
  for (const text of load.texts) JSON.parse(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

interface Took {
  readonly wall: number;
  readonly cpu: number;
  readonly bare: number;
}

async function measureOnce(source: Readonly<Record<string, unknown>>, workers: number): Promise<Took> {
  await using service = await watchService({
    sources: { bench: source },
    over: { workers, lake: { origin: 'lake.example.com/bench', sealAfter: '1s' } },
  });
  const [startedAt, cpuBefore] = [performance.now(), service.cpuMs()];
  await service.untilSealed(load.captures.length);
  const [wall, cpu] = [performance.now() - startedAt, service.cpuMs() - cpuBefore];
  const { exitCode } = await service.finish();
  if (exitCode !== 0) throw new Error(`the service ended with ${exitCode}: ${service.child.err()}`);
  return { wall, cpu, bare: bareParse() };
}

const made: Readonly<Record<string, () => Promise<Source>>> = { kafka: kafkaSource, amqp: amqpSource };
const took = new Map<string, Took[]>();
const sources = new Map<string, Source>();
for (const name of values.sources.split(',')) {
  const source = await made[name]?.();
  if (source === undefined) throw new Error(`no source ${name}; there are ${Object.keys(made).join(', ')}`);
  sources.set(name, source);
}
let group = 0;
for (let round = 0; round < Number(values.rounds); round++)
  for (const [name, source] of sources)
    for (const workers of values.workers.split(',').map(Number)) {
      const arm = `${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`;
      took.set(arm, [...(took.get(arm) ?? []), await measureOnce(source(++group), workers)]);
      process.stderr.write(`${arm}: round ${round + 1}\n`);
    }

console.log(
  `${machine()}; ${records} records in ${load.captures.length} messages, ${(load.bytes / 1e6).toFixed(1)} MB, ${PARTITIONS} partitions; medians of ${values.rounds} rounds`,
);
for (const [arm, rounds] of took) {
  const wall = spread(rounds.map((one) => one.wall)).median;
  const cpu = spread(rounds.map((one) => one.cpu)).median;
  const share = spread(rounds.map((one) => one.bare / one.cpu)).median;
  const rate = (ms: number): string =>
    `${Math.round((records / ms) * 1000)} records/s, ${(load.bytes / ms / 1000).toFixed(1)} MB/s`;
  console.log(
    `${arm}: ${rate(wall)} by the clock; ${rate(cpu)} of its CPU, ${(share * 100).toFixed(1)} % of a bare parse`,
  );
}
