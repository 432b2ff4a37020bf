import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import type { Branch, FieldColumn } from '../../src/sigma/kql/source.ts';
import { tables } from '../../src/sigma/kql/tables.ts';
import type { Table } from '../../src/sigma/kql/tables.ts';

/** A row of a table; a text column that the record says nothing about is empty, any other is null. */
export type Row = Readonly<Record<string, JsonValue>>;

/** The member at a path, keys with dots in them too, as Azure copies it into a column: no case folding, no arrays. */
function memberAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  const dots = [...path.matchAll(/\./g)].map(({ index }) => index);
  for (const dot of dots) {
    const found = memberAt(value[path.slice(0, dot)], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

const asText = (value: JsonValue): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);

function stored(value: JsonValue, type: string): JsonValue {
  switch (type) {
    case 'string':
      return asText(value);
    case 'int':
    case 'long':
    case 'real':
      return asText(value) === '' || Number.isNaN(Number(asText(value))) ? null : Number(asText(value));
    case 'bool':
      return value === null ? null : asText(value).toLowerCase() === 'true';
    default:
      return value;
  }
}

const typeOf = (branch: Branch, field: FieldColumn & { readonly column: string }): string => {
  const { columns }: Table = tables[branch.table];
  if (field.kind === 'grown') return field.type;
  return columns[field.column] ?? 'string';
};

/** What Azure would write into the table for a record; undefined when such a record goes elsewhere. */
export function rowOf(branch: Branch, record: JsonObject, more: Row = {}): Row | undefined {
  const { columns }: Table = tables[branch.table];
  const row: Record<string, JsonValue> = Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, type === 'string' ? '' : null]),
  );
  for (const [path, field] of Object.entries(branch.fields)) {
    const value = memberAt(record, path);
    if (field.kind === 'constant' && value !== field.text) return undefined;
    // A computed text and a list of pairs are read out of columns that other paths fill.
    if (value === undefined || !('column' in field)) continue;
    const isFilled =
      row[field.column] !== undefined && row[field.column] !== '' && row[field.column] !== null;
    if (!isFilled) row[field.column] = stored(value, typeOf(branch, field));
  }
  return { ...row, Type: branch.table, ...more };
}
