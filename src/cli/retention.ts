import { tableNames } from '../domain/tables.ts';
import { periodText } from '../domain/retention.ts';
import { vacuum } from '../store/maintain/vacuum.ts';
import { planRetention, retain } from '../store/retain.ts';
import type { Retention } from '../store/retain.ts';
import { counted } from '../verifier/report.ts';
import { configFor } from './configuration.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption, someText } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { readTerms, retentionNow } from './retention-terms.ts';
import { columns } from './text.ts';
import { forEachWriter, readUpkeep } from './upkeep.ts';

interface Options {
  readonly config?: string;
  readonly output: OutputFormat;
  readonly by?: string;
  readonly approvedBy?: string;
}

async function run(io: Io, options: Options, isApplied: boolean): Promise<number> {
  const config = configFor(io, options.config);
  const now = io.clock();
  const { by = '', approvedBy = by } = options;
  const { terms, holds, about } = retentionNow(readTerms(io, config), config, now, { by, approvedBy });
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

export const retention: CommandSetUp = (group, io, done) => {
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
