import { isoDay } from '../lib/clock.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { exitCodes } from './io.ts';
import { configOption, moment } from './options.ts';
import type { CommandSetUp } from './command.ts';
import { reportOn } from './run-once.ts';
import { verifiedLine } from './verify.ts';

export const report: CommandSetUp = (command, io, done) => {
  command
    .option('--from <time>', 'start of the window (default: the first event, at most 30 days back)', moment)
    .option(
      '--to <time>',
      'end of the window, and the moment of “as known at” (default: the last event)',
      moment,
    )
    .addOption(configOption())
    .action(async (options: { from?: number; to?: number; config?: string }) => {
      const config = configFor(io, options.config);
      const content = loadContent(config, io.productFolder, io.workingFolder);
      const now = io.clock();
      const written = await reportOn(io, config, content, {
        organisation: config.organisation,
        generatedAt: now,
        name: `report-${isoDay(options.to ?? now)}.html`,
        from: options.from,
        to: options.to,
      });
      if (written === undefined) {
        io.err('plumbline: the lake holds no event yet; run `plumbline run` or `plumbline replay` first\n');
        done(exitCodes.degraded.code);
        return;
      }
      io.out(`${written.file}\n`);
      io.err(`${verifiedLine(written.verification)}\n`);
      if (!written.verification.ok) done(exitCodes.gate.code);
    });
};
