import { sha256Hex } from '../lib/hash.ts';
import { canonicalJson } from '../lib/json.ts';
import { commitFile } from '../proof/commits.ts';
import type { Column, ColumnType, TableName } from '../domain/tables.ts';
import { tableNames, tables } from '../domain/tables.ts';
import type { Files } from './files.ts';
import { protocol, schemaString } from './schema.ts';
import type { ColumnFacts } from './parquet-writer.ts';

/** `captures/_delta_log/00000000000000000003.json`. */
export const commitPath = (table: TableName, version: number): string =>
  `${table}/_delta_log/${commitFile(version)}`;

/** A UUID that follows from the names, in the form of version 5: the same lake has the same table ids again. */
function tableId(origin: string, table: TableName): string {
  const hex = sha256Hex(`${origin}\u001f${table}`);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The first commit of a table: its protocol and columns, no rows. */
export const creationCommit = (origin: string, table: TableName, time: number): string =>
  [
    {
      commitInfo: {
        timestamp: time,
        operation: 'CREATE TABLE',
        operationParameters: {},
        engineInfo: 'plumbline',
      },
    },
    { protocol },
    {
      metaData: {
        id: tableId(origin, table),
        name: table,
        description: tables[table].description,
        format: { provider: 'parquet', options: {} },
        schemaString: schemaString(table),
        partitionColumns: ['day'],
        configuration: {},
        createdTime: time,
      },
    },
  ]
    .map((action) => `${canonicalJson(action)}\n`)
    .join('');

const bound = (type: ColumnType, value: number): string | number =>
  type === 'timestamp' ? new Date(value).toISOString() : value;

/**
 * Statistics of a file, as readers use them to skip it: PROTOCOL.md, Per-file Statistics. Bounds are given for times and
 * numbers alone: of every text there is some in every file.
 */
export function statsOf(
  columns: readonly Column<never>[],
  rows: number,
  facts: readonly ColumnFacts[],
): string {
  const minValues: Record<string, string | number> = {};
  const maxValues: Record<string, string | number> = {};
  const nullCount: Record<string, number> = {};
  for (const [i, { name, type }] of columns.entries()) {
    const { nulls = 0, bounds } = facts[i] ?? {};
    nullCount[name] = nulls;
    if (bounds === undefined) continue;
    minValues[name] = bound(type, bounds.min);
    maxValues[name] = bound(type, bounds.max);
  }
  return canonicalJson({ numRecords: rows, minValues, maxValues, nullCount });
}

/** Digests of the first commits, for the evidence log. */
export async function creationDigests(files: Files): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const table of tableNames) {
    const commit = await files.read(commitPath(table, 0));
    if (commit !== undefined) digests[table] = sha256Hex(commit);
  }
  return digests;
}
