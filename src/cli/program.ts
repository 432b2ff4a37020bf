import { Command, CommanderError } from 'commander';
import { PipelineError, describeError, errorCodes, formatProblem } from '../lib/errors.ts';
import { backtest } from './backtest.ts';
import { checkPlan } from './check-plan.ts';
import { compact } from './compact.ts';
import { components } from './components.ts';
import { coverage } from './coverage.ts';
import { deadLetter } from './dead-letter.ts';
import { demo } from './demo.ts';
import { doctor } from './doctor.ts';
import { erase } from './erase.ts';
import { evidence } from './evidence.ts';
import { explain } from './explain.ts';
import { generate } from './generate.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { keys } from './keys.ts';
import { ProblemsError } from './problems.ts';
import { publish } from './publish.ts';
import { query } from './query.ts';
import { replay } from './replay.ts';
import { report } from './report.ts';
import { retention } from './retention.ts';
import { run } from './run.ts';
import { schema } from './schema.ts';
import { tap } from './tap.ts';
import { test } from './test.ts';
import { top } from './top.ts';
import { validate } from './validate.ts';
import { verify } from './verify.ts';

/** Adds one command to the program; its action answers with the exit code. */
export type AddCommand = (program: Command, io: Io, done: (code: number) => void) => void;

const commands: readonly AddCommand[] = [
  demo,
  run,
  replay,
  deadLetter,
  validate,
  schema,
  test,
  backtest,
  checkPlan,
  coverage,
  verify,
  report,
  evidence,
  compact,
  retention,
  erase,
  query,
  explain,
  publish,
  keys,
  components,
  doctor,
  top,
  tap,
  generate,
];

const exitTable = Object.values(exitCodes)
  .map(({ code, means }) => `  ${code}  ${means}`)
  .join('\n');

export function createProgram(io: Io, done: (code: number) => void): Command {
  const program = new Command('plumbline')
    .description(
      'Compliance and security observability for Azure AI estates, with evidence that proves itself.',
    )
    .version(io.productVersion)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showSuggestionAfterError()
    .addHelpText('after', `\nExit codes:\n${exitTable}\n`);
  for (const add of commands) add(program, io, done);
  return program;
}

/** Runs one command line. Never throws: what went wrong is on standard error, the answer is the exit code. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok.code;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
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
