import { statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { Finding } from '../domain/finding.ts';
import type { EvidenceReader, TimeRange } from '../domain/ports.ts';
import { iso } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { createSealedCaptures } from '../store/captures-since.ts';
import { differencesOf, loadPack, readBack } from './backtest-run.ts';
import type { FoundMatch, RuleDifference, RulePack } from './backtest-run.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, moment, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { ProblemsError } from './problems.ts';
import type { CommandSetUp } from './command.ts';
import { openReaders, openSealed } from './readers.ts';
import { defaultRange } from './report-data.ts';
import { columns, count } from './text.ts';

interface BacktestOptions {
  readonly from?: number;
  readonly to?: number;
  readonly against?: string;
  readonly failOnDifference?: boolean;
  readonly config?: string;
  readonly output: OutputFormat;
}

export const backtest: CommandSetUp = (command, io, done) => {
  command
    .argument('<path>', 'a folder of Sigma rules, or one rule')
    .option('--from <time>', 'start of the window, by event time (default: the first event)', moment)
    .option('--to <time>', 'end of the window (default: after the last event)', moment)
    .option('--against <path>', 'compare with these rules (default: the findings in the lake)')
    .option('--fail-on-difference', 'exit with 1 when anything is found by one side alone')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (path: string, options: BacktestOptions) => done(await runBacktest(io, path, options)));
};

async function runBacktest(io: Io, given: string, options: BacktestOptions): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  using readers = await openReaders(config, content);
  const all = await defaultRange(readers.evidence, Number.POSITIVE_INFINITY);
  if (all === undefined)
    throw new PipelineError(
      'USAGE',
      config.data,
      'the lake holds no event yet; run or replay something first',
    );
  const range = { from: options.from ?? all.from, to: options.to ?? all.to };
  const { lateness } = config.correlations;
  const pack = packAt(io, given, range, lateness);
  const other = options.against === undefined ? undefined : packAt(io, options.against, range, lateness);
  const { queries } = await openSealed(config);
  try {
    const packs = [pack, other].filter((some) => some !== undefined);
    const messages = await readBack(createSealedCaptures(queries), packs, range);
    const before = other === undefined ? await foundThen(readers.evidence, range) : other.finish();
    const names = [...new Set([...pack.names, ...(other?.names ?? [])])].toSorted();
    const rules = differencesOf(names, before, pack.finish());
    const value = { range: { from: iso(range.from), to: iso(range.to) }, messages, rules };
    writeResult(io, options.output, {
      value,
      rows: rules,
      table: () => textOf(rules, messages, range, options.against ?? 'the lake'),
    });
    const differs = rules.some(({ onlyBefore, onlyNow }) => onlyBefore.length + onlyNow.length > 0);
    return differs && options.failOnDifference === true ? exitCodes.gate.code : exitCodes.ok.code;
  } finally {
    queries.close();
  }
}

/** @throws ProblemsError with everything wrong in the rules. */
function packAt(io: Io, given: string, range: TimeRange, lateness: number): RulePack {
  const path = resolve(io.workingFolder, given);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined)
    throw new PipelineError('INPUT_UNREADABLE', path, 'there is no such file or folder');
  const folder = stat.isDirectory() ? path : dirname(path);
  const only = stat.isDirectory() ? undefined : (file: string) => file === relative(folder, path);
  const { pack, problems } = loadPack(folder, range, lateness, only);
  const own = only === undefined ? problems : problems.filter(({ file }) => only(file));
  if (own.length > 0) throw new ProblemsError(own);
  if (pack.names.size === 0)
    throw new PipelineError('INPUT_UNREADABLE', path, 'there is no Sigma rule (*.yml) in it');
  return pack;
}

const MOST_FINDINGS = 10_000_000;

async function foundThen(
  evidence: EvidenceReader,
  range: TimeRange,
): Promise<ReadonlyMap<string, readonly FoundMatch[]>> {
  const found = new Map<string, Finding[]>();
  for (const finding of await evidence.findings({ ...range, limit: MOST_FINDINGS, offset: 0 })) {
    const list = found.get(finding.detectionName);
    if (list === undefined) found.set(finding.detectionName, [finding]);
    else list.push(finding);
  }
  return found;
}

/** Findings shown of each side of a rule; the JSON output has all. */
const mostShown = 5;

function textOf(
  rules: readonly RuleDifference[],
  messages: number,
  range: TimeRange,
  against: string,
): string {
  const changed = rules.filter(({ onlyBefore, onlyNow }) => onlyBefore.length + onlyNow.length > 0);
  const sum = (of: (rule: RuleDifference) => number): string =>
    count(rules.reduce((total, rule) => total + of(rule), 0));
  const list = (sign: string, findings: readonly FoundMatch[]): readonly (readonly string[])[] => [
    ...findings
      .slice(0, mostShown)
      .map(({ time, resourceId, eventId }) => [`  ${sign}`, iso(time), eventId, resourceId ?? '']),
    ...(findings.length > mostShown ? [[`  ${sign}`, `and ${count(findings.length - mostShown)} more`]] : []),
  ];
  return [
    ...changed.flatMap(({ rule, same, onlyBefore, onlyNow }) => [
      `${rule}: ${count(same)} the same, ${count(onlyNow.length)} new, ${count(onlyBefore.length)} gone`,
      ...columns([...list('+', onlyNow), ...list('-', onlyBefore)]),
    ]),
    `${count(rules.length)} rules on ${count(messages)} messages, ${iso(range.from)} to ${iso(range.to)}, against ${against}:`,
    `${sum(({ same }) => same)} findings the same, ${sum(({ onlyNow }) => onlyNow.length)} new (+), ${sum(({ onlyBefore }) => onlyBefore.length)} gone (-).`,
  ].join('\n');
}
