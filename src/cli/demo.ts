import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { demo as demoCollector } from '../collect/demo.ts';
import { DAY_RECORDS, storyIds } from '../collect/demo/settings.ts';
import type { DemoSettings, StoryId } from '../collect/demo/settings.ts';
import type { Collector } from '../collect/collector.ts';
import { Config } from '../config.ts';
import type { Level } from '../domain/severity.ts';
import { DAY_MS } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { createLogger } from '../lib/log.ts';
import type { LogLevel } from '../lib/log.ts';
import { originOf } from '../proof/commits.ts';
import { lockLake } from '../store/lock.ts';
import { verifierKeyPath } from '../store/publish.ts';
import { loadContent } from './content.ts';
import { findStories, storyLines } from './found-stories.ts';
import { foldersIn } from './folders.ts';
import { failsGate } from './gate.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { failOnOption, logLevelOption, outputOption, someText, wholeNumber } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { collectOnce, reportOn } from './run-once.ts';
import { serveLake, untilAborted } from './serving.ts';
import { resultOf } from './result.ts';
import { summarise } from './summary.ts';
import { verifiedLine } from './verify.ts';

const ORIGIN = 'plumbline.example/demo';
const WRITER = 'main';
const ORGANISATION = 'Northwind Health (fictional)';

interface DemoOptions {
  readonly once?: boolean;
  readonly seed: string;
  readonly stories: boolean;
  readonly story?: readonly StoryId[];
  readonly records: number;
  readonly data: string;
  readonly port: number;
  readonly output: OutputFormat;
  readonly failOn?: Level;
  readonly logLevel: LogLevel;
}

/**
 * A demo starts from nothing each time. Only a lake that an earlier demo made is removed.
 *
 * @throws PipelineError USAGE when the folder holds anything else; LAKE_CONFLICT when a demo is being played in it.
 */
async function freshFolder(io: Io, data: string): Promise<string> {
  const folder = resolve(io.workingFolder, data);
  const { lake } = foldersIn(folder);
  const entries = existsSync(lake) ? readdirSync(lake) : [];
  // What starts with an underscore is the store's own scaffolding.
  if (entries.every((name) => name.startsWith('_'))) return folder;
  const key = join(lake, verifierKeyPath(WRITER));
  if (!existsSync(key) || !readFileSync(key, 'utf8').startsWith(`${originOf(ORIGIN, WRITER)}+`))
    throw new PipelineError('USAGE', lake, 'this is no lake of a demo; name another folder with --data');
  await lockLake(lake, WRITER).release();
  rmSync(lake, { recursive: true });
  return folder;
}

/** Evidence is stamped with the time of the day that is played, so that the same seed gives the same bytes. */
function playedClock(start: number): { now: () => number; follow: (collector: Collector) => Collector } {
  let now = start;
  return {
    now: () => now,
    follow: (collector) => ({
      ...collector,
      async *batches() {
        for await (const batch of collector.batches()) {
          now = batch.reduce((latest, { receivedAt }) => Math.max(latest, receivedAt), now);
          yield batch;
        }
      },
    }),
  };
}

export const demo: CommandSetUp = (command, io, done) => {
  command
    .option('--once', 'exit when the report is written; do not serve it')
    .option(
      '--seed <text>',
      'the same seed gives the same findings, statuses and Merkle root',
      someText,
      'plumbline',
    )
    .option('--no-stories', 'ordinary traffic alone, nothing planted')
    .addOption(new Option('--story <id...>', 'plant only these').choices(storyIds))
    .option(
      '--records <number>',
      'about how many records of ordinary traffic there are',
      wholeNumber(1_000, 2_000_000),
      DAY_RECORDS,
    )
    .option('--data <folder>', 'where lake, keys and report go', 'data/demo')
    .option(
      '--port <number>',
      'port to serve the report on; 0 takes a free one',
      wholeNumber(0, 65_535),
      4690,
    )
    .addOption(outputOption())
    .addOption(failOnOption())
    .addOption(logLevelOption())
    .action(async (options: DemoOptions) => done(await runDemo(io, options)));
};

async function runDemo(io: Io, options: DemoOptions): Promise<number> {
  const settings: DemoSettings = demoCollector.settings.parse({
    type: 'demo',
    seed: options.seed,
    stories: options.story ?? options.stories,
    records: options.records,
  });
  const start = Date.parse(settings.start);
  const config: Config = {
    ...Config.parse({ lake: { origin: ORIGIN, sealAfter: '1h' } }),
    data: await freshFolder(io, options.data),
  };
  const content = loadContent(config, io.productFolder, io.workingFolder);
  const log = createLogger(options.logLevel);
  const clock = playedClock(start);
  const run = await collectOnce({
    io,
    config,
    content,
    log,
    clock: clock.now,
    source: 'demo',
    settings,
    wrap: clock.follow,
  });
  const wasInterrupted = io.signal.aborted;
  const written = await reportOn(io, config, content, {
    organisation: ORGANISATION,
    generatedAt: clock.now(),
    from: start,
    to: start + DAY_MS,
    name: 'report.html',
  });
  if (wasInterrupted) io.err('plumbline: interrupted; the day was not played to its end\n');
  if (written === undefined) return exitCodes.interrupted.code;
  const found = findStories(settings, written.data.findings);
  writeResult(io, options.output, {
    ...resultOf(written, run, found),
    table: () =>
      summarise({
        heading: `Plumbline demo: ${ORGANISATION}, ${settings.start.slice(0, 10)}, seed "${settings.seed}"`,
        totals: run.totals,
        tookMs: run.tookMs,
        report: written.data,
        reportFile: written.file,
        lakeFolder: foldersIn(options.data).lake,
        verifiedLine: verifiedLine(written.verification),
        hasColour: io.hasColour,
        ...(found.length > 0 ? { stories: storyLines(found) } : {}),
      }),
  });
  if (options.once !== true && !io.signal.aborted) {
    // The played day goes on while it is looked at: to the service, now is when the day ended.
    const servedSince = io.clock();
    await using serving = await serveLake({
      io,
      clock: () => clock.now() + io.clock() - servedSince,
      config,
      content,
      log,
      metrics: run.metrics,
      port: options.port,
      reportHtml: () => Promise.resolve(written.html),
    });
    io.err(`Report: ${serving.url}/report   API token: ${serving.tokenFile}   Ctrl-C ends\n`);
    await untilAborted(io.signal);
  }
  if (!written.verification.ok || failsGate(written.data.findings, options.failOn))
    return exitCodes.gate.code;
  return wasInterrupted ? exitCodes.interrupted.code : exitCodes.ok.code;
}
