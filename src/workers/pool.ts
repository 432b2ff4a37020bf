import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { AggregatorRegistry } from 'prom-client';
import { SECOND_MS } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import type { Tapped } from '../domain/tap.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { Passed } from '../pipeline.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import type { DrainEnd } from './drain.ts';
import { CLOSE_TAP, OPEN_TAP, STOP } from './protocol.ts';
import type { MetricSnapshot, WorkerMessage, WorkerReport, WorkerTask } from './protocol.ts';

export interface PoolParts {
  readonly tasks: readonly WorkerTask[];
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly drainWithinMs: number;
  readonly absorb: (passed: Passed) => Promise<void>;
  /** Takes what went by in a worker while the tap was open. */
  readonly tapped: (tapped: Tapped) => void;
  /** The module of the threads. (Default: `worker-thread`, beside this one) */
  readonly entry?: URL;
}

/** Worker threads, each started again when it ends unasked. */
export interface Pool {
  /** Each worker, and each source over all of them. */
  readonly health: () => readonly ComponentHealth[];
  /** Metrics of every worker, and what those counted that are no more. */
  readonly snapshots: () => readonly MetricSnapshot[];
  readonly totals: () => Record<string, number>;
  /** Lets every worker, now and to come, tell what goes by; or no longer. */
  readonly tap: (isOpen: boolean) => void;
  /**
   * Resolves when the signal aborted and every worker has drained.
   *
   * @throws PipelineError when a worker was refused the lake for good.
   */
  readonly run: () => Promise<readonly DrainEnd[]>;
}

const FIRST_RESTART_MS = SECOND_MS;
const MOST_RESTART_MS = 60 * SECOND_MS;
/** A worker that ran this long was sound: the next start need not wait. */
const SOUND_MS = 60 * SECOND_MS;
/** What a thread needs beyond the time that it gives itself. */
const GRACE_MS = 2 * SECOND_MS;

interface Seat {
  state: ComponentHealth['state'];
  detail: string;
  report: WorkerReport | undefined;
}

export function createPool(parts: PoolParts): Pool {
  const { tasks, metrics, log, signal } = parts;
  const seats: Seat[] = tasks.map(() => ({ state: 'ok', detail: 'starting', report: undefined }));
  const alive = new Set<Worker>();
  let isTapped = false;
  let past: MetricSnapshot = [];
  const pastTotals: Record<string, number> = {};
  const count = (): void => {
    metrics.workers.set({ state: 'running' }, seats.filter(({ state }) => state === 'ok').length);
    metrics.workers.set({ state: 'down' }, seats.filter(({ state }) => state !== 'ok').length);
  };

  /** Counters of a worker that is no more go on counting, or every crash would look like a reset. */
  async function keepPast(seat: Seat): Promise<void> {
    const report = seat.report;
    seat.report = undefined;
    if (report === undefined) return;
    const counted = report.metrics.filter(
      (metric) => 'type' in metric && (metric.type === 'counter' || metric.type === 'histogram'),
    );
    past = await AggregatorRegistry.aggregate([[...past], counted]).getMetricsAsJSON();
    addTotals(pastTotals, report);
  }

  /** One life of one worker. */
  function live(task: WorkerTask, seat: Seat): Promise<DrainEnd | 'crashed'> {
    const entry = parts.entry ?? workerEntry();
    const worker = new Worker(entry, { workerData: task, name: `plumbline ${task.number}` });
    const stop = (): void => {
      worker.postMessage(STOP, []);
      void sleep(parts.drainWithinMs + GRACE_MS, undefined, { ref: false }).then(() => worker.terminate());
    };
    alive.add(worker);
    if (isTapped) worker.postMessage(OPEN_TAP, []);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    let end: DrainEnd | undefined;
    let refused: PipelineError | undefined;
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'open':
          Object.assign(seat, { state: 'ok', detail: 'collecting' });
          count();
          return;
        case 'sealed':
          void parts.absorb(message.passed);
          return;
        case 'tapped':
          parts.tapped(message.tapped);
          return;
        case 'report':
          seat.report = message.report;
          return;
        case 'ended':
          seat.report = message.report;
          end = message.end;
          return;
        case 'refused':
          refused = new PipelineError(message.code, `worker ${task.number}`, message.problem);
      }
    });
    worker.on('error', (thrown) =>
      log.error({ worker: task.number, problem: describeError(thrown) }, 'worker: ended by an error'),
    );
    return new Promise((resolve, reject) => {
      worker.on('exit', () => {
        alive.delete(worker);
        signal.removeEventListener('abort', stop);
        if (refused === undefined) resolve(end ?? 'crashed');
        else reject(refused);
      });
    });
  }

  async function supervise(task: WorkerTask, seat: Seat): Promise<DrainEnd> {
    for (let wait = FIRST_RESTART_MS; ; wait = Math.min(MOST_RESTART_MS, wait * 2)) {
      const startedAt = performance.now();
      const end = await live(task, seat);
      if (end !== 'crashed') return end;
      if (signal.aborted)
        return { isClean: false, unsealed: 0, problem: `worker ${task.number} did not end in time` };
      Object.assign(seat, { state: 'down', detail: 'ended unasked; starts again soon' });
      count();
      metrics.workerRestarts.inc();
      if (performance.now() - startedAt > SOUND_MS) wait = FIRST_RESTART_MS;
      log.warn({ worker: task.number, inMs: wait }, 'worker: starts again');
      await keepPast(seat);
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return { isClean: false, unsealed: 0, problem: `worker ${task.number} was down` };
    }
  }

  return {
    health: () => [
      ...seats.map(({ state, detail }, at): ComponentHealth => ({
        name: `worker-${at + 1}`,
        state,
        detail,
      })),
      ...worstOfEach(seats.flatMap(({ report }, at) => report?.health ?? sourcesOf(tasks[at]))),
    ],
    snapshots: () => [past, ...seats.flatMap(({ report }) => (report === undefined ? [] : [report.metrics]))],
    totals: () => {
      const sum = { ...pastTotals };
      for (const { report } of seats) if (report !== undefined) addTotals(sum, report);
      return sum;
    },
    tap: (isOpen) => {
      isTapped = isOpen;
      for (const worker of alive) worker.postMessage(isOpen ? OPEN_TAP : CLOSE_TAP, []);
    },
    run: async () => {
      count();
      return Promise.all(
        tasks.map((task, at) => supervise(task, seats[at] ?? { state: 'ok', detail: '', report: undefined })),
      );
    },
  };
}

function addTotals(sum: Record<string, number>, { totals }: WorkerReport): void {
  for (const [key, value] of Object.entries(totals)) sum[key] = (sum[key] ?? 0) + value;
}

/** The sources of a worker that has not told of them yet: who asks is to know that they are there. */
const sourcesOf = (task: WorkerTask | undefined): ComponentHealth[] =>
  Object.keys(task?.config.sources ?? {}).map((name) => ({ name, state: 'ok', detail: 'starting' }));

const order = ['ok', 'degraded', 'down'] as const;

/** Of parts that several workers have, the one that does worst. */
export function worstOfEach(all: readonly ComponentHealth[]): ComponentHealth[] {
  const worst = new Map<string, ComponentHealth>();
  for (const one of all) {
    const known = worst.get(one.name);
    if (known === undefined || order.indexOf(one.state) > order.indexOf(known.state))
      worst.set(one.name, one);
  }
  return [...worst.values()];
}

/** The module of the threads: TypeScript in a clone, JavaScript in a package. */
const workerEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './worker-thread.ts' : './worker-thread.js', import.meta.url);
