import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { tableNames } from '../domain/tables.ts';
import { endOf, holdsOn, longestFor, parsePeriod, periodText } from '../domain/retention.ts';
import type { LegalHold, Period, RetentionRule } from '../domain/retention.ts';
import { DAY_MS, isoDay } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import { sha256Hex } from '../lib/hash.ts';
import { RETENTION_FILE } from '../map/read-folder.ts';
import { loadRetention } from '../map/retention.ts';
import { eventClasses } from '../normalise/registry.ts';
import type { OrderFacts } from '../proof/maintenance.ts';
import { vacuum } from '../store/maintain/vacuum.ts';
import { planRetention, retain } from '../store/retain.ts';
import type { RetainOptions, Retention } from '../store/retain.ts';
import { counted } from '../verifier/report.ts';
import { configFor } from './configuration.ts';
import { holdsIn } from './erase.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption, someText } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import { ProblemsError } from './problems.ts';
import type { AddCommand } from './program.ts';
import { columns } from './text.ts';
import { forEachWriter, readGiven, readUpkeep } from './upkeep.ts';

interface Options {
  readonly config?: string;
  readonly output: OutputFormat;
  readonly by?: string;
  readonly approvedBy?: string;
}

/** How long one thing is kept. */
interface Term {
  readonly thing: string;
  /** Undefined: for ever. */
  readonly period: Period | undefined;
  readonly because: readonly string[];
}

const things = [...eventClasses.map(({ id }) => id), ...tableNames.filter((name) => name !== 'events')];

/** The rules that count: those of the frameworks in question, and the organisation's own. */
function rulesFor(io: Io, config: Config): readonly RetentionRule[] {
  const own = join(config.mappings ?? join(io.productFolder, 'mappings'), RETENTION_FILE);
  const file = existsSync(own) ? own : join(io.productFolder, 'mappings', RETENTION_FILE);
  const { rules, problems } = loadRetention(readGiven(file), file);
  if (problems.length > 0) throw new ProblemsError(problems);
  const { frameworks, keep } = config.retention;
  const unknown = frameworks?.find((id) => rules.every(({ framework }) => framework !== id));
  if (unknown !== undefined)
    throw new PipelineError(
      'CONFIG_INVALID',
      'retention.frameworks',
      `${file} has no rule of ${unknown}; it has ${[...new Set(rules.map(({ framework }) => framework))].join(', ')}`,
    );
  return [
    ...rules.filter(({ framework }) => frameworks?.includes(framework) !== false),
    ...Object.entries(keep).map(([thing, text]) => ({
      id: `own-${thing}`,
      framework: 'own',
      covers: [thing],
      atLeast: parsePeriod(text),
      readable: undefined,
      source: 'retention.keep of the configuration',
    })),
  ];
}

function termsOf(rules: readonly RetentionRule[], atMost: string | undefined): Term[] {
  const limit = atMost === undefined ? undefined : parsePeriod(atMost);
  return things.map((thing) => {
    const kept = longestFor(rules, thing);
    if (kept !== undefined) return { thing, period: kept.period, because: kept.rules };
    return { thing, period: limit, because: limit === undefined ? [] : ['retention.atMost'] };
  });
}

function isPastBy(terms: readonly Term[], holds: readonly LegalHold[], now: number): RetainOptions['isPast'] {
  const periods = new Map(terms.map(({ thing, period }) => [thing, period]));
  return (thing, day) => {
    // A class that this version does not know is kept: nobody has said how long.
    const period = periods.get(thing);
    const start = Date.parse(day);
    const end = start + DAY_MS;
    return (
      period !== undefined && endOf(end, period) <= now && holdsOn(holds, thing, start, end, now).length === 0
    );
  };
}

const termText = ({ thing, period, because }: Term): string =>
  `${thing}: ${period === undefined ? 'for ever' : periodText(period)}${because.length === 0 ? '' : ` (${because.join(', ')})`}`;

async function run(io: Io, options: Options, isApplied: boolean): Promise<number> {
  const config = configFor(io, options.config);
  const now = io.clock();
  const terms = termsOf(rulesFor(io, config), config.retention.atMost);
  const holds = holdsIn(config.decisions);
  const rules = terms.map(termText);
  const order: OrderFacts = {
    act: 'retain',
    id: `retention-${isoDay(now)}`,
    reason: 'The periods of retention are over, and no legal hold is on it.',
    requestedBy: options.by ?? '',
    approvedBy: options.approvedBy ?? options.by ?? '',
    rules,
    basis: sha256Hex(JSON.stringify({ rules, holds })),
  };
  const about = (origin: string): RetainOptions => ({
    origin,
    order,
    things,
    isPast: isPastBy(terms, holds, now),
  });
  const done: Retention[] = [];
  if (isApplied) {
    await forEachWriter(io, config, async ({ origin, lake, files }) => {
      done.push(await retain(lake, files, about(origin)));
      await vacuum(files, origin, { now, graceMs: config.retention.grace });
    });
  } else {
    const { origins, files } = await readUpkeep(config);
    for (const origin of origins) done.push(await planRetention(files, about(origin)));
  }
  const bodies = done.reduce((sum, one) => sum + one.bodies, 0);
  const rows = Object.fromEntries(
    tableNames.map((table) => [table, done.reduce((sum, one) => sum + (one.rows[table] ?? 0), 0)]),
  );
  const value = { applied: isApplied, terms, holds: holds.map(({ id }) => id), bodies, rows };
  writeResult(io, options.output, {
    value,
    rows: terms,
    table: () =>
      [
        ...columns(
          terms.map(({ thing, period, because }) => [
            thing,
            period === undefined ? 'for ever' : periodText(period),
            because.join(', '),
          ]),
        ),
        counted(holds.length, 'legal hold'),
        `${isApplied ? 'Deleted' : 'Past their time'}: bodies of ${counted(bodies, 'message')}, ${
          tableNames
            .filter((table) => (rows[table] ?? 0) > 0)
            .map((table) => `${rows[table]} of ${table}`)
            .join(', ') || 'no rows'
        }`,
        ...(isApplied ? [] : ['Nothing was written; `plumbline retention apply --by <name>` deletes it.']),
      ].join('\n'),
  });
  return exitCodes.ok.code;
}

export const retention: AddCommand = (program, io, done) => {
  const group = program
    .command('retention')
    .description('Say what is past its time by the longest period that covers it, and delete that.')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err });
  group
    .command('plan')
    .description('Show periods, holds, and what would be deleted now; writes nothing.')
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: Options) => done(await run(io, options, false)));
  group
    .command('apply')
    .description(
      'Delete what is past its time. Digests, leaves and proofs stay; the log says who, why and by which rule.',
    )
    .requiredOption('--by <name>', 'who deletes; goes into the evidence log', someText)
    .option('--approved-by <name>', 'who approved it', someText)
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: Options) => done(await run(io, options, true)));
};
