import type { ColumnValue, TableName } from '../../domain/tables.ts';
import { tableNames } from '../../domain/tables.ts';
import { PipelineError } from '../../lib/errors.ts';
import { sha256Hex } from '../../lib/hash.ts';
import { parseEntry } from '../../proof/entries.ts';
import type { SegmentFacts } from '../../proof/entries.ts';
import { createLogReader, liveSegments, readSeals } from '../../proof/evidence.ts';
import type { LiveSegment, SealRef } from '../../proof/evidence.ts';
import { columnsOf } from '../schema.ts';
import type { Files } from '../files.ts';
import { verifiable } from '../lake-files.ts';
import { columnNames, readRows } from '../parquet-reader.ts';

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

const isTable = (name: string): name is TableName => (tableNames as readonly string[]).includes(name);

function leafOf(stats: string): number {
  const { minValues } = JSON.parse(stats) as { minValues?: { leaf?: number } };
  return minValues?.leaf ?? 0;
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

/** Every file that the log of `origin` has in a table now, oldest first. */
export async function openOwnFiles(files: Files, origin: string): Promise<OwnFiles> {
  const readable = verifiable(files);
  const seals = await readSeals(readable);
  const log = createLogReader(readable, seals);
  const logged = new Map<SealRef, Map<string, SegmentFacts>>();
  const segmentsOf = async (seal: SealRef): Promise<Map<string, SegmentFacts>> => {
    const known = logged.get(seal);
    if (known !== undefined) return known;
    const found = new Map<string, SegmentFacts>();
    for (const { text } of await log.behindCaptures(seal)) {
      const entry = parseEntry(text);
      if (entry?.kind === 'segment') found.set(`${entry.segment.table}/${entry.segment.path}`, entry.segment);
    }
    logged.set(seal, found);
    return found;
  };

  const own = async ({ seal, path, table, add }: LiveSegment): Promise<OwnFile> => {
    const segment = (await segmentsOf(seal)).get(path);
    if (segment === undefined || !isTable(table))
      throw new PipelineError('TAMPERING', path, 'the log has no entry of this file; run verify');
    return {
      table,
      day: add.partitionValues.day,
      path: add.path,
      rows: segment.rows,
      size: segment.size,
      sha256: segment.sha256,
      firstLeaf: leafOf(add.stats),
    };
  };

  const found: OwnFile[] = [];
  for (const segment of liveSegments(seals))
    if (segment.seal.origin === origin) found.push(await own(segment));
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
