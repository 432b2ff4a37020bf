import type { ColumnValue, TableName } from '../../domain/tables.ts';
import { tableNames } from '../../domain/tables.ts';
import { PipelineError } from '../../lib/errors.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { parseEntry } from '../../proof/entries.ts';
import type { SegmentFacts } from '../../proof/entries.ts';
import { writerOf } from '../../proof/commits.ts';
import { createLogReader } from '../../proof/evidence.ts';
import { columnsOf } from '../schema.ts';
import type { Files } from '../files.ts';
import { verifiable } from '../lake-files.ts';
import { columnNames, readRows } from '../parquet-reader.ts';
import { ownerOfFile } from '../segment-name.ts';
import { readSnapshot } from '../snapshot.ts';
import { sealRefs } from './seal-refs.ts';

/** A file that is in a table now and that this writer put there. */
export interface OwnFile {
  readonly table: TableName;
  readonly day: string;
  /** Relative to the table's folder. */
  readonly path: string;
  readonly rows: number;
  /** Bytes. */
  readonly size: number;
  /** As the log has it, hex. */
  readonly sha256: string;
  /** Smallest leaf that a row of it is about; 0 when it is about none. */
  readonly firstLeaf: number;
}

/** The values of every column, in the order of the table's columns. */
export type Columns = readonly ColumnValue[][];

/** The files of one writer, and their rows. */
export interface OwnFiles {
  readonly files: readonly OwnFile[];
  /**
   * The rows of a file. Its bytes are compared with the log first: maintenance must never sign for what was changed.
   *
   * @throws PipelineError TAMPERING when the file is missing or is not what the log has.
   */
  read(file: OwnFile): Promise<Columns>;
}

export function columnIndex(table: TableName, name: string): number {
  const index = columnsOf(table).findIndex((column) => column.name === name);
  if (index < 0) throw new RangeError(`${table} has no column ${name}`);
  return index;
}

/** The values of a column by its name. */
export const columnOf = (table: TableName, columns: Columns, name: string): readonly ColumnValue[] =>
  columns[columnIndex(table, name)] ?? [];

const cellOf = (value: unknown): ColumnValue => {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'bigint' ? Number(value) : (value as ColumnValue);
};

async function columnsIn(table: TableName, bytes: Uint8Array): Promise<Columns> {
  const present = new Set(columnNames(bytes));
  // A column that the file is older than is null in all of its rows.
  const names = columnsOf(table).map(({ name }) => (present.has(name) ? name : undefined));
  const places = new Map(names.filter((name) => name !== undefined).map((name, i) => [name, i]));
  const columns: ColumnValue[][] = names.map(() => []);
  for (const row of await readRows(bytes, [...places.keys()]))
    for (const [i, column] of columns.entries()) column.push(cellOf(row[places.get(names[i] ?? '') ?? -1]));
  return columns;
}

/**
 * Every file that the log of `origin` has in a table now, oldest first. Of the lake's commits, those alone are read that the newest
 * checkpoint does not hold, and those of seals that still have a file.
 *
 * @throws PipelineError TAMPERING when the log has no entry of a file.
 */
export async function openOwnFiles(files: Files, origin: string): Promise<OwnFiles> {
  const snapshot = await readSnapshot(files);
  const seals = sealRefs(files, snapshot, origin);
  const log = createLogReader(verifiable(files), seals.newest === undefined ? [] : [seals.newest]);
  const writer = writerOf(origin);
  const live = tableNames
    .flatMap((table) => snapshot.files[table].map((file) => ({ table, file, owner: ownerOfFile(file.path) })))
    .filter(({ owner }) => owner !== undefined && owner.writer === writer);

  const found: OwnFile[] = [];
  const bySeal = Map.groupBy(live, ({ owner }) => owner?.seal ?? 0);
  for (const [number, its] of [...bySeal].toSorted(([a], [b]) => a - b)) {
    const logged = new Map<string, SegmentFacts>();
    for (const { text } of await log.behindCaptures(await seals.at(number))) {
      const entry = parseEntry(text);
      if (entry?.kind === 'segment')
        logged.set(`${entry.segment.table}/${entry.segment.path}`, entry.segment);
    }
    for (const { table, file } of its) {
      const segment = logged.get(file.path);
      if (segment === undefined)
        throw new PipelineError('TAMPERING', file.path, 'the log has no entry of this file; run verify');
      found.push({
        table,
        day: dayOf(segment.path),
        path: segment.path,
        rows: segment.rows,
        size: segment.size,
        sha256: segment.sha256,
        firstLeaf: Number(file.stats.minValues['leaf'] ?? 0),
      });
    }
  }
  return {
    files: found,
    async read({ table, path, sha256 }) {
      const bytes = await files.read(`${table}/${path}`);
      if (bytes === undefined || sha256Hex(bytes) !== sha256)
        throw new PipelineError(
          'TAMPERING',
          `${table}/${path}`,
          'the file is missing or is not what the log has; run verify, nothing was written',
        );
      return columnsIn(table, bytes);
    },
  };
}

/** The day of a file, by its path in the table: as partitionValues has it. */
const dayOf = (path: string): string => path.slice('day='.length, path.indexOf('/'));
