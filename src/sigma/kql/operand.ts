import type { ArrayPath } from './bool.ts';
import { kqlMember } from './literal.ts';
import type { Branch, FieldColumn, Spellings } from './source.ts';
import { tables } from './tables.ts';
import type { ColumnType, Table } from './tables.ts';

/** What stands at a path of the record, in KQL. */
export type Operand =
  | Value
  | { readonly kind: 'each'; readonly array: ArrayPath; readonly whole: Value; readonly element: Value }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'absent' }
  /** No column is known for it. */
  | { readonly kind: 'unknown' };

export interface Value {
  readonly kind: 'value';
  readonly kql: string;
  /** `dynamic` for a member of a JSON object, whose type only the record knows. */
  readonly type: ColumnType;
  readonly spellings: Spellings | undefined;
}

const value = (kql: string, type: ColumnType, spellings?: Spellings): Value => ({
  kind: 'value',
  kql,
  type,
  spellings,
});

/** Every value of these types has a text; of the others a null may come. */
export const textOf = ({ kql, type }: Value): string => (type === 'string' ? kql : `tostring(${kql})`);

const zero: Readonly<Record<ColumnType, string>> = {
  string: '""',
  dynamic: 'dynamic(null)',
  int: 'int(null)',
  long: 'long(null)',
  real: 'real(null)',
  bool: 'bool(null)',
  datetime: 'datetime(null)',
};

const ifExists = (name: string, type: ColumnType): string => `column_ifexists("${name}", ${zero[type]})`;

const typeOf = (branch: Branch, column: string): ColumnType => {
  const { columns }: Table = tables[branch.table];
  const type = columns[column];
  if (type === undefined) throw new TypeError(`${branch.table} has no column ${column} in tables.ts`);
  return type;
};

/** The longest path of the branch that is `path` or leads to it. */
function longestFit(branch: Branch, path: string): { field: FieldColumn; rest: string } | undefined {
  for (let known = path; ; known = known.slice(0, known.lastIndexOf('.'))) {
    const field = branch.fields[known];
    if (field !== undefined) {
      if (known === path) return { field, rest: '' };
      return field.kind === 'json' ? { field, rest: path.slice(known.length + 1) } : undefined;
    }
    if (!known.includes('.')) return undefined;
  }
}

const members = (path: string): string => (path === '' ? '' : path.split('.').map(kqlMember).join(''));

/** Finds the column, or the place inside a column, that holds a field of the record. */
export function operandOf(branch: Branch, path: string): Operand {
  const fit = longestFit(branch, path);
  if (fit === undefined) return { kind: 'unknown' };
  const { field, rest } = fit;
  switch (field.kind) {
    case 'constant':
      return field;
    case 'absent':
      return { kind: 'absent' };
    case 'column':
      return value(field.column, typeOf(branch, field.column), field.spellings);
    case 'grown':
      return value(ifExists(field.column, field.type), field.type);
    case 'json':
      return insideJson(branch, path, rest, jsonRoot(branch, field));
  }
}

function jsonRoot(branch: Branch, { column, isGrown }: FieldColumn & { readonly kind: 'json' }): string {
  if (isGrown === true) return `parse_json(${ifExists(column, 'string')})`;
  return typeOf(branch, column) === 'dynamic' ? column : `parse_json(${column})`;
}

function insideJson(branch: Branch, path: string, rest: string, root: string): Operand {
  const start = path.length - rest.length;
  const throughs = branch.arrays
    .filter((array) => array === path || path.startsWith(`${array}.`))
    .toSorted((a, b) => a.length - b.length);
  const [outer, ...inner] = throughs;
  if (outer === undefined) return value(root + members(rest), 'dynamic');
  const between = (from: string, to: string): string => members(to.slice(from.length).replace(/^\./, ''));
  const array = {
    root: root + members(path.slice(start, outer.length)),
    steps: inner.map((step, index) => between(throughs[index] ?? outer, step)),
  };
  const leaf = between(throughs.at(-1) ?? outer, path);
  return {
    kind: 'each',
    array,
    whole: value(array.root, 'dynamic'),
    element: value(`Element${leaf}`, 'dynamic'),
  };
}
