import type { Problem } from '../../lib/errors.ts';
import type { Rule } from '../ast.ts';
import type { Correlation } from '../correlation-ast.ts';
import type { ResolvedCorrelation } from '../correlation-resolve.ts';
import { correlationPart } from './correlation/part.ts';
import type { Part } from './correlation/part.ts';
import { kqlString } from './literal.ts';
import { sortedCaveats } from './loose-text.ts';
import { Inexpressible } from './inexpressible.ts';
import { problemAt } from './rule-branches.ts';
import type { KqlSource, OutputColumn } from './source.ts';
import type { TableName } from './tables.ts';

export interface CorrelationKqlOptions {
  /** Keeps windows of which some event reached the workspace within this time; KQL timespan. */
  readonly ingestedWithin?: string;
  /** Columns that say the same in every row. Names are KQL identifiers. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface CompiledCorrelation {
  readonly query: string;
  readonly tables: readonly TableName[];
  /**
   * Columns of the event that completed the window. `TimeGenerated`, `Since`, `Measure`, `Events`, the groups and
   * the labels come on top.
   */
  readonly columns: readonly OutputColumn[];
  /** The column of each `group-by` field, in its order. */
  readonly groups: readonly { readonly field: string; readonly column: string }[];
  readonly sources: readonly KqlSource[];
  /** How far back a query has to look to see whole windows, ms: the window, and that of what it names. */
  readonly reachMs: number;
  readonly caveats: readonly string[];
  /** As in `CompiledKql`. */
  readonly textCaveats: readonly string[];
}

export type CorrelationKqlResult =
  ({ readonly problems?: undefined } & CompiledCorrelation) | { readonly problems: readonly Problem[] };

/**
 * Compiles a correlation to one query, with the same windows as the stream engine: they slide, end at an event, hold
 * both their ends, and give one row a group and timespan.
 *
 * @param resolvedOf ties a correlation that this one names to its rules, as `resolveCorrelations` did.
 */
export function compileCorrelationToKql(
  resolved: ResolvedCorrelation<Rule>,
  resolvedOf: (correlation: Correlation) => ResolvedCorrelation<Rule> | undefined,
  { ingestedWithin, labels = {} }: CorrelationKqlOptions = {},
): CorrelationKqlResult {
  const { correlation } = resolved;
  let part: Part | { readonly problems: readonly Problem[] };
  try {
    part = correlationPart(resolved, { resolvedOf, ingestedWithin, prefix: '' });
  } catch (thrown) {
    if (!(thrown instanceof Inexpressible)) throw thrown;
    const what = `KQL cannot say this: ${thrown.message}`;
    return {
      problems: [problemAt(correlation, correlation.at, what, 'word the correlation in another way')],
    };
  }
  if ('problems' in part) return part;
  const { lets, found, groups, outputs, tables, sources, reachMs, caveats } = part;
  const labelled = Object.entries(labels).map(([name, text]) => `${name} = ${kqlString(text)}`);
  const columns = ['TimeGenerated = Moment', 'Since', 'Measure', 'Events', ...groups, ...outputs].join(', ');
  return {
    query: [
      ...lets.map((text) => `${text};`),
      ...found,
      `| project ${columns}`,
      ...(labelled.length === 0 ? [] : [`| extend ${labelled.join(', ')}`]),
    ].join('\n'),
    tables: [...new Set(tables)],
    columns: outputs,
    groups: correlation.groupBy.map(({ name }, index) => ({ field: name, column: groups[index] ?? '' })),
    sources: [...new Set(sources)],
    reachMs,
    ...sortedCaveats(new Set([...caveats, ...scheduled])),
  };
}

/** How a query that runs now and then differs from the engine that sees each event once. */
const scheduled: readonly string[] = [
  'a window that another event joins late is found again by the run that sees it; the stream engine finds it once',
  'windows end at the time an event states, and events that have not reached the workspace yet are missing from them until they do',
];
