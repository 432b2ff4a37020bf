import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { tableNames } from '../domain/tables.ts';
import type { TableName } from '../domain/tables.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { PipelineError } from '../lib/errors.ts';
import type { DuckDb, DuckDbLimits } from './duckdb.ts';
import type { PayloadReading } from './encryption/payload-reading.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';
import { inParallel } from './parallel.ts';
import { segmentCopies } from './segment-copies.ts';
import { emptySnapshot, readSnapshot } from './snapshot.ts';
import type { LiveFile, Snapshot } from './snapshot.ts';
import type { QueryParameters, QueryRow } from './statement.ts';
import { literal, viewOf } from './views.ts';
import type { ViewedFile } from './views.ts';

export interface QueryOptions extends DuckDbLimits {
  /** The lake's folder; for a lake elsewhere, a folder for copies of the segments that are read. */
  readonly path: string;
  /** A statement that computes longer is cancelled, ms. (Default: 60 s) */
  readonly timeoutMs?: number;
  /** Files of a lake that is not in the folder. (Default: those of the folder) */
  readonly files?: Files | undefined;
  /** Names this process among those that share a folder of copies. */
  readonly reader?: string;
  /**
   * True: statements come from people. They see the lake as it is now, and no file of the folder but the live ones: what was
   * erased or taken out may lie there for a while. (Default: false)
   */
  readonly isFenced?: boolean;
  /** Opens encrypted values of rows that have the columns which name them. (Default: they stay as they are) */
  readonly payload?: Pick<PayloadReading, 'open' | 'refresh'>;
}

export type { QueryRow } from './statement.ts';
type TakeRow = (row: QueryRow) => unknown;
type FilesByTable = Readonly<Partial<Record<TableName, readonly LiveFile[]>>>;

/** SQL over the sealed lake: one view a table, over the files that the Delta log names. */
export interface Queries {
  /** Looks for new seals, and answers what queries will see from now on. */
  snapshot(): Promise<Snapshot>;
  /**
   * Runs a statement over the newest snapshot, every table of the same moment, with its parameters bound. Times are
   * TIMESTAMPTZ in UTC.
   *
   * @throws PipelineError QUERY_TIMEOUT when it takes longer than it may; USAGE when it is more than one statement, or one
   *   that does more than read.
   */
  rows(sql: string, parameters?: QueryParameters): Promise<readonly QueryRow[]>;
  /** The same, row by row until `take` answers false, for results that are large: no more of them is held than a chunk. */
  each(sql: string, parameters: QueryParameters, take: TakeRow): Promise<void>;
  /** The same over some files of some tables: of a table that is not named there are no rows. */
  eachOf(files: FilesByTable, sql: string, take: TakeRow, parameters?: QueryParameters): Promise<void>;
  /** The same as rows that are asked for: no more of them is held than a chunk, however long the asker takes. */
  rowsOf(files: FilesByTable, sql: string, parameters?: QueryParameters): AsyncGenerator<QueryRow>;
  close(): void;
}

const tablesIn = (sql: string): TableName[] =>
  tableNames.filter((table) => new RegExp(`\\b${table}\\b`, 'i').test(sql));

/** Calls `cancel` when all that is waited for takes longer than `ms` together. */
function createTimeLimit(ms: number, cancel: () => void) {
  let left = ms;
  let isOver = false;
  return {
    get isOver() {
      return isOver;
    },
    async during<T>(work: Promise<T>): Promise<T> {
      const since = performance.now();
      const timer = setTimeout(() => {
        isOver = true;
        cancel();
      }, left);
      try {
        return await work;
      } finally {
        clearTimeout(timer);
        left = Math.max(1, left - (performance.now() - since));
      }
    },
  };
}

/**
 * DuckDB over a lake. Nothing of it is kept: the lake's files are the truth. It is loaded with the first statement: much that is
 * asked of a lake is answered without.
 */
