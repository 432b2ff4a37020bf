import type { ArrayPath } from './bool.ts';
import { kqlMember, kqlString } from './literal.ts';
import type { Branch, FieldColumn, Spellings } from './source.ts';
import { tables } from './tables.ts';
import type { ColumnType, Table } from './tables.ts';

/** What stands at a path of the record, in KQL. */
export type Operand =
  | Value
  | EachElement
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'absent' }
  /** No column is known for it. */
  | { readonly kind: 'unknown' };

export interface EachElement {
  readonly kind: 'each';
  readonly array: ArrayPath;
  /** The array itself, when the path ends at it; `within`: the arrays that it stands in. */
  readonly whole: { readonly value: Value; readonly within: ArrayPath | undefined } | undefined;
  readonly element: Value;
  /** Which elements count, in KQL; undefined: all. */
  readonly only: string | undefined;
}

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

/** What the branch says of a path, whatever its letter case: records are read so too. */
function fieldAt(fields: Readonly<Record<string, FieldColumn>>, path: string): FieldColumn | undefined {
  if (Object.hasOwn(fields, path)) return fields[path];
  const wanted = path.toLowerCase();
  return Object.entries(fields).find(([known]) => known.toLowerCase() === wanted)?.[1];
}

/** Whether the branch knows this very path, rather than an object that it may stand in. */
export const isStated = ({ fields }: Branch, path: string): boolean => fieldAt(fields, path) !== undefined;

/** The longest path of the branch that is `path` or leads to it. */
function longestFit(branch: Branch, path: string): { field: FieldColumn; rest: string } | undefined {
  for (let known = path; ; known = known.slice(0, known.lastIndexOf('.'))) {
    const field = fieldAt(branch.fields, known);
    if (field !== undefined) {
      if (known === path) return { field, rest: '' };
      return field.kind === 'json' ? { field, rest: path.slice(known.length + 1) } : undefined;
    }
    if (!known.includes('.')) return undefined;
  }
}

/** A name that is an address (`http://schemas.microsoft.com/…/objectidentifier`, a claim) is one name, dots and all. */
function members(path: string): string {
  if (path === '') return '';
  const address = path.search(/(?<=^|\.)https?:\/\//u);
  const names = address < 0 ? path.split('.') : [...path.slice(0, address).split('.'), path.slice(address)];
  return names
    .filter((name) => name !== '')
    .map(kqlMember)
    .join('');
}

/** Finds the column, or the place inside a column, that holds a path of the record. */
export function operandOf(branch: Branch, path: string): Operand {
  const fit = longestFit(branch, path);
  if (fit !== undefined) return operandIn(branch, fit.field, path, fit.rest);
  return branch.record === undefined ? { kind: 'unknown' } : insideJson(branch, path, path, branch.record);
}

function operandIn(branch: Branch, field: FieldColumn, path: string, rest: string): Operand {
  switch (field.kind) {
    case 'constant':
      return field;
    case 'absent':
      return { kind: 'absent' };
    case 'column':
      return value(field.column, typeOf(branch, field.column), field.spellings);
    case 'computed':
      return value(field.kql, 'string', field.spellings);
    case 'grown':
      return value(ifExists(field.column, field.type), field.type);
    case 'pair':
      return {
        kind: 'each',
        array: { root: field.list, steps: [] },
        whole: undefined,
        element: value('Element.Value', 'dynamic'),
        only: `tostring(Element.Name) =~ ${kqlString(field.name)}`,
      };
    case 'json':
      return insideJson(branch, path, rest, jsonRoot(branch, field));
  }
}

/** A column of the table that the rule names itself, in any letter case; a dot leads into its JSON. */
export function columnOperand({ table }: Branch, name: string): Operand {
  const { columns }: Table = tables[table];
  const [first = '', ...rest] = name.split('.');
  const found = Object.keys(columns).find((known) => known.toLowerCase() === first.toLowerCase());
  const type = found === undefined ? undefined : columns[found];
  if (found === undefined || type === undefined) return { kind: 'unknown' };
  if (rest.length === 0) return value(found, type);
  if (type !== 'dynamic' && type !== 'string') return { kind: 'unknown' };
  return value((type === 'dynamic' ? found : `parse_json(${found})`) + members(rest.join('.')), 'dynamic');
}

function jsonRoot(branch: Branch, { column, isGrown }: FieldColumn & { readonly kind: 'json' }): string {
  if (isGrown === true) return `parse_json(${ifExists(column, 'string')})`;
  return typeOf(branch, column) === 'dynamic' ? column : `parse_json(${column})`;
}

/** An array at the end of a path is asked for its JSON text too. */
function wholeArray({ root, steps }: ArrayPath): EachElement['whole'] {
  const last = steps.at(-1);
  return last === undefined
    ? { value: value(root, 'dynamic'), within: undefined }
    : { value: value(`Element${last}`, 'dynamic'), within: { root, steps: steps.slice(0, -1) } };
}

function insideJson(branch: Branch, path: string, rest: string, root: string): Operand {
  const start = path.length - rest.length;
  const folded = path.toLowerCase();
  const throughs = branch.arrays
    .filter((array) => folded === array.toLowerCase() || folded.startsWith(`${array.toLowerCase()}.`))
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
    whole: leaf === '' ? wholeArray(array) : undefined,
    element: value(`Element${leaf}`, 'dynamic'),
    only: undefined,
  };
}
