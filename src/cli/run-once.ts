import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Collector } from '../collect/collector.ts';
import type { CollectorSettings } from '../collect/registry.ts';
import type { Config } from '../config.ts';
import type { TimeRange } from '../domain/ports.ts';
import type { ReportData } from '../domain/report.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metrics.ts';
import type { PipelineTotals } from '../pipeline.ts';
import { renderReport } from '../publish/report/report.ts';
import type { Content } from './content.ts';
import { openEngine } from './engine.ts';
import { foldersIn } from './folders.ts';
import type { Io } from './io.ts';
import { createProgressLine } from './progress.ts';
import { configuredPayloadKeys } from './payload.ts';
import { openReaders } from './readers.ts';
import { defaultRange, gatherReport } from './report-data.ts';
import { verifyFolder } from './verify.ts';
import type { LakeVerification } from './verify.ts';

export interface RunOnce {
  readonly io: Io;
  readonly config: Config;
  readonly content: Content;
  readonly log: Logger;
  /** The time that evidence is stamped with. */
  readonly clock: Clock;
  readonly source: string;
  readonly settings: CollectorSettings;
  /** Stands between the collector and the pipeline. */
  readonly wrap?: (collector: Collector) => Collector;
}

export interface RunResult {
  readonly totals: Readonly<PipelineTotals>;
  readonly problems: readonly string[];
  readonly tookMs: number;
  readonly metrics: Metrics;
}

/** Collects one bounded source from beginning to end, into sealed evidence. */
export async function collectOnce({
  io,
  config,
  content,
  log,
  clock,
  source,
  settings,
  wrap = (same) => same,
}: RunOnce): Promise<RunResult> {
  const startedAt = performance.now();
  await using engine = await openEngine({ io, config, content, log, clock, isBounded: true });
  const collector = wrap(engine.collectorFor(source, settings));
  const line = createProgressLine(io);
  try {
    await engine.pipeline.run(collector, (records) => line.update(records, collector.progress?.()));
  } finally {
    line.clear();
  }
  return {
    totals: engine.pipeline.totals,
    problems: collector.problems?.() ?? [],
    tookMs: performance.now() - startedAt,
    metrics: engine.metrics,
  };
}

export interface WrittenReport {
  readonly data: ReportData;
  readonly html: string;
  /** Relative to the working folder when it lies below it. */
  readonly file: string;
  readonly verification: LakeVerification;
}

/**
 * Verifies the lake from its files, then writes the report on it; undefined when the lake holds no event.
 *
 * @throws PipelineError USAGE when the window ends before it begins.
 */
export async function reportOn(
  io: Io,
  config: Config,
  content: Content,
  about: {
    readonly organisation: string;
    readonly generatedAt: number;
    readonly from?: number | undefined;
    readonly to?: number | undefined;
    /** How far back the window reaches when `from` is not given. */
    readonly mostMs?: number;
    readonly name: string;
  },
): Promise<WrittenReport | undefined> {
  const folders = foldersIn(config.data);
  using readers = await openReaders(config, content);
  const all = await defaultRange(readers.evidence, about.mostMs);
  if (all === undefined) return undefined;
  const range: TimeRange = { from: about.from ?? all.from, to: about.to ?? all.to };
  if (range.from >= range.to)
    throw new PipelineError(
      'USAGE',
      `${iso(range.from)} to ${iso(range.to)}`,
      `a window has to begin before it ends; the lake holds events from ${iso(all.from)} to ${iso(all.to)}`,
    );
  const payload = await configuredPayloadKeys(io, config);
  const verification = await verifyFolder(folders.lake, { payload });
  const data = await gatherReport(
    { ...readers, content },
    {
      range,
      organisation: about.organisation,
      generatedAt: about.generatedAt,
      productVersion: io.productVersion,
      verified: { at: about.generatedAt, ok: verification.ok, faults: verification.faults.length },
    },
  );
  const html = renderReport(data);
  mkdirSync(folders.reports, { recursive: true });
  const file = join(folders.reports, about.name);
  writeFileSync(file, html);
  const near = relative(io.workingFolder, file);
  return { data, html, file: near.startsWith('..') ? file : near, verification };
}
