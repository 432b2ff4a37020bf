import { compact as compactLake } from '../store/compact.ts';
import { vacuum } from '../store/maintain/vacuum.ts';
import { counted } from '../verifier/report.ts';
import { configFor } from './configuration.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { forEachWriter } from './upkeep.ts';

interface Compacted {
  readonly writer: string;
  /** Files put together, what came of them, and files of earlier runs that were removed. */
  readonly files: number;
  readonly into: number;
  readonly removed: number;
}

async function runCompact(
  io: Io,
  options: { readonly config?: string; readonly output: OutputFormat },
): Promise<number> {
  const config = configFor(io, options.config);
  const done: Compacted[] = [];
  await forEachWriter(io, config, async ({ writer, origin, lake, files }) => {
    const now = io.clock();
    const compaction = await compactLake(lake, files, { origin, now });
    const removed = await vacuum(files, origin, { now, graceMs: config.retention.grace });
    done.push({ writer, files: compaction.files, into: compaction.into, removed });
  });
  const line = ({ writer, files, into, removed }: Compacted): string =>
    `${writer}: ${counted(files, 'file')} put together in ${into}, ${counted(removed, 'old file')} removed`;
  writeResult(io, options.output, { value: done, rows: done, table: () => done.map(line).join('\n') });
  return exitCodes.ok.code;
}

export const compact: CommandSetUp = (command, io, done) => {
  command
    .addOption(configOption())
    .addOption(outputOption())
    .action(async (options: { config?: string; output: OutputFormat }) =>
      done(await runCompact(io, options)),
    );
};
