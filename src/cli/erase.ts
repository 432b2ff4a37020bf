import { resolve } from 'node:path';
import { loadDataDecisions } from '../assess/data-decisions.ts';
import type { ErasureDecision, LegalHold } from '../domain/retention.ts';
import { holdsOn } from '../domain/retention.ts';
import { DAY_MS } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import type { OrderFacts } from '../proof/maintenance.ts';
import { erase as eraseFrom, planErasure } from '../store/erase/erase.ts';
import type { EraseOptions, Erasure } from '../store/erase/erase.ts';
import { createSubject } from '../store/erase/subject.ts';
import type { Subject } from '../store/erase/subject.ts';
import { vacuum } from '../store/maintain/vacuum.ts';
import type { OwnFile } from '../store/maintain/own-files.ts';
import { pseudonymsOf } from '../store/encryption/pseudonym.ts';
import { counted } from '../verifier/report.ts';
import { configFor } from './configuration.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { ProblemsError } from './problems.ts';
import { payloadReadingOf } from './payload.ts';
import type { CommandSetUp } from './command.ts';
import { forEachWriter, readGiven, readUpkeep } from './upkeep.ts';

interface Options {
  readonly subject: readonly string[];
  readonly decision: string;
  readonly id?: string;
  readonly dryRun?: boolean;
  readonly config?: string;
  readonly output: OutputFormat;
}

function decisionIn(
  text: string,
  file: string,
  id: string | undefined,
): { readonly decision: ErasureDecision; readonly holds: readonly LegalHold[] } {
  const { erasures, holds, problems } = loadDataDecisions(text, file);
  if (problems.length > 0) throw new ProblemsError(problems);
  const decision = id === undefined ? erasures[0] : erasures.find((one) => one.id === id);
  if (decision !== undefined && (id !== undefined || erasures.length === 1)) return { decision, holds };
  const what =
    erasures.length === 0
      ? 'there is no erasure in it; write who asked, who approved and why under `erasures:`'
      : `say which with --id: ${erasures.map((one) => one.id).join(', ')}`;
  throw new PipelineError('USAGE', file, what);
}

function subjectOf(names: readonly string[], texts: readonly string[]): Subject {
  try {
    const subject = createSubject(names);
    // The order is an entry of the log, which nothing is ever taken out of.
    if (!texts.some((text) => subject.isIn(text))) return subject;
  } catch (thrown) {
    throw new PipelineError('USAGE', '--subject', describeError(thrown));
  }
  throw new PipelineError(
    'USAGE',
    '--decision',
    'the decision names the person: id, reason and people in it stay in the evidence log for ever',
  );
}

const total = (erasures: readonly Erasure[], of: (erasure: Erasure) => number): number =>
  erasures.reduce((sum, erasure) => sum + of(erasure), 0);

async function runErase(io: Io, options: Options): Promise<number> {
  const config = configFor(io, options.config);
  const file = resolve(io.workingFolder, options.decision);
  const text = readGiven(file);
  const { decision, holds: ownHolds } = decisionIn(text, options.decision, options.id);
  const { id, reason, requestedBy, approvedBy } = decision;
  const { origins, files: reached } = await readUpkeep(config);
  const payload = await payloadReadingOf(config, reached, io.clock);
  const pseudonyms = pseudonymsOf(await payload.pseudonymKeys(), options.subject);
  const subject = subjectOf([...options.subject, ...pseudonyms], [id, reason, requestedBy, approvedBy]);
  const holds = [...ownHolds, ...holdsIn(config.decisions)];
  const order: OrderFacts = {
    act: 'erase',
    id,
    reason,
    requestedBy,
    approvedBy,
    rules: [],
    basis: sha256Hex(text),
  };
  let held = 0;
  const isHeld = ({ table, day }: OwnFile): boolean => {
    const start = Date.parse(day);
    const isOn = holdsOn(holds, table, start, start + DAY_MS, io.clock()).length > 0;
    if (isOn) held++;
    return isOn;
  };
  const done: Erasure[] = [];
  const about = (origin: string): EraseOptions => ({
    origin,
    order,
    subject,
    isHeld,
    ring: payload.ring,
  });
  if (options.dryRun === true) {
    for (const origin of origins) done.push(await planErasure(reached, about(origin)));
  } else {
    await forEachWriter(io, config, async ({ origin, lake, files }) => {
      done.push(await eraseFrom(lake, files, about(origin)));
      // Files that were put together earlier and wait out their grace would still name the person.
      await vacuum(files, origin, { now: io.clock(), graceMs: 0 });
    });
  }
  const value = {
    decision: id,
    dryRun: options.dryRun === true,
    emptied: total(done, ({ emptied }) => emptied),
    cut: total(done, ({ cut }) => cut),
    rows: total(done, ({ rows }) => rows),
    heldFiles: held,
  };
  writeResult(io, options.output, { value, rows: [value], table: () => reportOf(value) });
  return value.emptied + value.cut + value.rows === 0 ? exitCodes.degraded.code : exitCodes.ok.code;
}

/** Holds of the decisions file in the configuration; they come before any erasure. */
export function holdsIn(file: string | undefined): readonly LegalHold[] {
  if (file === undefined) return [];
  const { holds, problems } = loadDataDecisions(readGiven(file), file);
  if (problems.length > 0) throw new ProblemsError(problems);
  return holds;
}

function reportOf(value: {
  decision: string;
  dryRun: boolean;
  emptied: number;
  cut: number;
  rows: number;
  heldFiles: number;
}): string {
  const verb = value.dryRun ? 'would be' : 'were';
  return [
    `${value.dryRun ? 'Nothing written. Under' : 'Erased under'} decision ${value.decision}:`,
    `  ${counted(value.cut, 'message')} ${verb} cut: the records that name the person gave way to a mark, others stay`,
    `  ${counted(value.emptied, 'message')} ${verb} emptied: every record named the person, or the records cannot be told apart`,
    `  ${counted(value.rows, 'row')} of other tables ${verb} pseudonymised`,
    ...(value.heldFiles > 0
      ? [`  ${counted(value.heldFiles, 'file')} under legal hold left as they are`]
      : []),
    'Not reached by this: reports, alerts already sent, bundles already exported, copies and backups of the lake.',
  ].join('\n');
}

export const erase: CommandSetUp = (command, io, done) => {
  command
    .requiredOption('--subject <name...>', 'how texts name the person: UPN, object id, mail, IP address')
    .requiredOption('--decision <file>', 'YAML file with the decision under `erasures:`')
    .option('--id <id>', 'which decision of the file')
    .option('--dry-run', 'say what would go, and write nothing')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: Options) => done(await runErase(io, options)));
};
