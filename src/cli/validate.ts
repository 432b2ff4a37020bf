import { loadConfig } from '../config.ts';
import { formatProblem } from '../lib/errors.ts';
import { readContent } from './content.ts';
import { exitCodes } from './io.ts';
import { configOption, outputOption } from './options.ts';
import { writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { count } from './text.ts';

export const validate: CommandSetUp = (command, io, done) => {
  command
    .argument('[config]', 'configuration file (YAML)')
    .addOption(configOption())
    .addOption(outputOption())
    .action((file: string | undefined, options: { config?: string; output: OutputFormat }) => {
      const loaded = loadConfig(file ?? options.config, io.env, io.workingFolder);
      const read = readContent(loaded.content, io.productFolder, io.workingFolder);
      const problems = [...loaded.problems, ...read.problems];
      writeResult(io, options.output, {
        value: { problems },
        rows: problems,
        table: () =>
          problems.length > 0
            ? [
                ...problems.map(formatProblem),
                `${problems.length} problem${problems.length === 1 ? '' : 's'}`,
              ].join('\n')
            : `No problems: ${count(read.content?.detections.length ?? 0)} detections, ${count(read.content?.assertions.length ?? 0)} assertions, ${count(read.content?.frameworks.length ?? 0)} frameworks.`,
      });
      if (problems.length > 0) done(exitCodes.usage.code);
    });
};
