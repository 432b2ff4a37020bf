import type { Problem } from '../lib/errors.ts';
import type { Condition, Position, Rule, Search } from './ast.ts';
import { always, and, not, or } from './kql/bool.ts';
import type { Bool } from './kql/bool.ts';
import { branchQuery } from './kql/branch-query.ts';
import { fieldTest, keywordTest } from './kql/field-test.ts';
import type { Over } from './kql/field-test.ts';
import { kqlString } from './kql/literal.ts';
import { placesOf } from './kql/places.ts';
import { Inexpressible } from './kql/predicate.ts';
import type { Caveat } from './kql/predicate.ts';
import { outputColumns } from './kql/source.ts';
import type { Branch, KqlSource, OutputColumn } from './kql/source.ts';
import { kqlSourceOf } from './kql/sources.ts';
import type { TableName } from './kql/tables.ts';

export interface KqlOptions {
  /**
   * Keeps rows that reached the workspace within this time, as a KQL timespan (`15m`). With it a scheduled query can
   * look further back than it runs often, and still sees each late record once.
   */
  readonly ingestedWithin?: string;
  /** Gives these columns and no `Evidence`, for a query that only counts; all of them unless told otherwise. */
  readonly output?: readonly OutputColumn[];
  /** Columns that say the same in every row, for example the detection's name. Names are KQL identifiers. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface CompiledKql {
  readonly query: string;
  /** The tables it reads, in the order it reads them. */
  readonly tables: readonly TableName[];
  /** Output columns that some table fills, for entity mappings. `TimeGenerated`, `Evidence` and the labels come on top. */
  readonly columns: readonly OutputColumn[];
  readonly source: KqlSource;
  /** Where the query says more or less than the rule, each once. Empty: it says the same. */
  readonly caveats: readonly string[];
}

export type KqlResult =
  | ({ readonly problems?: undefined } & CompiledKql)
  /** What cannot be said in KQL is refused, never left out. */
  | { readonly problems: readonly Problem[] };

/**
 * Compiles a rule to a query over the tables that hold its log source. The query gives a row a match: when, what,
 * who, from where, on what, and in `Evidence` the fields that the rule asked for.
 */
export function compileToKql(rule: Rule, options: KqlOptions = {}): KqlResult {
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
  const unknown = fieldsOf(rule).filter(({ field }) =>
    source.branches.every((branch) =>
      placesOf(branch, source.logSource, field).operands.every(({ kind }) => kind === 'unknown'),
    ),
  );
  if (unknown.length > 0)
    return {
      problems: unknown.map(({ field, at }) =>
        problem(
          rule,
          at,
          `no column is known for \`${field}\``,
          'map the field in src/sigma/kql, or test another one',
        ),
      ),
    };
  return compileOver(rule, source, options);
}

function compileOver(
  rule: Rule,
  source: KqlSource,
  { labels = {}, ingestedWithin, output }: KqlOptions,
): KqlResult {
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
  if (kept.length === 0)
    return refused(
      rule,
      { line: 1, column: 1 },
      'the rule can match no row of its tables',
      'check its category and its fields',
    );
  const columns =
    output ?? outputColumns.filter((name) => kept.some(({ branch }) => branch.output[name] !== undefined));
  const fields = output === undefined ? [...new Set(fieldsOf(rule).map(({ field }) => field))] : undefined;
  const bodies = kept.map(({ branch, condition }) =>
    branchQuery(branch, condition, { logSource: source.logSource, columns, fields, ingestedWithin }),
  );
  const [only = ''] = bodies;
  const body =
    bodies.length === 1
      ? only
      : `union isfuzzy=true\n${bodies.map((text) => `  (\n${indented(text)}\n  )`).join(',\n')}`;
  const labelled = Object.entries(labels).map(([name, text]) => `${name} = ${kqlString(text)}`);
  return {
    query: [body, ...(labelled.length === 0 ? [] : [`| extend ${labelled.join(', ')}`])].join('\n'),
    tables: kept.map(({ branch }) => branch.table),
    columns,
    source,
    caveats: [...caveats],
  };
}

const isNever = (bool: Bool): boolean => bool.kind === 'constant' && !bool.value;

const indented = (text: string): string => text.replaceAll(/^/gm, '    ');

/** The whole rule over one table. */
function conditionOf(rule: Rule, over: Over): Bool | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const guarded = (at: Position, make: () => Bool): Bool => {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof Inexpressible)) throw thrown;
      problems.push(
        problem(rule, at, `KQL cannot say this: ${thrown.message}`, 'word the test in another way'),
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
const fieldsOf = (rule: Rule): readonly { readonly field: string; readonly at: Position }[] =>
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

const problem = ({ file }: Rule, { line, column }: Position, what: string, fix: string): Problem => ({
  file,
  line,
  column,
  what,
  fix,
});
const refused = (rule: Rule, at: Position, what: string, fix: string): KqlResult => ({
  problems: [problem(rule, at, what, fix)],
});
