import type { Problem } from '../../../lib/errors.ts';
import type { Rule } from '../../ast.ts';
import type { Correlation } from '../../correlation-ast.ts';
import type { ResolvedCorrelation, ResolvedRule } from '../../correlation-resolve.ts';
import { Inexpressible } from '../inexpressible.ts';
import { ruleBranches } from '../rule-branches.ts';
import type { RuleBranches } from '../rule-branches.ts';
import type { KqlSource, OutputColumn } from '../source.ts';
import { outputColumns } from '../source.ts';
import type { TableName } from '../tables.ts';
import { assigned, indented, united } from '../united.ts';
import { measuredFields, valueColumn } from './measure.ts';
import { orderedWindow } from './ordered.ts';
import { outputsOf, rowsOf } from './rows.ts';
import type { FieldColumn, Rows } from './rows.ts';
import { momentColumns, slidingWindow } from './window.ts';
import type { WindowShape } from './window.ts';

/** The text of one correlation, and of those it names. */
export interface Part {
  /** `let` statements without their semicolon, each after those it reads. */
  readonly lets: readonly string[];
  /** Lines that give its moments, not yet its findings. */
  readonly moments: readonly string[];
  /** Lines that give its findings: the first moment of each group and timespan. */
  readonly found: readonly string[];
  readonly groups: readonly string[];
  readonly outputs: readonly OutputColumn[];
  readonly tables: readonly TableName[];
  readonly sources: readonly KqlSource[];
  readonly reachMs: number;
  readonly caveats: readonly string[];
}

export interface PartContext {
  readonly resolvedOf: (correlation: Correlation) => ResolvedCorrelation<Rule> | undefined;
  readonly ingestedWithin: string | undefined;
  /** Keeps the names of nested correlations apart. */
  readonly prefix: string;
}

/** One of `rules`, compiled. */
type Source =
  | { readonly kind: 'rule'; readonly rule: Rule; readonly branches: RuleBranches }
  | { readonly kind: 'correlation'; readonly correlation: Correlation; readonly part: Part };

/** @throws Inexpressible for what KQL has no words for. */
export function correlationPart(
  { correlation, rules }: ResolvedCorrelation<Rule>,
  context: PartContext,
): Part | { readonly problems: readonly Problem[] } {
  const sources: Source[] = [];
  for (const [index, target] of rules.entries()) {
    const source = sourceOf(target, { ...context, prefix: `${context.prefix}_${index + 1}` });
    if ('problems' in source) return source;
    sources.push(source);
  }
  const outputs = outputColumns.filter((name) =>
    sources.some((source) =>
      (source.kind === 'rule' ? outputsOf([source.branches]) : source.part.outputs).includes(name),
    ),
  );
  const { measure, bounds } = correlation.condition;
  const isShared = sharesTable(sources);
  const isIdentified =
    isShared && measure.kind !== 'distinct' && !(measure.kind === 'rules' && !measure.isOrdered);
  const groups = correlation.groupBy.map((_, index) => `Group${index + 1}`);
  const events = `Events${context.prefix}`;
  const bodies = sources.map((source, rule) =>
    eventsOf(source, {
      correlation,
      rule,
      outputs,
      isIdentified,
      fields: [
        ...correlation.groupBy.map(({ name }, index) => ({
          column: `Group${index + 1}`,
          name,
          type: 'text' as const,
        })),
        ...measuredFields(measure).map(({ name, type }, index) => ({
          column: valueColumn(index),
          name,
          type,
        })),
      ],
    }),
  );
  const shape: WindowShape = {
    events,
    groups,
    outputs,
    span: `${correlation.timespanMs / 1000}s`,
    measure,
    bounds,
    ingestedWithin: context.prefix === '' ? context.ingestedWithin : undefined,
  };
  const isOrdered = measure.kind === 'rules' && measure.isOrdered;
  const isOnce = isIdentified && !isOrdered;
  const once = isOnce
    ? [`| summarize arg_min(Rule, *) by ${['Row', ...groups, ...valuesOf(measure)].join(', ')}`]
    : [];
  const moments = isOrdered ? orderedWindow(shape, rules.length, isIdentified) : slidingWindow(shape);
  const below = sources.flatMap((source) => (source.kind === 'correlation' ? [source.part] : []));
  const of = sources.flatMap((source) => (source.kind === 'rule' ? [source.branches] : []));
  return {
    lets: [
      ...below.flatMap(({ lets }) => lets),
      `let ${events} = materialize(\n${indented([united(bodies.map(({ query }) => query)), ...once].join('\n'), 2)}\n)`,
    ],
    moments,
    found: [
      ...moments,
      `| summarize arg_min(Moment, ${[...momentColumns.slice(1), 'Measure', ...outputs].join(', ')}) by ${[
        ...groups,
        `Window = bin_at(Moment, ${shape.span}, datetime(1970-01-01))`,
      ].join(', ')}`,
    ],
    groups,
    outputs,
    tables: bodies.flatMap(({ tables }) => tables),
    sources: [...of.map(({ source }) => source), ...below.flatMap(({ sources: inner }) => inner)],
    reachMs: correlation.timespanMs + Math.max(0, ...below.map(({ reachMs }) => reachMs)),
    caveats: [
      ...of.flatMap(({ caveats }) => [...caveats]),
      ...below.flatMap(({ caveats }) => caveats),
      ...(measure.kind === 'percentile' ? ['a window keeps its first 1,048,576 numbers (`make_list`)'] : []),
      ...(isIdentified
        ? [
            'several rules read one table, where a row is told by all of its columns: of rows that are equal in every column one counts',
          ]
        : []),
      ...(isOnce && measuredFields(measure).length > 0
        ? ['an event that several of the rules match counts with the value that the first of them reads']
        : []),
    ],
  };
}

