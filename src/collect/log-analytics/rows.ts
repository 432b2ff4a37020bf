import { sha256Hex } from '../../lib/hash.ts';
import { canonicalJson, isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';

export interface Row {
  /** Of the row as received. Rows that are the same have the same one. */
  readonly digest: string;
  readonly record: JsonObject;
}

export type Rows =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  /** The answer was cut at a limit of the service: ask for less. */
  | { readonly kind: 'partial'; readonly why: string };

/** The service cuts answers here. https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits */
export const ROW_LIMIT = 500_000;

/** Hex digits of a row's digest that are kept: 128 bits. */
const DIGEST_LENGTH = 32;

const list = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];

const textAt = (value: JsonObject, key: string): string => {
  const found = value[key];
  return typeof found === 'string' ? found : '';
};

/**
 * Rows of an answer as objects, in the order of their digests: the service promises no order, and the same rows have
 * to give the same evidence. Values stay as they were received: times keep their seven digits, dynamic columns are text.
 */
export function rowsOf(text: string): Rows {
  const answer = JSON.parse(text) as JsonValue;
  const error = isJsonObject(answer) ? answer['error'] : undefined;
  if (isJsonObject(error)) return { kind: 'partial', why: textAt(error, 'code') };
  const tables = isJsonObject(answer) ? list(answer['tables']) : [];
  const table = tables.find((one) => isJsonObject(one) && one['name'] === 'PrimaryResult') ?? tables[0];
  if (!isJsonObject(table)) return { kind: 'rows', rows: [] };
  const names = list(table['columns']).map((column) => (isJsonObject(column) ? textAt(column, 'name') : ''));
  const rows = list(table['rows']);
  if (rows.length >= ROW_LIMIT) return { kind: 'partial', why: `${ROW_LIMIT} rows` };
  return {
    kind: 'rows',
    rows: rows
      .map((row) => {
        const values = list(row);
        const record = Object.fromEntries(
          names.flatMap((name, index) => {
            const value = values[index] ?? null;
            return value === null ? [] : [[name, value]];
          }),
        );
        return { digest: sha256Hex(canonicalJson(record)).slice(0, DIGEST_LENGTH), record };
      })
      .toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
  };
}
