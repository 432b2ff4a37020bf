import type { MatchedField } from '../domain/finding.ts';
import type { JsonObject } from '../lib/json.ts';
import { resolveField } from './aliases/resolve.ts';
import type { Condition, Rule } from './ast.ts';
import { compileSearch } from './search-tests.ts';
import type { ExplainedLeaf } from './search-tests.ts';

/**
 * The plain evaluator: says what a rule means, node by node, as the specification words it. It stays as the
 * reference that a faster engine is compared to, so it is kept literal: nothing is indexed, nothing left out.
 */
export interface Evaluation {
  readonly matched: boolean;
  /** The tests that were true in the searches that made the rule match; empty for a miss. */
  readonly why: readonly MatchedField[];
}

export interface Evaluator {
  evaluate(record: JsonObject): Evaluation;
  explain(record: JsonObject): Explanation;
}

/** What a rule asked of an event and what it found. */
export interface Explanation {
  readonly matched: boolean;
  readonly searches: readonly { readonly name: string; readonly passed: boolean }[];
  /** Every test of every search, in the order of the file. */
  readonly leaves: readonly ExplainedLeaf[];
}

export const evaluate = (rule: Rule, record: JsonObject): Evaluation => compileRule(rule).evaluate(record);
export const explain = (rule: Rule, record: JsonObject): Explanation => compileRule(rule).explain(record);

/** Prepares the tests of a rule once: where its fields stand, regular expressions, folded texts. */
export function compileRule({ logSource, searches, condition }: Rule): Evaluator {
  const pathsOf = (field: string): readonly string[] => resolveField(logSource, field);
  const compiled = new Map(searches.map((search) => [search.name, compileSearch(search, pathsOf)]));
  const passes = (name: string, record: JsonObject): boolean => {
    const search = compiled.get(name);
    if (search === undefined)
      throw new TypeError(`condition names \`${name}\`, which the rule does not define`);
    return search.passes(record);
  };
  const matches = (record: JsonObject): boolean => holds(condition, (name) => passes(name, record));
  return {
    evaluate(record) {
      if (!matches(record)) return { matched: false, why: [] };
      const names = decisive(condition, (name) => passes(name, record));
      const why = [...names].flatMap((name) => compiled.get(name)?.why(record) ?? []);
      return { matched: true, why };
    },
    explain: (record) => ({
      matched: matches(record),
      searches: searches.map(({ name }) => ({ name, passed: passes(name, record) })),
      leaves: [...compiled.values()].flatMap((search) => search.leaves(record)),
    }),
  };
}

/** The truth of a condition, given the truth of its searches. */
export function holds(condition: Condition, isTrue: (search: string) => boolean): boolean {
  switch (condition.kind) {
    case 'search':
      return isTrue(condition.name);
    case 'not':
      return !holds(condition.of, isTrue);
    case 'and':
      return condition.of.every((part) => holds(part, isTrue));
    case 'or':
      return condition.of.some((part) => holds(part, isTrue));
    case 'quantified':
      return condition.quantifier === 'all' ? condition.names.every(isTrue) : condition.names.some(isTrue);
  }
}

/** The true searches that hold up a true condition. What stands under a `not` is false, so it holds up nothing. */
function decisive(condition: Condition, isTrue: (search: string) => boolean): ReadonlySet<string> {
  switch (condition.kind) {
    case 'search':
      return new Set([condition.name].filter(isTrue));
    case 'quantified':
      return new Set(condition.names.filter(isTrue));
    case 'not':
      return new Set();
    case 'and':
    case 'or':
      return new Set(
        condition.of
          .filter((part) => holds(part, isTrue))
          .flatMap((part) => Array.from(decisive(part, isTrue))),
      );
  }
}