export async function openQueries(options: QueryOptions): Promise<Queries> {
  const { timeoutMs = 60 * SECOND_MS } = options;
  const path = resolve(options.path);
  const files = options.files ?? folderFiles(path);
  const copies =
    options.files === undefined ? undefined : segmentCopies(files, path, options.reader ?? 'reader');
  const localPath = copies?.localPath ?? ((file: string) => Promise.resolve(join(path, file)));
  const { place } = files;
  let known = emptySnapshot();

  const refresh = async (): Promise<Snapshot> => {
    const isFirst = known.seals === 0;
    known = await readSnapshot(files, known);
    await options.payload?.refresh(known);
    if (isFirst)
      await copies?.keepOnly(tableNames.flatMap((table) => known.files[table].map((file) => file.path)));
    return known;
  };
  const fence = async (): Promise<string> => {
    if (options.isFenced !== true) return `allowed_directories = [${literal(`${path}/`)}]`;
    const live = Object.values((await refresh()).files).flat();
    return `allowed_paths = [${live.map((file) => literal(join(path, file.path))).join(', ')}]`;
  };
  const allow = await fence();
  let opening: Promise<DuckDb> | undefined;
  let isClosed = false;
  const duckDb = (): Promise<DuckDb> => {
    if (isClosed) throw new Error(`queries of lake ${place} are closed`);
    opening ??= import('./duckdb.ts').then(({ openDuckDb }) => openDuckDb(options, allow));
    opening.catch(() => (opening = undefined));
    return opening;
  };

  let refreshing: Promise<unknown> = Promise.resolve();
  const snapshot = (): Promise<Snapshot> => {
    if (options.isFenced === true) return Promise.resolve(known);
    const next = refreshing.then(refresh, refresh);
    refreshing = next.catch(() => undefined);
    return next;
  };

  const makeView = async (
    connection: DuckDBConnection,
    table: TableName,
    live: readonly LiveFile[],
  ): Promise<void> => {
    const local: ViewedFile[] = [];
    await inParallel(live.entries(), async ([i, file]) => {
      local[i] = { path: await localPath(file.path), columns: file.columns };
    });
    await connection.run(viewOf(table, local));
  };

  async function* run(
    filesOf: FilesByTable,
    sql: string,
    parameters: QueryParameters,
  ): AsyncGenerator<readonly QueryRow[]> {
    const { connect, rowChunks } = await duckDb();
    const connection = await connect();
    const limit = createTimeLimit(timeoutMs, () => connection.interrupt());
    try {
      // Views of this connection alone: whatever is sealed meanwhile, all of them are of one moment.
      for (const table of tablesIn(sql)) await makeView(connection, table, filesOf[table] ?? []);
      const chunks = rowChunks(connection, sql, parameters);
      try {
        for (;;) {
          const { done, value } = await limit.during(chunks.next());
          if (done === true) return;
          yield value.map((row) => options.payload?.open(row) ?? row);
        }
      } finally {
        await chunks.return(undefined);
      }
    } catch (cause) {
      if (!limit.isOver) throw cause;
      throw new PipelineError(
        'QUERY_TIMEOUT',
        `lake ${place}`,
        `a question to it was cancelled after ${timeoutMs / SECOND_MS} s; ask for a shorter window`,
        { cause },
      );
    } finally {
      connection.closeSync();
    }
  }

  const each: Queries['each'] = async (sql, parameters, take) => {
    const { files: live } = await snapshot();
    for await (const chunk of run(live, sql, parameters))
      for (const row of chunk) if (take(row) === false) return;
  };

  return {
    snapshot,
    each,
    async rows(sql, parameters = {}) {
      const rows: QueryRow[] = [];
      await each(sql, parameters, (row) => rows.push(row));
      return rows;
    },
    async eachOf(some, sql, take, parameters = {}) {
      if (Object.values(some).every(({ length }) => length === 0)) return;
      for await (const chunk of run(some, sql, parameters)) for (const row of chunk) take(row);
    },
    async *rowsOf(some, sql, parameters = {}) {
      for await (const chunk of run(some, sql, parameters)) yield* chunk;
    },
    close() {
      isClosed = true;
      opening?.then(({ close }) => close()).catch(() => undefined);
    },
  };
}
