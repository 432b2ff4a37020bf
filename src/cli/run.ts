import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../lib/errors.ts';
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
    health: () => [...health.values()],
  });
  log.info(
    { url: serving.url, sources: Object.keys(config.sources), tokenFile: serving.tokenFile },
    'plumbline: running',
  );
  const ticking = tickUntilAborted(engine, io.signal);
  const sources = Object.entries(config.sources).map(async ([name, settings]) => {
    const say = (state: ComponentHealth['state'], detail: string): void =>
      void health.set(name, { name, state, detail });
    say('ok', 'collecting');
    const collector = engine.collectorFor(name, settings);
    try {
      await engine.pipeline.run(collector);
      const problems = collector.problems?.() ?? [];
      for (const problem of problems)
        log.warn({ source: name, problem }, 'source: not all of it could be read');
      say(
        problems.length > 0 ? 'degraded' : 'ok',
        problems.length > 0 ? `${problems.length} inputs could not be read` : 'read to its end',
      );
      return problems.length === 0;
    } catch (thrown) {
      log.error({ source: name, problem: describeError(thrown) }, 'source: stopped');
      say('down', 'stopped by an error; see the log');
      return false;
    }
  });
  const [results] = await Promise.all([Promise.all(sources), untilAborted(io.signal), ticking]);
  log.info({ ...engine.pipeline.totals }, 'plumbline: drained and sealed');
  return results.every(Boolean) && engine.pipeline.totals.undelivered === 0
    ? exitCodes.ok.code
    : exitCodes.degraded.code;
}

/** The report on what is sealed by now; not verified, because that is for `plumbline verify` to say. */
async function liveReport(readers: Readers, io: Io, config: Config, content: Content): Promise<string> {
  const now = io.clock();
  const about = { organisation: config.organisation, generatedAt: now, productVersion: io.productVersion };
  const range = { from: now - REPORT_WINDOW_MS, to: now };
  return renderReport(await gatherReport({ ...readers, content }, { ...about, range, verified: undefined }));
}

async function tickUntilAborted(engine: Engine, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await engine.pipeline.tick();
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}
