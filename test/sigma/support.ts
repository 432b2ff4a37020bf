import { formatProblem } from '../../src/lib/errors.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { FieldTest, Rule, ValueTest } from '../../src/sigma/ast.ts';
import { evaluate } from '../../src/sigma/evaluate.ts';
import { parseRule } from '../../src/sigma/parse.ts';
import type { PlaceholderLists } from '../../src/sigma/placeholders.ts';

const head = 'title: A test\nlogsource:\n    product: azure\n';

/** The text of a rule around the inside of `detection:`, indented by four spaces. */
export const ruleText = (detection: string): string => `${head}detection:\n    ${detection.trim()}\n`;

/** @throws Error with every problem when the rule has one. */
export function ruleOf(detection: string, lists: PlaceholderLists = {}): Rule {
  const { rule, problems } = parseRule(ruleText(detection), 'test.yml', { lists });
  if (rule === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return rule;
}

/** A rule of one line in one selection. */
export const selection = (line: string, lists: PlaceholderLists = {}): Rule =>
  ruleOf(`selection:\n        ${line}\n    condition: selection`, lists);

export const verdict = (rule: Rule, record: JsonObject): boolean => evaluate(rule, record).matched;

export const problemsOf = (detection: string, lists: PlaceholderLists = {}): readonly string[] =>
  parseRule(ruleText(detection), 'test.yml', { lists }).problems.map(formatProblem);

export const problemsOfLine = (line: string): readonly string[] =>
  problemsOf(`selection:\n        ${line}\n    condition: selection`);

/** The first field test of a rule made by `selection`. */
function testOf(rule: Rule): FieldTest {
  const [search] = rule.searches;
  const found = search?.kind === 'maps' ? search.maps[0]?.[0] : undefined;
  if (found === undefined) throw new Error('the rule has no field test');
  return found;
}

/** Every test the values of a line were made into. */
export const testsOf = (line: string, lists: PlaceholderLists = {}): readonly ValueTest[] =>
  testOf(selection(line, lists)).values.flatMap(({ anyOf }) => anyOf);
