import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { createEventHubs } from '../../src/collect/event-hubs.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { quickParts, settingsFor } from '../support/amqp/collecting.ts';
import { hubMessages } from './load.ts';
import { measure, spread } from './measure.ts';
import { machine } from './summary.ts';
import { createWorkshop } from './workshop.ts';

/**
 * How fast messages of an event hub become durable, sealed evidence through the real SDK, as a share of a bare
 * `JSON.parse` of the same texts: `node test/bench/collect-amqp.ts [--rounds 7] [--records 42000] [--partitions 8]`.
 * The hub runs in a process of its own, so that its work is not counted as ours; it shares the machine all the same.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    records: { type: 'string', default: '42000' },
    partitions: { type: 'string', default: '8' },
  },
});
const partitions = Number(values.partitions);
const load = hubMessages(Number(values.records));
await using hub = await startHub();
using workshop = createWorkshop();
let records = 0;
const clock = (): number => load.captures.at(-1)?.receivedAt ?? 0;

/** The broker in a child process, with the load's messages spread over its partitions. */
async function startHub(): Promise<AsyncDisposable & { readonly connectionString: string }> {
  const program = new URL('../support/amqp/serve.ts', import.meta.url).pathname;
  const args = ['--port', '0', '--partitions', values.partitions, '--records', values.records, '--spread'];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let told = '';
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.includes('messages are in it')) break;
  }
  const connectionString = /connectionString: (.*)/.exec(told)?.[1] ?? '';
  return {
    connectionString,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A collector that ends once it has yielded everything, as a hub never does by itself. */
function untilAllIsRead(seal: boolean): () => AsyncGenerator<(typeof load.captures)[number][]> {
  return async function* () {
    const abort = new AbortController();
    const collector = createEventHubs(
      settingsFor(hub, { watchSeconds: 30 }),
      {
        source: 'bench',
        signal: abort.signal,
        clock,
        log: silentLogger,
        durableSequence: () => Promise.resolve(undefined),
      },
      quickParts,
    );
    let left = load.captures.length;
    for await (const batch of collector.batches()) {
      left -= batch.length;
      if (seal) yield [...batch];
      if (left <= 0) abort.abort();
    }
  };
}

const took = await measure(
  [
    {
      name: 'bare',
      run: () => {
        for (const text of load.texts) JSON.parse(text);
      },
    },
    {
      name: 'receive',
      run: async () => {
        for await (const batch of untilAllIsRead(false)()) throw new Error(`not asked for ${batch.length}`);
      },
    },
    {
      name: 'sealed',
      prepare: () => workshop.open(clock),
      run: async () => {
        const { pipeline } = workshop.engine();
        await pipeline.run({ batches: untilAllIsRead(true) });
        ({ records } = pipeline.totals);
      },
    },
  ],
  Number(values.rounds),
  (round) => void process.stderr.write(round === 0 ? 'warmed up\n' : `round ${round}\n`),
);

const bytesOf = (arm: string): number => (arm === 'bare' ? load.textBytes : load.bytes);
console.log(`${machine()}\n${load.captures.length} messages, ${records} records, ${partitions} partitions\n`);
const bare = took.get('bare') ?? [];
for (const [arm, rounds] of took) {
  const { median } = spread(rounds.map(({ wall }) => wall));
  const share = (clockName: 'wall' | 'cpu'): string => {
    const of = spread(
      rounds.map((round, i) => {
        const anchor = bare[i]?.[clockName] ?? Number.NaN;
        return bytesOf(arm) / round[clockName] / (load.textBytes / anchor);
      }),
    );
    return `${(of.median * 100).toFixed(1)} % (${(of.min * 100).toFixed(1)} to ${(of.max * 100).toFixed(1)})`;
  };
  const perSecond = Math.round((records / median) * 10) / 10;
  console.log(
    `${arm.padEnd(8)} ${perSecond}k records/s  ${(bytesOf(arm) / median / 1000).toFixed(1)} MB/s  ` +
      `of bare parse: ${share('wall')} by the clock, ${share('cpu')} by the work of this process`,
  );
}
