import { Option } from 'commander';
import { attackCoverage } from '../detect/coverage.ts';
import type { AttackCoverage } from '../detect/coverage.ts';
import { navigatorLayer } from '../detect/coverage-navigator.ts';
import { atlasBase, attackBase } from '../detect/coverage-techniques.ts';
import type { Detection } from '../domain/detection.ts';
import { iso } from '../lib/clock.ts';
import { controlsByFramework, coverageOf } from '../map/coverage.ts';
import type { FrameworkCoverage } from '../map/coverage.ts';
import { configFor } from './configuration.ts';
import { loadContent } from './content.ts';
import { lookIntoLake } from './coverage-lake.ts';
import type { LakeSight } from './coverage-lake.ts';
import { coverageText } from './coverage-text.ts';
import { exitCodes } from './io.ts';
import type { Io } from './io.ts';
import { configOption, moment } from './options.ts';
import type { CommandSetUp } from './command.ts';

interface CoverageOptions {
  readonly from?: number;
  readonly failOnBlind?: boolean;
  readonly config?: string;
  readonly output: 'table' | 'json' | 'navigator';
}

/** The controls that a rule's findings bear on. */
export interface RuleControls {
  readonly rule: string;
  readonly level: Detection['level'];
  readonly observes: Detection['observes'];
  readonly assertion: string;
  /** Control ids by framework id. */
  readonly controls: Readonly<Record<string, readonly string[]>>;
}

/** What the rules reach on paper, and which of them can see nothing in this lake. */
export interface RuleCoverage {
  readonly rules: readonly RuleControls[];
  readonly frameworks: readonly FrameworkCoverage[];
  readonly attack: AttackCoverage;
  /** Undefined when the lake holds no event yet. */
  readonly lake: LakeSight | undefined;
  /** The lake's folder, as configured. */
  readonly data: string;
}

export const coverage: CommandSetUp = (command, io, done) => {
  command
    .option('--from <time>', 'leave events before this out of account (default: the first event)', moment)
    .option('--fail-on-blind', 'exit with 1 when a rule can find nothing in what has arrived')
    .addOption(configOption())
    .addOption(
      new Option(
        '-o, --output <format>',
        'how results are printed; navigator: a layer of the ATT&CK Navigator',
      )
        .choices(['table', 'json', 'navigator'])
        .default('table'),
    )
    .action(async (options: CoverageOptions) => done(await runCoverage(io, options)));
};

async function runCoverage(io: Io, options: CoverageOptions): Promise<number> {
  const config = configFor(io, options.config);
  const content = loadContent(config, io.productFolder, io.workingFolder);
  const { loaded, correlations, frameworks } = content;
  const detections = [...loaded, ...correlations.items].map(({ detection }) => detection);
  const lake = await lookIntoLake(config, { loaded, correlations }, options.from ?? 0);
  const blind = new Set(lake?.blind.map(({ rule }) => rule));
  const found: RuleCoverage = {
    rules: detections.map(({ name, level, observes, assertion }) => ({
      rule: name,
      level,
      observes,
      assertion,
      controls: controlsByFramework(frameworks, assertion),
    })),
    frameworks: coverageOf(content, detections).frameworks,
    attack: attackCoverage(detections, (rule) => blind.has(rule)),
    lake,
    data: config.data,
  };
  switch (options.output) {
    case 'table':
      io.out(`${coverageText(found)}\n`);
      break;
    case 'json':
      io.out(`${JSON.stringify(plain(found), null, 2)}\n`);
      break;
    case 'navigator':
      io.out(`${JSON.stringify(navigatorLayer(found.attack, aboutLayer(found)), null, 2)}\n`);
  }
  return blind.size > 0 && options.failOnBlind === true ? exitCodes.gate.code : exitCodes.ok.code;
}

const plain = ({ lake, attack, data, ...rest }: RuleCoverage) => ({
  knowledge: { attack: attackBase, atlas: atlasBase },
  ...attack,
  ...rest,
  lake: lake && {
    data,
    first: iso(lake.first),
    last: iso(lake.last),
    receivedSince: iso(lake.receivedSince),
    messages: lake.messages,
    events: lake.events,
  },
  blind: lake?.blind.map((rule) =>
    rule.why === 'no_fields'
      ? {
          ...rule,
          arrived: { ...rule.arrived, first: iso(rule.arrived.first), last: iso(rule.arrived.last) },
        }
      : rule,
  ),
});

const aboutLayer = ({ lake, rules }: RuleCoverage): Readonly<Record<string, string>> => ({
  rules: String(rules.length),
  'looking since': lake === undefined ? 'no event has arrived yet' : iso(lake.receivedSince),
  ...(lake === undefined ? {} : { 'as known at': iso(lake.last), 'blind rules': String(lake.blind.length) }),
});
