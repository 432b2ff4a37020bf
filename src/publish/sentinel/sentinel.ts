import { stringify } from 'yaml';
import type { Detection } from '../../domain/detection.ts';
import { formatProblem, PipelineError } from '../../lib/errors.ts';
import type { Problem } from '../../lib/errors.ts';
import type { PublishedFile, Publisher, PublishInput } from '../publisher.ts';
import { readRule } from '../read-rule.ts';
import { armTemplate } from './arm.ts';
import { limitFaults, setFaults } from './limits.ts';
import { correlatedRules } from './correlations.ts';
import { analyticsRule } from './rule.ts';
import type { MadeRule } from './rule.ts';
import type { AnalyticsRule } from './template.ts';

/** One analytics rule a detection, as template YAML and all together as one ARM template. */
export const sentinel: Publisher = {
  type: 'sentinel',
  summary: 'Microsoft Sentinel analytics rules, compiled from the detections to KQL.',
  folder: 'out/sentinel',
  isCommitted: false,
  generate: async (input) => sentinelFiles(input),
};

/**
 * Rules for what can be said, and `coverage.md` that names every detection: a rule that is missing in Sentinel without
 * a word would be a gap that nobody sees.
 *
 * @throws PipelineError CONFIG_INVALID for what no single detection can be blamed for: an id used twice, too many rules.
 */
export function sentinelFiles(input: PublishInput): readonly PublishedFile[] {
  const { detections, correlations = [] } = input;
  const correlated = correlatedRules(correlations, input);
  const made = [...detections, ...correlations]
    .filter(({ observes }) => observes === 'fail')
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map((detection) => limited(detection, correlated.get(detection) ?? ruleFor(detection, input)));
  const rules = made.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  const faults = setFaults(rules);
  if (faults.length > 0) throw new PipelineError('CONFIG_INVALID', 'publish sentinel', faults.join('; '));
  return [
    ...made.flatMap(({ detection, rule }) =>
      rule === undefined ? [] : [{ path: `rules/${detection.name}.yaml`, text: yamlOf(rule, detection) }],
    ),
    { path: 'sentinel-rules.arm.json', text: `${JSON.stringify(armTemplate(rules), undefined, 2)}\n` },
    { path: 'coverage.md', text: coverage(made) },
  ];
}

interface Made {
  readonly detection: Detection;
  readonly rule: AnalyticsRule | undefined;
  readonly caveats: readonly string[];
  readonly textCaveats: readonly string[];
  readonly problems: readonly Problem[];
}

function ruleFor(detection: Detection, input: PublishInput): MadeRule {
  const { rule, problems } = readRule(input, detection.file);
  return rule === undefined ? { problems } : analyticsRule(detection, rule);
}

/** A rule that Sentinel would refuse goes to the list of refused ones. */
function limited(detection: Detection, result: MadeRule): Made {
  if (result.problems !== undefined)
    return { detection, rule: undefined, caveats: [], textCaveats: [], problems: result.problems };
  const faults = limitFaults(result.rule);
  if (faults.length === 0) return { ...result, detection, problems: [] };
  const { file } = detection;
  const problems = faults.map((what) => ({
    file,
    line: 1,
    column: 1,
    what,
    fix: 'Sentinel would refuse it',
  }));
  return { detection, rule: undefined, caveats: [], textCaveats: [], problems };
}

function coverage(made: readonly Made[]): string {
  const compiled = made.filter(({ rule }) => rule !== undefined).length;
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
  const rows = made.map(({ detection, rule, caveats, problems }) => {
    const state =
      rule === undefined ? 'refused' : caveats.length === 0 ? 'same as the rule' : 'with a difference';
    const words = rule === undefined ? problems.map(formatProblem) : caveats;
    return `| ${detection.name} | ${detection.level} | ${state} | ${cell(words.join('; '))} |`;
  });
  return [
    '# Detections in Microsoft Sentinel',
    '',
    `${compiled} of ${made.length} detections compile to an analytics rule. Generated; change the detections.`,
    '',
    ...general(made),
    '| detection | level | query | difference, or why it was refused |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** What most queries have in common, told once; each query says in a comment which of it applies to it. */
function general(made: readonly Made[]): readonly string[] {
  const words = new Set(made.flatMap(({ textCaveats }) => textCaveats));
  if (words.size === 0) return [];
  return [
    'Queries read texts more strictly than the matcher; the head of each says which of these it does:',
    '',
    ...[...words].toSorted().map((each) => `- ${each}`),
    '',
  ];
}

const yamlOf = (rule: AnalyticsRule, { file }: Detection): string =>
  `# Generated from detections/${file}; change it there.\n${stringify(rule, { lineWidth: 0, blockQuote: 'literal' })}`;
