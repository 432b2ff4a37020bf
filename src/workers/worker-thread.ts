import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { openEngine } from '../cli/engine.ts';
import type { Engine } from '../cli/engine.ts';
import { detectionFolderOf, loadContent, readContent } from '../cli/content.ts';
import { createLiveRules, watchRules } from '../cli/live-rules.ts';
import { SECOND_MS, systemClock } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { createLogger } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import { noTotals } from '../pipeline.ts';
import { createTap } from '../tap.ts';
import { divideDrain } from './drain.ts';
import { createElsewhere } from './elsewhere.ts';
import { createFlow } from './flow.ts';
import { measureLag } from './measure.ts';
import { CLOSE_TAP, OPEN_TAP, STOP } from './protocol.ts';
import type { WorkerMessage, WorkerReport, WorkerTask } from './protocol.ts';
import { storePatience } from './source.ts';

/** Most events that a worker tells of while the tap is open; of those that matched as many. The listener samples on. */
const TAPPED_PER_SECOND = 1000;

/** A worker thread: the whole flow for its share of the streams, from bytes to segments that it seals itself. */
async function work(task: WorkerTask, tell: (message: WorkerMessage) => void): Promise<void> {
  const { config } = task;
  const log = createLogger(task.logLevel).child({ worker: task.number });
  const metrics = createMetrics();
  const stopping = new AbortController();
  const tap = createTap(systemClock);
  const listening: (() => void)[] = [];
  parentPort?.on('message', (message: unknown) => {
    if (message === STOP) stopping.abort();
    if (message === OPEN_TAP || message === CLOSE_TAP) for (const close of listening.splice(0)) close();
    if (message === OPEN_TAP)
      listening.push(
        ...[true, false].map((isMatched) =>
          tap.listen(
            {
              perSecond: TAPPED_PER_SECOND,
              accepts: ({ detections }) => detections.length > 0 === isMatched,
            },
            (tapped) => tell({ kind: 'tapped', tapped }),
          ),
        ),
      );
  });
  const content = loadContent(config, task.productFolder, task.workingFolder);
  const read = () => readContent(config, task.productFolder, task.workingFolder);
  const rules = createLiveRules(content, read, log);
  watchRules(rules, detectionFolderOf(config, task.productFolder), stopping.signal, log);
  const io = {
    out: () => undefined,
    err: () => undefined,
    isTerminal: false,
    hasColour: false,
    columns: 80,
    env: task.env,
    workingFolder: task.workingFolder,
    productFolder: task.productFolder,
    productVersion: task.productVersion,
    nodeVersion: process.versions.node,
    signal: stopping.signal,
    clock: systemClock,
    fetch: globalThis.fetch,
  };
  let engine: Engine | undefined;
  const flow = createFlow({
    open: (signal) =>
      openEngine({
        io,
        config,
        // What people decided is evidence once; the main thread writes it.
        content: { ...rules.content, decisions: [] },
        rules,
        log,
        clock: systemClock,
        signal,
        metrics,
        elsewhere: createElsewhere((passed) => tell({ kind: 'sealed', passed })),
        tap,
        isHeard: true,
        flow: { isWorthWaiting: storePatience(signal) },
        shard: { index: task.number - 1, count: task.count },
      }),
    sources: config.sources,
    metrics,
    log,
    signal: stopping.signal,
    drainWithinMs: divideDrain(config.drainWithin).threadsMs,
    opened: (opened) => {
      engine = opened;
      tell({ kind: 'open' });
    },
  });

  let lately = performance.eventLoopUtilization();
  const report = async (): Promise<WorkerReport> => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, lately);
    lately = now;
    metrics.workerLoad.set({ worker: String(task.number) }, utilization);
    measureLag(metrics, flow.lag());
    return {
      health: flow.health(),
      metrics: await metrics.registry.getMetricsAsJSON(),
      totals: { undelivered: 0, ...noTotals, ...engine?.pipeline.totals },
    };
  };
  const reporting = setInterval(() => {
    void report().then((made) => tell({ kind: 'report', report: made }));
  }, SECOND_MS);
  try {
    const end = await flow.run();
    tell({ kind: 'ended', end, report: await report() });
  } catch (thrown) {
    if (!(thrown instanceof PipelineError)) throw thrown;
    if (thrown.code !== 'LAKE_CONFLICT' && thrown.code !== 'LAKE_CORRUPT') throw thrown;
    tell({ kind: 'refused', code: thrown.code, problem: describeError(thrown) });
  } finally {
    clearInterval(reporting);
    parentPort?.close();
  }
}

await work(workerData as WorkerTask, (message) => parentPort?.postMessage(message, []));
