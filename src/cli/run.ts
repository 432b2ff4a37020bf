import { setTimeout as sleep } from 'node:timers/promises';
import { PipelineError, describeError } from '../lib/errors.ts';
import { DAY_MS, SECOND_MS } from '../lib/clock.ts';
import { createLogger } from '../lib/log.ts';
import type { LogLevel } from '../lib/log.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import type { Config } from '../config.ts';
import { renderReport } from '../publish/report/report.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import type { Content } from './content.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, logLevelOption } from './options.ts';
import type { AddCommand } from './program.ts';
import type { Readers } from './readers.ts';
import { gatherReport } from './report-data.ts';
import { serveLake, untilAborted } from './serving.ts';

/** How often a silent source is looked at for a seal that is due. */
const TICK_MS = SECOND_MS;
/** A source that stopped for a reason that may pass starts again after this, from its last durable cursor. */
const RESTART_MS = 10 * SECOND_MS;
/** What `/report` looks back over. */
const REPORT_WINDOW_MS = 30 * DAY_MS;

export const run: AddCommand = (program, io, done) => {
  program
    .command('run')
    .description(
      'Run as a service: collect every configured source, seal, alert and serve until Ctrl-C or SIGTERM.',
    )
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
  const health = new Map<string, ComponentHealth>();
  let store = storeHealth(undefined);
  await using engine = await openEngine({ io, config, content, log, clock: io.clock });
  await using serving = await serveLake({
    io,
    clock: io.clock,
    config,
    content,
    log,
    metrics: engine.metrics,
    port: config.serve.port,
    reportHtml: (readers) => liveReport(readers, io, config, content),
    health: () => [store, ...health.values()],
  });
  log.info(
    { url: serving.url, sources: Object.keys(config.sources), tokenFile: serving.tokenFile },
    'plumbline: running',
  );
  const say = (name: string, state: ComponentHealth['state'], detail: string): void =>
    void health.set(name, { name, state, detail });
  const ticking = tickUntilAborted(engine, io.signal, (problem) => {
    store = storeHealth(problem);
    if (problem !== undefined) log.error({ problem }, 'store: nothing could be sealed; trying again');
  });
  const sources = Object.entries(config.sources).map(async ([name, settings]) => {
    for (;;) {
      say(name, 'ok', 'collecting');
      const collector = engine.collectorFor(name, settings);
      try {
        await engine.pipeline.run(collector);
        const problems = collector.problems?.() ?? [];
        for (const problem of problems)
          log.warn({ source: name, problem }, 'source: not all of it could be read');
        if (problems.length > 0) say(name, 'degraded', `${problems.length} inputs could not be read`);
        else say(name, 'ok', 'read to its end');
        return problems.length === 0;
      } catch (thrown) {
        const canRecover = thrown instanceof PipelineError && thrown.isTransient && !io.signal.aborted;
        log.error({ source: name, problem: describeError(thrown) }, 'source: stopped');
        say(name, 'down', canRecover ? 'stopped; starts again soon' : 'stopped by an error; see the log');
        if (!canRecover) return false;
        await sleep(RESTART_MS, undefined, { signal: io.signal }).catch(() => undefined);
      }
    }
  });
  const [results] = await Promise.all([Promise.all(sources), untilAborted(io.signal), ticking]);
  log.info({ ...engine.pipeline.totals }, 'plumbline: drained and sealed');
  return results.every(Boolean) && engine.pipeline.totals.undelivered === 0
    ? exitCodes.ok.code
    : exitCodes.degraded.code;
}

const storeHealth = (problem: string | undefined): ComponentHealth =>
  problem === undefined
    ? { name: 'store', state: 'ok', detail: 'takes evidence' }
    : { name: 'store', state: 'down', detail: 'cannot seal; see the log' };

/** The report on what is sealed by now; not verified, because that is for `plumbline verify` to say. */
async function liveReport(readers: Readers, io: Io, config: Config, content: Content): Promise<string> {
  const now = io.clock();
  const about = { organisation: config.organisation, generatedAt: now, productVersion: io.productVersion };
  const range = { from: now - REPORT_WINDOW_MS, to: now };
  return renderReport(await gatherReport({ ...readers, content }, { ...about, range, verified: undefined }));
}

/** Calls `said` after each tick: with what went wrong, or with undefined. */
async function tickUntilAborted(
  engine: Engine,
  signal: AbortSignal,
  said: (problem: string | undefined) => void,
): Promise<void> {
  while (!signal.aborted) {
    await engine.pipeline.tick().then(
      () => said(undefined),
      (thrown: unknown) => said(describeError(thrown)),
    );
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}
