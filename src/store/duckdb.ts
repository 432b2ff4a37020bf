import { DuckDBInstance } from '@duckdb/node-api';
import { rowChunks } from './statement.ts';

export interface DuckDbLimits {
  /** What DuckDB may use, as it writes sizes. (Default: 512MB) */
  readonly memoryLimit?: string;
  /** (Default: 2) */
  readonly threads?: number;
}

/** DuckDB in memory, and how statements run in it. */
export interface DuckDb {
  readonly connect: DuckDBInstance['connect'];
  readonly rowChunks: typeof rowChunks;
  readonly close: () => void;
}

/**
 * Opens a DuckDB that can read what it is told to and nothing else of this machine.
 *
 * @param allow the setting that says what it may read.
 */
export async function openDuckDb({ memoryLimit, threads }: DuckDbLimits, allow: string): Promise<DuckDb> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit ?? '512MB',
    threads: String(threads ?? 2),
    autoinstall_known_extensions: 'false',
    temp_directory: '',
  });
  const connection = await instance.connect();
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  await connection.run(`SET ${allow}`);
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  connection.closeSync();
  return { connect: () => instance.connect(), rowChunks, close: () => instance.closeSync() };
}
