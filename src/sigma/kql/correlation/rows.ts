import type { LogSource } from '../../../domain/event.ts';
import type { Rule } from '../../ast.ts';
import { filterLines } from '../branch-query.ts';
import { elementLines } from '../elements.ts';
import { textOf } from '../operand.ts';
import type { Operand } from '../operand.ts';
import { placesOf } from '../places.ts';
import { Inexpressible } from '../inexpressible.ts';
import type { RuleBranches } from '../rule-branches.ts';
import { outputColumns } from '../source.ts';
import type { Branch, OutputColumn } from '../source.ts';
import type { TableName } from '../tables.ts';
import { assigned, united } from '../united.ts';

/** A column that a correlation needs of the events of one rule. */
export interface FieldColumn {
  /** KQL identifier, the same for all rules of the correlation. */
  readonly column: string;
  /** What the rule's own events call it. */
  readonly field: string;
  readonly type: 'text' | 'number';
}

export interface RowsWanted {
  readonly fields: readonly FieldColumn[];
  readonly outputs: readonly OutputColumn[];
  /** Place of the rule in the correlation, from 1. */
  readonly place: number;
  /** Adds `Row`, the same for one row of a table whichever rule found it. */
  readonly isIdentified: boolean;
}

export interface Rows {
  readonly query: string;
  readonly tables: readonly TableName[];
}

/**
 * The events that one rule matched, one row an event and a combination of values: `TimeGenerated`, `Arrived`,
 * `Rule`, the wanted fields (none is empty or null) and the output columns.
 *
 * @throws Inexpressible for a field that no table has.
 */
export function rowsOf(rule: Rule, { kept, source }: RuleBranches, wanted: RowsWanted): Rows {
  const parts = kept.flatMap(({ branch, condition }) => {
    const lines = wanted.fields.map((field) => valueLines(branch, source.logSource, field));
    // A table without the field has no event that could belong to a group.
    const known = lines.filter((each) => each !== undefined);
    if (known.length < lines.length) return [];
    const outputs = wanted.outputs.map((name) => assigned(name, branch.output[name] ?? '""'));
    const fields = wanted.fields.map(({ column }) => column);
    const query = [
      branch.table,
      ...(branch.where === undefined ? [] : [`| where ${branch.where}`]),
      ...filterLines(condition),
      ...(wanted.isIdentified ? ['| extend Row = hash_sha256(tostring(pack_all()))'] : []),
      ...known.flat(),
      `| project ${[
        'TimeGenerated',
        'Arrived = ingestion_time()',
        `Rule = ${wanted.place}`,
        ...(wanted.isIdentified ? ['Row'] : []),
        ...fields,
        ...outputs,
      ].join(', ')}`,
    ].join('\n');
    return [{ table: branch.table, query }];
  });
  if (parts.length === 0)
    throw new Inexpressible(
      `no table of \`${rule.name ?? rule.title}\` has all of ${wanted.fields.map(({ field }) => `\`${field}\``).join(', ')}`,
    );
  return { query: united(parts.map(({ query }) => query)), tables: parts.map(({ table }) => table) };
}

/** Output columns that some table of these rules fills. */
export const outputsOf = (rules: readonly RuleBranches[]): readonly OutputColumn[] =>
  outputColumns.filter((name) =>
    rules.some(({ kept }) => kept.some(({ branch }) => branch.output[name] !== undefined)),
  );

/** Letter case and space around make no difference in a value, as in the stream engine. */
const folded = (text: string): string => `tolower(trim("\\\\s+", ${text}))`;

function valueLines(
  branch: Branch,
  logSource: LogSource,
  { column, field, type }: FieldColumn,
): readonly string[] | undefined {
  const operands = placesOf(branch, logSource, field).operands.filter(
    ({ kind }) => kind !== 'unknown' && kind !== 'absent',
  );
  const [only] = operands;
  if (only === undefined) return undefined;
  const made = (text: string): string =>
    type === 'text' ? folded(text) : `todouble(trim("\\\\s+", ${text}))`;
  const isThere = `| where ${type === 'text' ? 'isnotempty' : 'isnotnull'}(${column})`;
  if (operands.length === 1 && only.kind === 'value')
    return [`| extend ${column} = ${made(textOf(only))}`, isThere];
  const lists = operands.map((operand, index) => listOf(operand, `${column}_${index + 1}`, type, made));
  const all = lists.map(({ kql }) => kql).join(', ');
  const list = lists.length === 1 ? all : `${type === 'text' ? 'set_union' : 'array_concat'}(${all})`;
  return [
    ...lists.flatMap(({ lines }) => lines),
    `| mv-expand ${column} = ${list} to typeof(${type === 'text' ? 'string' : 'real'})`,
    isThere,
  ];
}

/** All values of one place as an array. */
function listOf(
  operand: Operand,
  name: string,
  type: FieldColumn['type'],
  made: (text: string) => string,
): { readonly lines: readonly string[]; readonly kql: string } {
  switch (operand.kind) {
    case 'value':
      return { lines: [], kql: `pack_array(${made(textOf(operand))})` };
    case 'constant':
      return { lines: [], kql: `pack_array(${made(`"${operand.text}"`)})` };
    case 'each': {
      const { array, element, only } = operand;
      const value = made(textOf(element));
      // Two equal numbers of one event are two numbers, two equal texts are one.
      const collect = type === 'text' ? 'make_set' : 'make_list';
      const answer = `${name} = ${only === undefined ? `${collect}(${value})` : `${collect}_if(${value}, ${only})`}`;
      return { lines: elementLines(array, [answer]), kql: name };
    }
    case 'absent':
    case 'unknown':
      return { lines: [], kql: 'dynamic([])' };
  }
}
