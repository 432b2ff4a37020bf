import type { BlindRule } from '../detect/blind-rules.ts';
import { isAtlas } from '../detect/coverage.ts';
import type { TechniqueCoverage } from '../detect/coverage.ts';
import { atlasBase, attackBase } from '../detect/coverage-techniques.ts';
import type { KnowledgeBase } from '../detect/coverage-techniques.ts';
import type { LogSource } from '../domain/event.ts';
import { iso } from '../lib/clock.ts';
import type { RuleCoverage } from './coverage.ts';
import { columns, count } from './text.ts';

/** Coverage for people: what is wrong now first, then what is reached. */
export const coverageText = (coverage: RuleCoverage): string =>
  [
    ...blindText(coverage),
    '',
    ...retiredText(coverage),
    ...techniquesText(
      attackBase,
      coverage.attack.techniques.filter((technique) => !isAtlas(technique)),
      coverage.lake !== undefined,
    ),
    '',
    ...techniquesText(atlasBase, coverage.attack.techniques.filter(isAtlas), coverage.lake !== undefined),
    '',
    ...tacticsText(coverage),
    '',
    ...frameworksText(coverage),
    '',
    'Why a rule does not match a record: plumbline explain RULE --event FILE. All of this: -o json.',
  ].join('\n');

function blindText({ lake, rules, data }: RuleCoverage): readonly string[] {
  if (lake === undefined)
    return [
      `∅ Which rules are blind is unknown: no event has arrived in ${data} yet.`,
      '  Replay logs (plumbline replay FILE) or run the service, and ask again.',
    ];
  const { blind, first, last, receivedSince, events } = lake;
  const looked = [
    `  looking since ${iso(receivedSince)}, at ${count(events)} events`,
    `  that happened from ${iso(first)} to ${iso(last)}`,
  ];
  if (blind.length === 0) return [`✓ None of ${count(rules.length)} rules is blind:`, ...looked];
  const groups = new Map<string, BlindRule[]>();
  for (const rule of blind) {
    const heading = headingOf(rule);
    groups.set(heading, [...(groups.get(heading) ?? []), rule]);
  }
  return [
    `∅ ${count(blind.length)} of ${count(rules.length)} rules are blind: they can find nothing in what has arrived`,
    ...looked,
    ...[...groups].flatMap(([heading, members]) => [
      `  ${heading}`,
      ...columns(members.map((rule) => [`    ${rule.rule}`, rule.level, ...detailOf(rule)])),
    ]),
  ];
}

const sourceText = ({ product, service, category }: LogSource): string =>
  [product, service, category].filter((part) => part !== undefined).join('/') || 'any log source';

function headingOf(rule: BlindRule): string {
  switch (rule.why) {
    case 'no_log_source':
      return `${sourceText(rule.logSource)}: no record of it has ever arrived; export that log`;
    case 'no_fields':
      return `${sourceText(rule.logSource)}: ${count(rule.arrived.events)} records since ${iso(rule.arrived.first)}, none with these fields`;
    case 'no_rules':
      return 'correlations of rules that are blind, or of events without the fields they group by';
  }
}

function detailOf(rule: BlindRule): readonly string[] {
  switch (rule.why) {
    case 'no_log_source':
      return [];
    case 'no_fields':
      return [rule.fields.map(({ field }) => field).join(', ')];
    case 'no_rules':
      return [
        rule.rules
          .map((part) =>
            part.fields.length === 0 ? part.rule : `${part.rule} (no ${part.fields.join(', ')})`,
          )
          .join(', '),
      ];
  }
}

function retiredText({ attack: { retired } }: RuleCoverage): readonly string[] {
  if (retired.length === 0) return [];
  return [
    `! ${count(retired.length)} retired ATT&CK tags; write their successors`,
    ...columns(
      retired.map(({ tag, successors, rules }) => [
        `  ${tag}`,
        `-> ${successors.join(' or ')}`,
        rules.join(', '),
      ]),
    ),
    '',
  ];
}

const isSub = ({ id }: TechniqueCoverage): boolean => /\.\d{3}$/u.test(id);

function techniquesText(
  base: KnowledgeBase,
  techniques: readonly TechniqueCoverage[],
  isKnown: boolean,
): readonly string[] {
  const subs = techniques.filter(isSub).length;
  return [
    `${base.title} ${base.version}: ${techniques.length - subs} of ${base.techniques} techniques, ${subs} of ${base.subTechniques} sub-techniques`,
    ...columns(
      techniques.map(({ id, name, rules, blind }) => [
        `  ${isKnown ? (blind.length === rules.length ? '∅ ' : '✓ ') : ''}${id}`,
        count(rules.length),
        blind.length === 0 ? '' : `${count(blind.length)} blind`,
        name ?? '(not in our table of names)',
      ]),
      [1],
    ),
  ];
}

function tacticsText({ attack: { tactics } }: RuleCoverage): readonly string[] {
  const current = tactics.filter(({ successors }) => successors.length === 0);
  return [
    `ATT&CK tactics: ${current.length} of ${attackBase.tactics}`,
    ...columns(
      tactics.map(({ tactic, rules, successors }) => [
        `  ${tactic}`,
        count(rules.length),
        successors.length === 0 ? '' : `retired: ${successors.join(', ')}`,
      ]),
      [1],
    ),
  ];
}

function frameworksText({ frameworks, rules }: RuleCoverage): readonly string[] {
  return [
    'Controls that findings bear on',
    ...columns(
      frameworks.map(({ id, title, controls }) => {
        const reaching = rules.filter((rule) => rule.controls[id] !== undefined);
        const reached = new Set(reaching.flatMap((rule) => rule.controls[id] ?? []));
        return [
          `  ${title}`,
          `${count(reached.size)} of ${count(controls)} controls`,
          `by ${count(reaching.length)} of ${count(rules.length)} rules`,
        ];
      }),
    ),
  ];
}
