import type { Problem } from '../../lib/errors.ts';
import type { Condition, Position, Rule, Search } from '../ast.ts';
import { always, and, not, or } from './bool.ts';
import type { Bool } from './bool.ts';
import { fieldTest, keywordTest } from './field-test.ts';
import type { Over } from './field-test.ts';
import { placesOf } from './places.ts';
import { Inexpressible } from './inexpressible.ts';
import type { Caveat } from './inexpressible.ts';
import type { Branch, KqlSource } from './source.ts';
import { kqlSourceOf } from './sources.ts';

/** The tables that a rule is looked for in, each with the condition that says it there. */
export interface RuleBranches {
  readonly source: KqlSource;
  /** Never empty. */
  readonly kept: readonly { readonly branch: Branch; readonly condition: Bool }[];
  readonly caveats: ReadonlySet<string>;
}

export type Refused = { readonly problems: readonly Problem[] };

export function ruleBranches(rule: Rule): RuleBranches | Refused {
  const source = kqlSourceOf(rule.logSource);
  if (source === undefined) {
    const { product = '*', service = '*', category } = rule.logSource;
    const name = `${product}/${service}${category === undefined ? '' : `/${category}`}`;
    return refused(
      rule,
      { line: 1, column: 1 },
      `no table is known for log source ${name}`,
      'name a log source of docs/reference',
    );
  }
  const unknown = fieldsOf(rule).filter(({ field }) => !isKnown(source, field));
  if (unknown.length > 0)
    return {
      problems: unknown.map(({ field, at }) =>
        problemAt(
          rule,
          at,
          `no column is known for \`${field}\``,
          'map the field in src/sigma/kql, or test another one',
        ),
      ),
    };
  return branchesOver(rule, source);
}

/** Whether some table of the source has a column for a field. */
export const isKnown = ({ branches, logSource }: KqlSource, field: string): boolean =>
  branches.some((branch) =>
    placesOf(branch, logSource, field).operands.some(({ kind }) => kind !== 'unknown'),
  );

function branchesOver(rule: Rule, source: KqlSource): RuleBranches | Refused {
  const caveats = new Set(source.caveats);
  const kept: { branch: Branch; condition: Bool }[] = [];
  for (const branch of source.branches) {
    const seen = new Set<string>();
    const caveat: Caveat = (words) => seen.add(words);
    const over = { branch, logSource: source.logSource, caveat };
    const condition = conditionOf(rule, { ...over, unknownIs: false });
    if ('problems' in condition) return condition;
    const atBest = conditionOf(rule, { ...over, unknownIs: true });
    // Other tests already rule the table out, for example its category: nothing to tell.
    if (isNever(condition) && !('problems' in atBest) && isNever(atBest)) continue;
    for (const words of seen) caveats.add(words);
    if (isNever(condition)) continue;
    for (const words of branch.caveats ?? []) caveats.add(words);
    kept.push({ branch, condition });
  }
  return kept.length > 0
    ? { source, kept, caveats }
    : refused(
        rule,
        { line: 1, column: 1 },
        'the rule can match no row of its tables',
        'check its category and its fields',
      );
}

const isNever = (bool: Bool): boolean => bool.kind === 'constant' && !bool.value;

/** The whole rule over one table. */
function conditionOf(rule: Rule, over: Over): Bool | Refused {
  const problems: Problem[] = [];
  const guarded = (at: Position, make: () => Bool): Bool => {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof Inexpressible)) throw thrown;
      problems.push(
        problemAt(rule, at, `KQL cannot say this: ${thrown.message}`, 'word the test in another way'),
      );
      return always;
    }
  };
  const searchOf = (search: Search): Bool =>
    search.kind === 'keywords'
      ? guarded(search.at, () => keywordTest(search.test, over.caveat))
      : or(search.maps.map((map) => and(map.map((line) => guarded(line.at, () => fieldTest(line, over))))));
  const searches = new Map(rule.searches.map((search) => [search.name, search]));
  const named = (name: string): Bool => {
    const search = searches.get(name);
    if (search === undefined)
      throw new TypeError(`condition names \`${name}\`, which the rule does not define`);
    return searchOf(search);
  };
  const condition = boolOf(rule.condition, named);
  return problems.length > 0 ? { problems } : condition;
}

function boolOf(condition: Condition, named: (name: string) => Bool): Bool {
  switch (condition.kind) {
    case 'search':
      return named(condition.name);
    case 'not':
      return not(boolOf(condition.of, named));
    case 'and':
      return and(condition.of.map((part) => boolOf(part, named)));
    case 'or':
      return or(condition.of.map((part) => boolOf(part, named)));
    case 'quantified':
      return (condition.quantifier === 'all' ? and : or)(condition.names.map(named));
  }
}

/** Every field that the searches of the rule name, with the place of the line. */
export const fieldsOf = (rule: Rule): readonly { readonly field: string; readonly at: Position }[] =>
  rule.searches.flatMap((search) =>
    search.kind === 'keywords'
      ? []
      : search.maps.flatMap((map) =>
          map.flatMap((line) => [
            { field: line.field, at: line.at },
            ...line.values.flatMap(({ anyOf, at }) =>
              anyOf.flatMap((asked) => (asked.kind === 'fieldref' ? [{ field: asked.field, at }] : [])),
            ),
          ]),
        ),
  );

export const problemAt = (
  { file }: { readonly file: string },
  { line, column }: Position,
  what: string,
  fix: string,
): Problem => ({ file, line, column, what, fix });
export const refused = (
  rule: { readonly file: string },
  at: Position,
  what: string,
  fix: string,
): Refused => ({ problems: [problemAt(rule, at, what, fix)] });
