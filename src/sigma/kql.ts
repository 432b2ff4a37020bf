import type { Problem } from '../lib/errors.ts';
import type { Rule } from './ast.ts';
import { branchQuery } from './kql/branch-query.ts';
import { kqlString } from './kql/literal.ts';
import { sortedCaveats } from './kql/loose-text.ts';
import { fieldsOf, ruleBranches } from './kql/rule-branches.ts';
import type { RuleBranches } from './kql/rule-branches.ts';
import { outputColumns } from './kql/source.ts';
import type { KqlSource, OutputColumn } from './kql/source.ts';
import type { TableName } from './kql/tables.ts';
import { united } from './kql/united.ts';

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
  /** How it reads texts more strictly than the matcher: sentences that many queries share. */
  readonly textCaveats: readonly string[];
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
  const branches = ruleBranches(rule);
  return 'problems' in branches ? branches : compileOver(rule, branches, options);
}

function compileOver(
  rule: Rule,
  { source, kept, caveats }: RuleBranches,
  { labels = {}, ingestedWithin, output }: KqlOptions,
): KqlResult {
  const columns =
    output ?? outputColumns.filter((name) => kept.some(({ branch }) => branch.output[name] !== undefined));
  const fields = output === undefined ? [...new Set(fieldsOf(rule).map(({ field }) => field))] : undefined;
  const body = united(
    kept.map(({ branch, condition }) =>
      branchQuery(branch, condition, { logSource: source.logSource, columns, fields, ingestedWithin }),
    ),
  );
  const labelled = Object.entries(labels).map(([name, text]) => `${name} = ${kqlString(text)}`);
  return {
    query: [body, ...(labelled.length === 0 ? [] : [`| extend ${labelled.join(', ')}`])].join('\n'),
    tables: kept.map(({ branch }) => branch.table),
    columns,
    source,
    ...sortedCaveats(caveats),
  };
}
