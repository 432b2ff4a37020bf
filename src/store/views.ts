import type { ColumnType, TableName } from '../domain/tables.ts';
import { columnsOf } from './schema.ts';

/** A file as DuckDB finds it, and how many columns it was written with: tables grow columns, files do not. */
export interface ViewedFile {
  readonly path: string;
  readonly columns: number;
}

const duckTypes: Record<ColumnType, string> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  int: 'INTEGER',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  bytes: 'BLOB',
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const scan = (paths: readonly string[]): string =>
  `SELECT * FROM read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = true, hive_types = {'day': VARCHAR})`;

/** No rows, and every column of the table. */
function typed(table: TableName): string {
  const columns = columnsOf(table).map(({ name, type }) => `NULL::${duckTypes[type]} AS ${quoted(name)}`);
  return `SELECT ${[...columns, "''::VARCHAR AS day"].join(', ')} WHERE false`;
}

/** A view with the table's columns over these files. A column that a file is older than is null in its rows. */
export function viewOf(table: TableName, files: readonly ViewedFile[]): string {
  const all = columnsOf(table).length;
  const groups = Map.groupBy(files, ({ columns }) => columns);
  const scans = [...groups.values()].map((group) => scan(group.map(({ path }) => path)));
  const isPlain = groups.size === 1 && groups.has(all);
  const body = (isPlain ? scans : [typed(table), ...scans]).join(' UNION ALL BY NAME ');
  return `CREATE TEMP VIEW ${quoted(table)} AS ${body}`;
}
