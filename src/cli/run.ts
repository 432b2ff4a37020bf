import { AggregatorRegistry } from 'prom-client';
import { MINUTE_MS } from '../lib/clock.ts';
import { createLogger } from '../lib/log.ts';
import type { LogLevel, Logger } from '../lib/log.ts';
import { createMetrics } from '../lib/metrics.ts';
import type { PipelineTotals } from '../pipeline.ts';
import type { DrainEnd } from '../workers/drain.ts';
import { divideDrain } from '../workers/drain.ts';
import { createFlow } from '../workers/flow.ts';
import { measureLag } from '../workers/measure.ts';
import { createPool, worstOfEach } from '../workers/pool.ts';
import type { Pool } from '../workers/pool.ts';
import { shareOut, workersIn } from '../workers/share-out.ts';
import { storePatience } from '../workers/source.ts';
import { createTap } from '../tap.ts';
import { configFor } from './configuration.ts';
import { detectionFolderOf, loadContent, readContent } from './content.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { createLiveRules, watchRules } from './live-rules.ts';
import { configOption, logLevelOption } from './options.ts';
import type { CommandSetUp } from './command.ts';
import { serveInThread } from './serve-in-thread.ts';

export const run: CommandSetUp = (command, io, done) => {
  command
    .addOption(configOption())
    .addOption(logLevelOption().default('info'))
    .action(async (options: { config?: string; logLevel: LogLevel }) => done(await runService(io, options)));
};

async function runService(
  io: Io,
  options: { readonly config?: string; readonly logLevel: LogLevel },
): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  const log = createLogger(options.logLevel);
  const rules = createLiveRules(content, () => readContent(config, io.productFolder, io.workingFolder), log);
  watchRules(rules, detectionFolderOf(config, io.productFolder), io.signal, log);
  const metrics = createMetrics();
  const count = workersIn(config);
  // With one, this thread does all of it. With more, it tells people, correlates and serves; the others collect.
  const shares = count === 1 ? [] : shareOut(config, count);
  const isAlone = shares.length === 0;
  let engine: Engine | undefined;
  const totals: PipelineTotals[] = [];
  const firstOpen = Promise.withResolvers<void>();
  const failing = new AbortController();
  const signal = AbortSignal.any([io.signal, failing.signal]);
  const tap = createTap(io.clock, (isOpen) => pool.tap(isOpen));
  const pool = createPool({
    tasks: shares.map((share, index) => ({
      number: index + 1,
      count: shares.length,
      config: share,
      logLevel: options.logLevel,
      productFolder: io.productFolder,
      productVersion: io.productVersion,
      workingFolder: io.workingFolder,
      env: { ...io.env },
    })),
    metrics,
    log,
    signal,
    drainWithinMs: divideDrain(config.drainWithin).threadsMs,
    absorb: async (passed) => await engine?.pipeline.absorb(passed),
    tapped: (tapped) => tap.offer(tapped),
  });
  // Who drains last has to hear what the others sealed on their way out.
  const mainSignal = isAlone ? signal : new AbortController();
  const flow = createFlow({
    open: (ours) =>
      openEngine({
        io,
        config,
        content: rules.content,
        rules,
        log,
        clock: io.clock,
        signal: ours,
        metrics,
        tap,
        isHeard: true,
        flow: {
          isWorthWaiting: storePatience(ours),
          // What workers pass on was received up to a seal ago.
          ...(isAlone ? {} : { inFlightMs: config.lake.sealAfter + 2 * MINUTE_MS }),
        },
      }),
    sources: isAlone ? config.sources : {},
    metrics,
    log,
    signal: mainSignal instanceof AbortController ? mainSignal.signal : mainSignal,
    drainWithinMs: isAlone ? config.drainWithin : divideDrain(config.drainWithin).mainMs,
    opened: (opened) => {
      engine = opened;
      totals.push(opened.pipeline.totals);
      firstOpen.resolve();
    },
  });
  const running = flow.run();
  await Promise.race([firstOpen.promise, running]);
  const serving = await serveInThread({
    task: {
      config,
      content: {
        assertions: content.assertions,
        frameworks: content.frameworks,
        decisions: content.decisions,
      },
      port: config.serve.port,
      logLevel: options.logLevel,
      productFolder: io.productFolder,
      productVersion: io.productVersion,
      workingFolder: io.workingFolder,
    },
    log,
    answers: {
      metrics: async () => {
        measureLag(metrics, flow.lag());
        return await metricsText(metrics.registry, pool);
      },
      health: () => worstOfEach([...flow.health(), ...pool.health()]),
    },
    tap,
  }).catch(async (thrown: unknown) => {
    failing.abort();
    if (mainSignal instanceof AbortController) mainSignal.abort();
    await running.catch(() => undefined);
    throw thrown;
  });
  // The thread that serves is there by now, and does not.
  io.stepBack?.();
  log.info(
    {
      url: serving.url,
      sources: Object.keys(config.sources),
      workers: isAlone ? 1 : shares.length,
      tokenFile: serving.tokenFile,
    },
    'plumbline: running',
  );
  try {
    const working = isAlone ? Promise.resolve([]) : pool.run();
    const stopAll = (thrown: unknown): never => {
      failing.abort();
      if (mainSignal instanceof AbortController) mainSignal.abort();
      throw thrown;
    };
    running.catch(stopAll).catch(() => undefined);
    const workers = await working.catch(stopAll);
    if (mainSignal instanceof AbortController) mainSignal.abort();
    return sayEnd(log, [await running, ...workers], { ...sumOf(totals), ...pool.totals() });
  } finally {
    await serving[Symbol.asyncDispose]();
  }
}

function sumOf(totals: readonly PipelineTotals[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of totals)
    for (const [key, value] of Object.entries(one) as [string, number][]) sum[key] = (sum[key] ?? 0) + value;
  return sum;
}

/** The last word: what is sealed, and what is not. */
function sayEnd(log: Logger, ends: readonly DrainEnd[], totals: Record<string, number>): number {
  const unsealed = ends.reduce((sum, end) => sum + end.unsealed, 0);
  const problems = ends.flatMap(({ problem }) => problem ?? []);
  if (unsealed === 0 && problems.length === 0) log.info(totals, 'plumbline: drained and sealed');
  else
    log.error(
      { ...totals, unsealed, problems },
      `plumbline: stopped with ${unsealed} messages not sealed; they were not acknowledged and are read again on the next start`,
    );
  return ends.every(({ isClean }) => isClean) ? exitCodes.ok.code : exitCodes.degraded.code;
}

/** Metrics of every thread, added up as each of them says. */
async function metricsText(
  registry: ReturnType<typeof createMetrics>['registry'],
  pool: Pool,
): Promise<string> {
  const others = pool.snapshots();
  if (others.every((snapshot) => snapshot.length === 0)) return registry.metrics();
  const mine = await registry.getMetricsAsJSON();
  return AggregatorRegistry.aggregate([mine, ...others.map((snapshot) => [...snapshot])]).metrics();
}
