import { Command, CommanderError } from 'commander';
import { PipelineError, describeError, errorCodes, formatProblem } from '../lib/errors.ts';
import { commands } from './commands.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { ProblemsError } from './problems.ts';

const exitTable = Object.values(exitCodes)
  .map(({ code, means }) => `  ${code}  ${means}`)
  .join('\n');

/**
 * The command line.
 *
 * @param isWanted which commands are loaded whole; of the others there is the name and what they do. (Default: all)
 */
export async function createProgram(
  io: Io,
  done: (code: number) => void,
  isWanted: (name: string) => boolean = () => true,
): Promise<Command> {
  const program = new Command('plumbline')
    .description(
      'Compliance and security observability for Azure AI estates, with evidence that proves itself.',
    )
    .version(io.productVersion)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showSuggestionAfterError()
    .addHelpText('after', `\nExit codes:\n${exitTable}\n`);
  for (const { name, summary, isHidden = false, load } of commands) {
    const command = program.command(name, { hidden: isHidden }).description(summary);
    if (!isWanted(name)) continue;
    const setUp = await load();
    setUp(command, io, done);
  }
  // Set last, so that what lies below a command keeps the list with options. What the first list would say of them it
  // could only say of commands that are loaded.
  return program.configureHelp({ subcommandTerm: (command) => command.name() });
}

/** Runs one command line. Never throws: what went wrong is on standard error, the answer is the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok.code;
  try {
    const program = await createProgram(
      io,
      (code) => {
        exitCode = code;
      },
      (name) => argv.includes(name),
    );
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError)
      return thrown.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
    if (thrown instanceof ProblemsError) {
      for (const problem of thrown.problems) io.err(`${formatProblem(problem)}\n`);
      io.err(`${thrown.message}\n`);
      return exitCodes.usage.code;
    }
    io.err(`plumbline: ${describeError(thrown)}\n`);
    return thrown instanceof PipelineError ? errorCodes[thrown.code].exit : exitCodes.runtime.code;
  }
}