const valuesOf = (measure: Correlation['condition']['measure']): readonly string[] =>
  measuredFields(measure).map((_, index) => valueColumn(index));

function sourceOf(
  target: ResolvedRule<Rule>,
  context: PartContext,
): Source | { readonly problems: readonly Problem[] } {
  if (target.kind === 'rule') {
    const branches = ruleBranches(target.rule);
    return 'problems' in branches ? branches : { kind: 'rule', rule: target.rule, branches };
  }
  const { correlation } = target;
  const resolved = context.resolvedOf(correlation);
  if (resolved === undefined) throw new Inexpressible(`\`${correlation.title}\` was not resolved`);
  const part = correlationPart(resolved, context);
  return 'problems' in part ? part : { kind: 'correlation', correlation, part };
}

/** Whether one row of a table may be found by two of the rules. */
function sharesTable(sources: readonly Source[]): boolean {
  const seen = new Set<TableName>();
  for (const source of sources) {
    if (source.kind === 'correlation') continue;
    const tables = new Set(source.branches.kept.map(({ branch }) => branch.table));
    if ([...tables].some((table) => seen.has(table))) return true;
    for (const table of tables) seen.add(table);
  }
  return false;
}

interface EventsWanted {
  readonly correlation: Correlation;
  /** Place of the rule, from 0. */
  readonly rule: number;
  readonly outputs: readonly OutputColumn[];
  readonly isIdentified: boolean;
  readonly fields: readonly {
    readonly column: string;
    readonly name: string;
    readonly type: FieldColumn['type'];
  }[];
}

function eventsOf(source: Source, { correlation, rule, outputs, isIdentified, fields }: EventsWanted): Rows {
  const noun = source.kind === 'rule' ? source.rule : source.correlation;
  const named = fields.map(({ column, name, type }) => ({
    column,
    type,
    field: fieldFor(correlation, rule, name, noun),
  }));
  if (source.kind === 'rule')
    return rowsOf(source.rule, source.branches, { fields: named, outputs, place: rule + 1, isIdentified });
  const { part, correlation: inner } = source;
  const filled = named.map(({ column, field, type }) => {
    const place = inner.groupBy.findIndex(({ name }) => name === field);
    const group = part.groups[place];
    if (group === undefined)
      throw new Inexpressible(
        `\`${field}\` is not in the \`group-by\` of \`${inner.name ?? inner.title}\`, and a finding of it carries no other field`,
      );
    return assigned(column, type === 'text' ? group : `todouble(${group})`);
  });
  // What says which of several rules matched counts moments; all else counts findings.
  const lines = correlation.condition.measure.kind === 'rules' ? part.moments : part.found;
  const query = [
    ...lines,
    `| project ${[
      'TimeGenerated = Moment',
      'Arrived',
      `Rule = ${rule + 1}`,
      ...(isIdentified ? [`Row = strcat(tostring(Moment), "${rule + 1}")`] : []),
      ...filled,
      ...outputs.map((name) => assigned(name, part.outputs.includes(name) ? name : '""')),
    ].join(', ')}`,
  ].join('\n');
  return { query, tables: part.tables };
}

/** What a name of the correlation is called in the events of one of its rules. */
function fieldFor(
  { aliases, rules }: Correlation,
  rule: number,
  name: string,
  noun: { readonly id: string | undefined; readonly name: string | undefined },
): string {
  const written = rules[rule]?.text;
  const fields = aliases.find((each) => each.name === name)?.fields ?? [];
  const found =
    fields.find((each) => each.rule.text === written) ??
    fields.find(({ rule: { text } }) => text === noun.name || text.toLowerCase() === noun.id?.toLowerCase());
  return found?.field ?? name;
}
