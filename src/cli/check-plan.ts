import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { compareLevels } from '../domain/severity.ts';
import type { Level } from '../domain/severity.ts';
import { readCheckReport } from '../guardrails/read-report.ts';
import type { CheckReport } from '../guardrails/result.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { checkPlanSarif } from './check-plan-sarif.ts';
import { checkPlanText, countOutcomes } from './check-plan-text.ts';
import type { CheckedFile } from './check-plan-text.ts';
import { failsGate } from './gate.ts';
import { exitCodes } from './io.ts';
import { failOnOption } from './options.ts';
import type { CommandSetUp } from './command.ts';

interface Options {
  readonly regions?: string;
  readonly allowDataZones?: true;
  readonly failOn?: Level;
  readonly failOnUnknown?: true;
  readonly format: 'text' | 'json' | 'sarif';
}

export const checkPlan: CommandSetUp = (command, io, done) => {
  command
    .argument(
      '<file...>',
      'plans as `terraform show -json` writes them; results of OPA, Checkov and SARIF are read too',
    )
    .option(
      '--regions <list>',
      'approved regions of Azure and AWS, such as uksouth,eu-west-2; without it residency is unknown',
    )
    .option('--allow-data-zones', 'approve processing anywhere in one data zone or geography (EU, US)')
    .addOption(failOnOption())
    .option('--fail-on-unknown', 'let what the plan cannot say yet count as failed for --fail-on')
    .addOption(
      new Option('--format <format>', 'how results are printed')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  terraform show -json tfplan > plan.json\n  plumbline check-plan plan.json --regions uksouth,eu-west-2 --fail-on high\n',
    )
    .action((files: readonly string[], options: Options) => {
      const policy = {
        regions: (options.regions ?? '').split(',').filter((region) => region.trim() !== ''),
        allowDataZones: options.allowDataZones === true,
      };
      const checked = files.map((file): CheckedFile => {
        const bytes = readInput(resolve(io.workingFolder, file), file);
        return { file, report: sorted(readCheckReport(bytes, file, policy)) };
      });
      io.out(`${print(checked, options.format, io)}\n`);
      const results = checked.flatMap(({ report }) => report.results);
      const counted = results.filter(
        ({ outcome }) => outcome === 'fail' || (options.failOnUnknown === true && outcome === 'unknown'),
      );
      if (failsGate(counted, options.failOn)) done(exitCodes.gate.code);
    });
};

function readInput(path: string, name: string): Buffer {
  try {
    return readFileSync(path);
  } catch (thrown) {
    throw new PipelineError('INPUT_UNREADABLE', name, describeError(thrown), { cause: thrown });
  }
}

const outcomes = ['fail', 'unknown', 'skipped', 'pass'] as const;

/** Failures first, then what is not known; the worst first; then as the plan has them. */
const sorted = (report: CheckReport): CheckReport => ({
  ...report,
  results: report.results.toSorted(
    (a, b) => outcomes.indexOf(a.outcome) - outcomes.indexOf(b.outcome) || compareLevels(b.level, a.level),
  ),
});

function print(
  checked: readonly CheckedFile[],
  format: Options['format'],
  io: { readonly productVersion: string; readonly hasColour: boolean; readonly columns: number },
): string {
  switch (format) {
    case 'text':
      return checkPlanText(checked, io);
    case 'json':
      return JSON.stringify({ files: checked.map(plain) }, undefined, 2);
    case 'sarif':
      return JSON.stringify(checkPlanSarif(checked, io.productVersion), undefined, 2);
  }
}

const plain = ({ file, report: { tool, aiResources, results } }: CheckedFile) => ({
  file,
  tool,
  ...(aiResources === undefined ? {} : { aiResources }),
  counts: countOutcomes(results),
  results,
});
