import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';
import { createLogger } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import { createTap } from '../tap.ts';
import type { Asked, ServeMessage, ServeTask, ToServe } from './serve-protocol.ts';
import { serveLake, untilAborted } from './serving.ts';

/** A thread that answers boards and nothing else: what the others compute does not hold an answer up. */
async function serve(task: ServeTask, tell: (message: ServeMessage) => void): Promise<void> {
  const { config, content } = task;
  const log = createLogger(task.logLevel);
  const clock = systemClock;
  const stopping = new AbortController();
  const waiting = new Map<
    number,
    { readonly take: (value: never) => void; readonly fail: (why: Error) => void }
  >();
  let asked = 0;
  const ask = <What extends keyof Asked>(what: What): Promise<Asked[What]> =>
    new Promise((take, fail) => {
      waiting.set(++asked, { take, fail });
      tell({ kind: 'ask', id: asked, what });
    });
  const tap = createTap(clock, (isOpen) => tell({ kind: 'tap', isOpen }));
  parentPort?.on('message', (message: ToServe) => {
    switch (message.kind) {
      case 'stop':
        stopping.abort();
        return;
      case 'tapped':
        tap.offer(message.tapped);
        return;
      case 'answer':
        waiting.get(message.id)?.take(message.value as never);
        waiting.delete(message.id);
        return;
      case 'failed':
        waiting.get(message.id)?.fail(new Error(message.problem));
        waiting.delete(message.id);
    }
  });
  const { contentType } = createMetrics().registry;
  try {
    await using serving = await serveLake({
      io: task,
      clock,
      config,
      content,
      log,
      port: task.port,
      metrics: { registry: { contentType, metrics: () => ask('metrics') } },
      health: () => ask('health'),
      tap,
      reportHtml: async ({ evidence }) => {
        // What a report takes is loaded when one is asked for: a service starts sooner without.
        const { liveReport } = await import('./live-report.ts');
        return liveReport(evidence, task, clock());
      },
    });
    tell({ kind: 'listening', url: serving.url, tokenFile: serving.tokenFile });
    await untilAborted(stopping.signal);
  } catch (thrown) {
    tell({ kind: 'refused', problem: describeError(thrown) });
  } finally {
    // Timers of connections that are no more would keep the thread alive.
    tell({ kind: 'stopped' });
    parentPort?.close();
  }
}

await serve(workerData as ServeTask, (message) => parentPort?.postMessage(message, []));
