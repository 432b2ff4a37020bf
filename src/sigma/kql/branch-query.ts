import type { LogSource } from '../../domain/event.ts';
import { arraysIn, conjuncts, printBool } from './bool.ts';
import type { Bool } from './bool.ts';
import { elementLines } from './elements.ts';
import { kqlString } from './literal.ts';
import { placesOf } from './places.ts';
import type { Branch, OutputColumn } from './source.ts';
import { assigned } from './united.ts';

/** What a query gives of each row, and of which rows. */
export interface Wanted {
  readonly logSource: LogSource;
  readonly columns: readonly OutputColumn[];
  /** What `Evidence` holds; undefined: there is no such column. */
  readonly fields: readonly string[] | undefined;
  /** KQL timespan; undefined: whenever the row arrived. */
  readonly ingestedWithin: string | undefined;
}

/** The query over one table. */
export function branchQuery(branch: Branch, condition: Bool, wanted: Wanted): string {
  const { logSource, columns, fields, ingestedWithin } = wanted;
  const outputs = columns.map((name) => assigned(name, branch.output[name] ?? '""'));
  const evidence = fields === undefined ? [] : [`Evidence = ${evidenceOf(branch, logSource, fields)}`];
  return [
    branch.table,
    ...(ingestedWithin === undefined ? [] : [`| where ingestion_time() > ago(${ingestedWithin})`]),
    ...(branch.where === undefined ? [] : [`| where ${branch.where}`]),
    ...filterLines(condition),
    `| project ${['TimeGenerated', ...outputs, ...evidence].join(', ')}`,
  ].join('\n');
}

/** What the rule asked for, under the rule's own names; one entry a column. */
function evidenceOf(branch: Branch, logSource: LogSource, fields: readonly string[]): string {
  const tested = new Map<string, string>();
  for (const field of fields) {
    const { operands } = placesOf(branch, logSource, field);
    const columns = operands.flatMap((operand) =>
      operand.kind === 'each' ? [operand.array.root] : operand.kind === 'value' ? [operand.kql] : [],
    );
    for (const [index, kql] of columns.entries())
      if (!tested.has(kql)) tested.set(kql, index === 0 ? field : `${field} (${index + 1})`);
  }
  const pairs = [...tested].map(([kql, field]) => `${kqlString(field)}, ${kql}`);
  return pairs.length === 0 ? 'bag_pack("table", Type)' : `bag_pack(${pairs.join(', ')})`;
}

/** The operators that keep the rows of one table for which `condition` holds. */
export function filterLines(condition: Bool): readonly string[] {
  if (condition.kind === 'constant') return condition.value ? [] : ['| where false'];
  const parts = conjuncts(condition);
  const plain = parts.filter((part) => arraysIn(part).length === 0);
  const withArrays = parts.filter((part) => arraysIn(part).length > 0);
  const { lines, nameOf } = arrayLines(withArrays.flatMap(arraysIn));
  const where = (part: Bool): string => `| where ${printBool(part, nameOf)}`;
  return [...plain.map(where), ...lines, ...withArrays.map(where)];
}

type Each = Bool & { readonly kind: 'each' };

/** One `mv-apply` an array answers every question about it in a column each, and keeps one row a row. */
function arrayLines(eaches: readonly Each[]): {
  lines: readonly string[];
  nameOf: (each: Each) => string;
} {
  const keyOf = ({ array, kql }: Each): string => JSON.stringify([array, kql]);
  const names = new Map<string, string>();
  for (const each of eaches)
    if (!names.has(keyOf(each))) names.set(keyOf(each), `AnyElement${names.size + 1}`);
  const byArray = Map.groupBy(new Map(eaches.map((each) => [keyOf(each), each])).values(), ({ array }) =>
    JSON.stringify(array),
  );
  const nameOf = (each: Each): string => names.get(keyOf(each)) ?? 'false';
  const lines = [...byArray.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : elementLines(
          first.array,
          group.map((each) => `${nameOf(each)} = countif(${each.kql}) > 0`),
        );
  });
  return { lines, nameOf };
}
