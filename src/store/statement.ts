import { StatementType } from '@duckdb/node-api';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { PipelineError } from '../lib/errors.ts';

/** A row as DuckDB gives it: BIGINT as bigint, everything else as JavaScript has it. */
export type QueryRow = Readonly<Record<string, unknown>>;
export type QueryParameters = Readonly<Record<string, DuckDBValue>>;

/** What only reads. DuckDB's COPY could write into the very folder that it may read. */
const reading: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

/**
 * Runs one statement that only reads, its parameters bound, and hands over chunk by chunk: a large result never stands in
 * memory twice, as DuckDB's and as ours.
 *
 * @throws PipelineError USAGE when it is no single statement, or one that does more than read.
 */
export async function* rowChunks(
  connection: DuckDBConnection,
  sql: string,
  parameters: QueryParameters,
): AsyncGenerator<readonly QueryRow[]> {
  if (sql.trim() === '')
    throw new PipelineError('USAGE', 'query', 'this is no statement; begin with SELECT or WITH');
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1)
    throw new PipelineError('USAGE', 'query', `these are ${statements.count} statements; ask one at a time`);
  const prepared = await statements.prepare(0);
  try {
    if (!reading.has(prepared.statementType)) {
      const what = `${StatementType[prepared.statementType]} statements are refused: the lake is only read; begin with SELECT or WITH`;
      throw new PipelineError('USAGE', 'query', what);
    }
    prepared.bind({ ...parameters });
    const result = await prepared.stream();
    yield* result.yieldRowObjectJs();
  } finally {
    prepared.destroySync();
  }
}
