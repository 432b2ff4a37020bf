import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Config } from '../../src/config.ts';
import { serveLake } from '../../src/cli/serving.ts';
import type { ServeTask } from '../../src/cli/serve-protocol.ts';
import { SECOND_MS } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { createMetrics } from '../../src/lib/metrics.ts';
import { openAsking, questionsAt } from './serve-questions.ts';

/** What the thread is started with. */
export interface AskTask {
  readonly config: Config;
  readonly content: ServeTask['content'];
  readonly seconds: number;
}

/**
 * A thread that serves as the service does, and asks itself. What it computes between a question and its answer is counted
 * whatever it was: new seals, tails, garbage, and both ends of the connection.
 */
async function main({ config, content, seconds }: AskTask): Promise<void> {
  const startedAt = performance.now();
  const clock = (): number => Date.now();
  await using serving = await serveLake({
    io: { productVersion: '0.0.0-bench' },
    clock,
    config,
    content,
    log: silentLogger,
    metrics: createMetrics(),
    port: 0,
    reportHtml: () => Promise.resolve(''),
  });
  const ask = openAsking(serving.tokenFile);
  const took = new Map<string, number[]>();
  // Waits for the first sums, which are no part of what is asked here.
  await ask(`${serving.url}/api/v1/evidence`);
  const warmUp = performance.now() + 2 * SECOND_MS;
  // Boards look at the thirty days in which the demo's day lies.
  const day = Date.parse('2026-03-03T00:00:00Z');
  while (performance.now() < warmUp + seconds * SECOND_MS) {
    for (const [name, path] of questionsAt(Math.floor(day + performance.now() - startedAt))) {
      const before = process.threadCpuUsage();
      await ask(`${serving.url}${path}`);
      const { user, system } = process.threadCpuUsage(before);
      if (performance.now() > warmUp) took.set(name, [...(took.get(name) ?? []), (user + system) / 1000]);
      await sleep(5);
    }
  }
  ask.close();
  parentPort?.postMessage([...took], []);
}

await main(workerData as AskTask);
