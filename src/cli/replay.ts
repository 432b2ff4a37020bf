import { relative, resolve } from 'node:path';
import { files } from '../collect/files.ts';
import type { Level } from '../domain/severity.ts';
import { createLogger } from '../lib/log.ts';
import type { LogLevel } from '../lib/log.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { foldersIn } from './folders.ts';
import { failsGate } from './gate.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, failOnOption, logLevelOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { resultOf } from './result.ts';
import { collectOnce, reportOn } from './run-once.ts';
import { summarise } from './summary.ts';
import { verifiedLine } from './verify.ts';

interface ReplayOptions {
  readonly config?: string;
  readonly output: OutputFormat;
  readonly failOn?: Level;
  readonly logLevel: LogLevel;
}

export const replay: CommandSetUp = (command, io, done) => {
  command
    .argument('<path...>', 'files or folders; - reads standard input')
    .addOption(configOption())
    .addOption(outputOption())
    .addOption(failOnOption())
    .addOption(logLevelOption())
    .action(async (paths: string[], options: ReplayOptions) => done(await runReplay(io, paths, options)));
};

async function runReplay(io: Io, paths: readonly string[], options: ReplayOptions): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  const settings = files.settings.parse({
    type: 'files',
    paths: paths.map((path) => (path === '-' ? path : resolve(io.workingFolder, path))),
  });
  const run = await collectOnce({
    io,
    config,
    content,
    log: createLogger(options.logLevel),
    clock: io.clock,
    source: 'replay',
    settings,
  });
  const wasInterrupted = io.signal.aborted;
  for (const problem of run.problems) io.err(`plumbline: ${problem}\n`);
  if (wasInterrupted) io.err('plumbline: interrupted; the same command goes on from here\n');
  const now = io.clock();
  const written = await reportOn(io, config, content, {
    organisation: config.organisation,
    generatedAt: now,
    name: 'replay.html',
    mostMs: Number.POSITIVE_INFINITY,
  });
  if (written === undefined) {
    io.err('plumbline: nothing that could be read; the lake holds no event\n');
    return wasInterrupted ? exitCodes.interrupted.code : exitCodes.degraded.code;
  }
  writeResult(io, options.output, {
    ...resultOf(written, run),
    table: () =>
      summarise({
        heading: `Plumbline replay: ${paths.join(', ')}`,
        totals: run.totals,
        tookMs: run.tookMs,
        report: written.data,
        reportFile: written.file,
        lakeFolder: relative(io.workingFolder, foldersIn(config.data).lake),
        verifiedLine: verifiedLine(written.verification),
        hasColour: io.hasColour,
      }),
  });
  if (!written.verification.ok || failsGate(written.data.findings, options.failOn))
    return exitCodes.gate.code;
  if (wasInterrupted) return exitCodes.interrupted.code;
  return run.problems.length > 0 || run.totals.undelivered > 0 ? exitCodes.degraded.code : exitCodes.ok.code;
}
