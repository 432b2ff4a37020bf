import type { LogSource } from '../../domain/event.ts';
import type { AliasTable, RealPath } from './table.ts';
import { aliasTables } from './tables.ts';

/**
 * Where a field of a rule stands in the records of its log source, as Azure writes them: one path for a field that
 * is spelled as the record has it, several when a name stands for several. A field has the values of all its paths.
 *
 * A name that neither the schema nor the alias table knows stays as it is, and is looked for below `properties` too.
 * A log source without a table is read as the rule is written.
 */
export function resolveField(logSource: LogSource, field: string): readonly string[] {
  const table = tableOf(logSource);
  return table === undefined ? [field] : resolveIn(table, field);
}

/** What is known of the records of a log source. */
export const tableOf = ({ product, service }: LogSource): AliasTable | undefined =>
  aliasTables.find((table) => table.product === product && table.service === service);

function resolveIn({ names, paths }: AliasTable, field: string): readonly string[] {
  const row = longestFit(names, field, ({ name }) => name);
  const real = longestFit(paths, field, ({ path }) => path);
  // A real path that says more of the field than the name does is no alias: `category` and `category.of.its.own`.
  if (row !== undefined && (real === undefined || row.name.length >= real.path.length))
    return deepened(row.paths, field.slice(row.name.length), paths);
  if (real !== undefined) return [real.path + field.slice(real.path.length)];
  if (startsWithName(field, 'properties')) return [field];
  const below = `properties.${field}`;
  const nested = longestFit(paths, below, ({ path }) => path);
  return nested === undefined || nested.path === 'properties'
    ? [field, below]
    : [nested.path + below.slice(nested.path.length)];
}

/** What stands below the paths of a name: where real records have it if they have it at some of them. */
function deepened(paths: readonly string[], rest: string, known: readonly RealPath[]): readonly string[] {
  const below = paths.map((path) => path + rest);
  if (rest === '') return below;
  const real = below.filter((path) => known.some((other) => other.path.toLowerCase() === path.toLowerCase()));
  return real.length > 0 ? real : below;
}

/** The row with the longest name that is the field, or an object that the field stands in. */
function longestFit<Row>(rows: readonly Row[], field: string, nameOf: (row: Row) => string): Row | undefined {
  return rows
    .filter((row) => startsWithName(field, nameOf(row)))
    .toSorted((a, b) => nameOf(b).length - nameOf(a).length)[0];
}

const startsWithName = (field: string, name: string): boolean => {
  const rest = field.charAt(name.length);
  return (rest === '' || rest === '.') && field.slice(0, name.length).toLowerCase() === name.toLowerCase();
};
