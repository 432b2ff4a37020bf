import type { LogSource } from '../../domain/event.ts';
import { resolveField } from '../aliases/resolve.ts';
import { columnOperand, isStated, operandOf } from './operand.ts';
import type { Operand } from './operand.ts';
import type { Branch } from './source.ts';

/** Where a field of a rule stands in one table: once for each path that the field may mean. */
export interface Places {
  /** One `unknown` when no path has a column. Never empty. */
  readonly operands: readonly Operand[];
  /** What the table cannot tell of the field. */
  readonly caveats: readonly string[];
}

export function placesOf(branch: Branch, logSource: LogSource, field: string): Places {
  const paths = resolveField(logSource, field);
  const isGuessed =
    paths[0] === field && paths.every((path) => isGuess(path, field) && !isStated(branch, path));
  const column = isGuessed ? columnOperand(branch, field) : undefined;
  if (column !== undefined && column.kind !== 'unknown')
    return {
      operands: [column],
      caveats: [`records have no known field ${field}; the column of that name is read in ${branch.table}`],
    };
  const found = paths.map((path) => ({ path, operand: operandOf(branch, path) }));
  const known = found.filter(({ operand }) => operand.kind !== 'unknown');
  if (known.length === 0) return { operands: [{ kind: 'unknown' }], caveats: [] };
  return {
    operands: known.map(({ operand }) => operand),
    caveats: found
      .filter(({ operand, path }) => operand.kind === 'unknown' && !isGuess(path, field))
      .map(({ path }) => noColumn(branch, path)),
  };
}

export const noColumn = ({ table }: Branch, path: string): string =>
  `${table} has no known column for ${path}, so there it counts as not there`;

/** A name that no table of aliases knows is tried as it stands and below `properties`. */
const isGuess = (path: string, field: string): boolean => path === field || path === `properties.${field}`;
