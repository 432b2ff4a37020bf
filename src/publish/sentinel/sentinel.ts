import { stringify } from 'yaml';
import type { Detection } from '../../domain/detection.ts';
import { formatProblem, PipelineError } from '../../lib/errors.ts';
import type { Problem } from '../../lib/errors.ts';
import { parseRule } from '../../sigma/parse.ts';
import type { PublishedFile, Publisher, PublishInput } from '../publisher.ts';
import { armTemplate } from './arm.ts';
import { limitFaults, setFaults } from './limits.ts';
import { analyticsRule } from './rule.ts';
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
export function sentinelFiles({ detections, ruleText }: PublishInput): readonly PublishedFile[] {
  const made = detections
    .filter(({ observes }) => observes === 'fail')
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map((detection) => ruleOf(detection, ruleText(detection.file)));
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
  readonly problems: readonly Problem[];
}

function ruleOf(detection: Detection, text: string): Made {
  const refused = (problems: readonly Problem[]): Made => ({
    detection,
    rule: undefined,
    caveats: [],
    problems,
  });
  const parsed = parseRule(text, detection.file);
  if (parsed.rule === undefined) return refused(parsed.problems);
  const result = analyticsRule(detection, parsed.rule);
  if (result.problems !== undefined) return refused(result.problems);
  const faults = limitFaults(result.rule);
  if (faults.length === 0) return { detection, rule: result.rule, caveats: result.caveats, problems: [] };
  const { file } = detection;
  return refused(faults.map((what) => ({ file, line: 1, column: 1, what, fix: 'Sentinel would refuse it' })));
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
    '| detection | level | query | difference, or why it was refused |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const yamlOf = (rule: AnalyticsRule, { file }: Detection): string =>
  `# Generated from detections/${file}; change it there.\n${stringify(rule, { lineWidth: 0, blockQuote: 'literal' })}`;
