import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import { tableNames } from '../domain/tables.ts';
import type { ColumnType, TableName } from '../domain/tables.ts';
import { columnsOf } from './delta-log.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { emptySnapshot, readSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

export interface QueryOptions {
  /** The lake's folder. */
  readonly path: string;
  /** What DuckDB may use, as it writes sizes. (Default: 512MB) */
  readonly memoryLimit?: string;
  /** (Default: 2) */
  readonly threads?: number;
  readonly files?: Files;
}

/** A row as DuckDB gives it: BIGINT as bigint, everything else as JavaScript has it. */
export type QueryRow = Readonly<Record<string, unknown>>;

/** SQL over the sealed lake: one view a table, over the files that the Delta log names. */
export interface Queries {
  /** Looks for new seals, and answers what queries will see from now on. */
  snapshot(): Promise<Snapshot>;
  /** Runs a statement over the newest snapshot, with its parameters bound. Times are TIMESTAMPTZ in UTC. */
  rows(sql: string, parameters?: Record<string, DuckDBValue>): Promise<readonly QueryRow[]>;
  /** The same, row by row, for results that are large: no more of them is held than a chunk. */
  each(sql: string, parameters: Record<string, DuckDBValue>, take: (row: QueryRow) => void): Promise<void>;
  close(): void;
}

const duckTypes: Record<ColumnType, string> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  int: 'INTEGER',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  bytes: 'BLOB',
};

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A view with the table's columns: over its files, or empty and typed when it has none. */
function viewOf(lake: string, table: TableName, snapshot: Snapshot): string {
  const files = snapshot.files[table].map(({ path }) => literal(join(lake, path)));
  const body =
    files.length > 0
      ? `SELECT * FROM read_parquet([${files.join(', ')}], hive_partitioning = true, hive_types = {'day': VARCHAR})`
      : `SELECT ${[...columnsOf(table).map(({ name, type }) => `NULL::${duckTypes[type]} AS ${quoted(name)}`), "''::VARCHAR AS day"].join(', ')} WHERE false`;
  return `CREATE OR REPLACE VIEW ${quoted(table)} AS ${body}`;
}

/** DuckDB in memory over a lake. Nothing of it is kept: the lake's files are the truth. */
export async function openQueries(options: QueryOptions): Promise<Queries> {
  const { path, files = folderFiles(options.path) } = options;
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: options.memoryLimit ?? '512MB',
    threads: String(options.threads ?? 2),
    autoinstall_known_extensions: 'false',
    temp_directory: '',
  });
  const main = await instance.connect();
  await main.run("SET GLOBAL TimeZone = 'UTC'");
  let known = emptySnapshot();
  for (const table of tableNames) await main.run(viewOf(path, table, known));

  const refresh = async (): Promise<Snapshot> => {
    const next = await readSnapshot(files, known);
    if (next.seals === known.seals) return known;
    for (const table of tableNames) {
      if (next.files[table].length > known.files[table].length) await main.run(viewOf(path, table, next));
    }
    known = next;
    return known;
  };
  let refreshing: Promise<unknown> = Promise.resolve();
  const snapshot = (): Promise<Snapshot> => {
    const next = refreshing.then(refresh, refresh);
    refreshing = next.catch(() => undefined);
    return next;
  };

  const each: Queries['each'] = async (sql, parameters, take) => {
    await snapshot();
    const connection = await instance.connect();
    try {
      // Chunk by chunk: a large result never stands in memory twice, as DuckDB's and as ours.
      const result = await connection.stream(sql, parameters);
      for await (const chunk of result.yieldRowObjectJs()) for (const row of chunk) take(row);
    } finally {
      connection.closeSync();
    }
  };

  return {
    snapshot,
    each,
    async rows(sql, parameters = {}) {
      const rows: QueryRow[] = [];
      await each(sql, parameters, (row) => rows.push(row));
      return rows;
    },
    close() {
      main.closeSync();
      instance.closeSync();
    },
  };
}
