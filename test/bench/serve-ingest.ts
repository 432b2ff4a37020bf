import { resolve } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { openEngine } from '../../src/cli/engine.ts';
import { serveInThread } from '../../src/cli/serve-in-thread.ts';
import type { Asked, ServeTask } from '../../src/cli/serve-protocol.ts';
import { serveLake } from '../../src/cli/serving.ts';
import type { Serving } from '../../src/cli/serving.ts';
import type { Config } from '../../src/config.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { stepBack } from '../../src/lib/thread-priority.ts';
import { createTap } from '../../src/tap.ts';
import { batchesOf, hubMessages } from './load.ts';
import type { AskTask } from './serve-asking.ts';
import { shipped } from './workshop.ts';

/**
 * A process that takes in the demo's day over and over and serves the lake meanwhile, until it is told to stop:
 * `node test/bench/serve-ingest.ts --data FOLDER --records A_DAY --pace RECORDS_A_SECOND --thread own|same|asking`. It says where
 * it serves after the first day, and at the end how many records it took in. A pace of 0 is as fast as it can.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '' },
    records: { type: 'string', default: '42000' },
    pace: { type: 'string', default: '0' },
    thread: { type: 'string', default: 'own' },
    seconds: { type: 'string', default: '20' },
  },
});
const [data, records, pace] = [values.data, Number(values.records), Number(values.pace)];
const productFolder = resolve(import.meta.dirname, '../..');

/** The service as `plumbline run` starts it: in a thread of its own; or, as it was, in the one that takes evidence in. */
async function serve(): Promise<Serving> {
  const config = { ...shipped.config, data };
  const { assertions, frameworks, decisions } = shipped.content;
  const content = { assertions, frameworks, decisions };
  const metrics = createMetrics();
  const answers: { readonly [What in keyof Asked]: () => Asked[What] | Promise<Asked[What]> } = {
    metrics: () => metrics.registry.metrics(),
    health: () => [],
  };
  if (values.thread === 'same')
    return serveLake({
      io: { productVersion: '0.0.0-bench' },
      clock: Date.now,
      config,
      content,
      log: silentLogger,
      metrics,
      port: 0,
      reportHtml: () => Promise.resolve(''),
    });
  if (values.thread === 'asking') return askInThread(config, content);
  return serveInThread({
    task: {
      config,
      content,
      port: 0,
      logLevel: 'silent',
      productFolder,
      productVersion: '0.0.0-bench',
      workingFolder: data,
    },
    log: silentLogger,
    answers,
    tap: createTap(Date.now),
  });
}

/** Starts a thread that serves, asks itself, and passes on what it computed. */
function askInThread(config: Config, content: ServeTask['content']): Promise<Serving> {
  const task: AskTask = { config, content, seconds: Number(values.seconds) };
  const worker = new Worker(new URL('./serve-asking.ts', import.meta.url), { workerData: task });
  worker.on('message', (took: unknown) => process.send?.(took));
  const stop = async (): Promise<void> => void (await worker.terminate());
  return Promise.resolve({ url: '', tokenFile: '', [Symbol.asyncDispose]: stop });
}

async function main(): Promise<void> {
  const { captures } = hubMessages(records);
  const now = captures.at(-1)?.receivedAt ?? 0;
  const stopping = new AbortController();
  process.once('message', () => stopping.abort());
  await using engine = await openEngine({
    io: {
      out: () => {},
      err: () => {},
      isTerminal: false,
      hasColour: false,
      columns: 80,
      env: {},
      workingFolder: data,
      productFolder,
      productVersion: '0.0.0-bench',
      nodeVersion: process.versions.node,
      signal: stopping.signal,
      clock: () => now,
      fetch: () => Promise.reject(new Error('no network here')),
    },
    config: { ...shipped.config, data },
    content: shipped.content,
    log: silentLogger,
    clock: () => now,
    isHeard: true,
  });
  const next = new Map<string, number>();
  const again = (): readonly Capture[] =>
    captures.map((capture) => {
      const sequence = (next.get(capture.stream) ?? 0) + 1;
      next.set(capture.stream, sequence);
      return { ...capture, sequence };
    });
  await engine.pipeline.run({
    async *batches() {
      yield* batchesOf(again());
    },
  });
  const serving = await serve();
  if (values.thread !== 'same') stepBack();
  process.send?.({ url: serving.url, tokenFile: serving.tokenFile, sealed: now });
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  const before = engine.pipeline.totals.records;
  const taken = (): number => engine.pipeline.totals.records - before;
  await engine.pipeline.run({
    async *batches() {
      while (!stopping.signal.aborted)
        for (const batch of batchesOf(again())) {
          if (stopping.signal.aborted) return;
          yield batch;
          await nextTurn();
          const early = pace === 0 ? 0 : (taken() / pace) * 1000 - (performance.now() - from);
          if (early > 0) await sleep(early);
        }
    },
  });
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpuFrom);
  process.send?.({
    records: taken(),
    seconds,
    cpu: (user + system) / 1e6,
    seals: engine.pipeline.totals.seals,
  });
  await serving[Symbol.asyncDispose]();
  process.disconnect?.();
}

await main();
