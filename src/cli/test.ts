import { InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import type { Mutant } from '../detect/mutate/mutant.ts';
import { formatProblem } from '../lib/errors.ts';
import type { Problem } from '../lib/errors.ts';
import { configFor } from './configuration.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { junitOf } from './junit.ts';
import { configOption } from './options.ts';
import { outputFormats, writeResult } from './output.ts';
import type { OutputFormat } from './output.ts';
import type { CommandSetUp } from './command.ts';
import { ProblemsError } from './problems.ts';
import { folderOf, testRules, testsOf } from './rule-tests.ts';
import type { RuleResult } from './rule-tests.ts';
import { columns, count } from './text.ts';

interface TestOptions {
  readonly tests?: string;
  readonly mutate?: boolean;
  readonly minScore?: number;
  readonly config?: string;
  readonly output: OutputFormat | 'junit';
}

export const test: CommandSetUp = (command, io, done) => {
  command
    .argument('[path]', 'a folder of Sigma rules, or one rule (default: the detections of the configuration)')
    .option('--tests <folder>', 'where the events are (default: <path>/tests, or test/<its name> beside it)')
    .option('--mutate', 'plant every fault there is into each rule, one at a time: some event has to notice')
    .option(
      '--min-score <share>',
      'with --mutate: exit with 1 when a smaller share is noticed, 0 to 1',
      share,
    )
    .addOption(configOption())
    .addOption(
      new Option('-o, --output <format>', 'how results are printed')
        .choices([...outputFormats, 'junit'])
        .default('table'),
    )
    .action((path: string | undefined, options: TestOptions) => done(runTests(io, path, options)));
};

function share(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('a number from 0 to 1 is needed');
  return value;
}

function runTests(io: Io, given: string | undefined, options: TestOptions): number {
  const shipped = (): string =>
    configFor(io, options.config).detections ?? resolve(io.productFolder, 'detections');
  const path = given === undefined ? shipped() : resolve(io.workingFolder, given);
  const rules = folderOf(path);
  const tests = testsOf(rules, options.tests && resolve(io.workingFolder, options.tests));
  const isMutated = options.mutate === true || options.minScore !== undefined;
  const { results, problems } = testRules(path, { rules, tests }, isMutated);
  if (problems.length > 0) throw new ProblemsError(problems);
  const summary = summaryOf(results, isMutated);
  if (options.output === 'junit') io.out(`${junitOf(results)}\n`);
  else
    writeResult(io, options.output, {
      value: { ...summary, rules: results.map(plainResult) },
      rows: results.map(plainResult),
      table: () => textOf(results, summary),
    });
  const isGood = summary.failed === 0 && summary.problems === 0;
  const isSharp = summary.mutationScore === undefined || summary.mutationScore >= (options.minScore ?? 0);
  return isGood && isSharp ? exitCodes.ok.code : exitCodes.gate.code;
}

interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly problems: number;
  readonly killed?: number;
  readonly survived?: number;
  readonly equivalent?: number;
  /** Share of the mutants that an event noticed, of those that one could notice. */
  readonly mutationScore?: number | undefined;
  readonly survivors?: readonly unknown[];
}

function summaryOf(results: readonly RuleResult[], isMutated: boolean): Summary {
  const cases = results.flatMap((result) => result.cases);
  const failed = cases.filter(({ fault }) => fault !== undefined).length;
  const plain = {
    passed: cases.length - failed,
    failed,
    problems: results.reduce((sum, { problems }) => sum + problems.length, 0),
  };
  if (!isMutated) return plain;
  const all = results.flatMap((result) => result.mutations ?? []);
  const killed = all.reduce((sum, mutation) => sum + mutation.killed, 0);
  const survived = all.reduce((sum, { survivors }) => sum + survivors.length, 0);
  return {
    ...plain,
    killed,
    survived,
    equivalent: all.reduce((sum, { equivalent }) => sum + equivalent.length, 0),
    mutationScore: killed + survived === 0 ? undefined : killed / (killed + survived),
    survivors: results.flatMap(({ rule, file, mutations }) =>
      (mutations?.survivors ?? []).map((mutant) => ({ rule, file, ...plainMutant(mutant) })),
    ),
  };
}

const plainMutant = ({ operator, at, before, after, equivalence }: Omit<Mutant, 'rule'>) => ({
  operator,
  ...at,
  before,
  after,
  ...(equivalence === undefined ? {} : { equivalence }),
});

const plainResult = ({ mutations, ...result }: RuleResult) => ({
  ...result,
  ...(mutations === undefined
    ? {}
    : {
        killed: mutations.killed,
        survivors: mutations.survivors.map(plainMutant),
        equivalent: mutations.equivalent.map(plainMutant),
      }),
});

function textOf(results: readonly RuleResult[], summary: Summary): string {
  const faults = results.flatMap(({ file, cases }) =>
    cases.flatMap(({ name, fault }) =>
      fault === undefined ? [] : `✕ ${file}: ${name}\n${fault.replaceAll(/^/gm, '    ')}`,
    ),
  );
  const problems: readonly Problem[] = results.flatMap((result) => result.problems);
  return [
    ...faults,
    ...problems.map(formatProblem),
    ...survivorsText(results),
    `${count(results.length)} rules, ${count(summary.passed + summary.failed)} events: ${count(summary.passed)} as expected, ${count(summary.failed)} not${summary.problems === 0 ? '' : `, ${count(summary.problems)} problems`}.`,
    ...scoreText(summary),
  ].join('\n');
}

const survivorsText = (results: readonly RuleResult[]): string[] =>
  results.flatMap(({ file, mutations }) =>
    mutations === undefined || mutations.survivors.length === 0
      ? []
      : [
          `${file}: no event notices`,
          ...columns(
            mutations.survivors.map(({ operator, at, before, after }) => [
              `  ${at.line}:${at.column}`,
              operator,
              `${before}  ->  ${after}`,
            ]),
          ),
        ],
  );

function scoreText({ killed = 0, survived = 0, equivalent = 0, mutationScore }: Summary): string[] {
  if (mutationScore === undefined) return [];
  return [
    `${count(killed + survived)} faults planted: ${count(killed)} noticed, ${count(survived)} not; ${count(equivalent)} more make no difference. Score ${(mutationScore * 100).toFixed(1)} %.`,
  ];
}
