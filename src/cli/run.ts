import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../lib/errors.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { createLogger } from '../lib/log.ts';
import type { LogLevel } from '../lib/log.ts';
import type { ComponentHealth } from '../serve/deps.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { openEngine } from './engine.ts';
import type { Engine } from './engine.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, logLevelOption } from './options.ts';
import type { AddCommand } from './program.ts';
import { serveLake, untilAborted } from './serving.ts';

/** How often a silent source is looked at for a seal that is due. */
const TICK_MS = SECOND_MS;

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
  const content = loadContent(config, io.productFolder);
  const log = createLogger(options.logLevel);
  const health = new Map<string, ComponentHealth>();
  await using engine = await openEngine({ io, config, content, log, clock: io.clock });
  await using serving = await serveLake({
    io,
    config,
    content,
    log,
    metrics: engine.metrics,
    port: config.serve.port,
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

async function tickUntilAborted(engine: Engine, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await engine.pipeline.tick();
    await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
  }
}
