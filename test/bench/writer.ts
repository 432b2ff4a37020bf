import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { DuckDBAppender } from '@duckdb/node-api';
import type { StoredCapture } from '../../src/domain/capture.ts';
import { captureId } from '../../src/domain/capture.ts';
import type { Event } from '../../src/domain/event.ts';
import { tables } from '../../src/domain/tables.ts';
import type { CaptureRow, ColumnType, ColumnValue, Table } from '../../src/domain/tables.ts';
import { sha256Hex } from '../../src/lib/hash.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import { growColumn } from '../../src/store/parquet/column-data.ts';
import { encodeParquet } from '../../src/store/parquet-writer.ts';
import { hubMessages } from './load.ts';
import { measure, spread } from './measure.ts';

/**
 * How fast rows become Parquet files, beside DuckDB's Appender and COPY on the very same rows: events, and the messages
 * they came in. `node test/bench/writer.ts [--rounds 7] [--records 42000]`. The arms take turns in one process.
 */
interface Rows<Row> {
  readonly table: Table<Row>;
  readonly rows: readonly Row[];
}

function rowsOf(records: number): { readonly captures: Rows<CaptureRow>; readonly events: Rows<Event> } {
  const normalise = createNormalise(normalisers);
  const events: Event[] = [];
  const captures = hubMessages(records).captures.map((capture, leaf): CaptureRow => {
    const storedSha256 = sha256Hex(capture.body);
    const stored: StoredCapture = { ...capture, originalSha256: storedSha256, redactions: [] };
    const id = captureId(stored);
    for (const { index, fields, record } of normalise(stored).items)
      events.push(
        Object.assign(
          { id: `${id}-${index}`, source: stored.source, evidence: { leaf, record: index }, record },
          fields,
        ),
      );
    return { leaf, capture: stored, storedSha256, redactions: '' };
  });
  return {
    captures: { table: tables.captures, rows: captures },
    events: { table: tables.events, rows: events },
  };
}

/** Ours: columns out of rows, Parquet, written and synced. */
async function ours<Row>({ table, rows }: Rows<Row>, file: string): Promise<void> {
  const { columns } = table;
  const growing = columns.map((column) => growColumn(column));
  for (const row of rows) for (let i = 0; i < columns.length; i++) growing[i]?.push(columns[i]?.of(row));
  const bytes = await encodeParquet(
    columns,
    growing.map(({ data }) => data),
  );
  const handle = openSync(file, 'w');
  writeSync(handle, bytes);
  fsyncSync(handle);
  closeSync(handle);
}

const sqlTypes: Record<ColumnType, string> = {
  string: 'VARCHAR',
  long: 'BIGINT',
  int: 'INTEGER',
  timestamp: 'TIMESTAMPTZ',
  bytes: 'BLOB',
};

function append(appender: DuckDBAppender, type: ColumnType, value: ColumnValue): void {
  if (value === undefined) return appender.appendNull();
  switch (type) {
    case 'string':
      return appender.appendVarchar(value as string);
    case 'long':
      return appender.appendBigInt(BigInt(value as number));
    case 'int':
      return appender.appendInteger(value as number);
    case 'timestamp':
      return appender.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(value as number) * 1000n));
    case 'bytes':
      return appender.appendBlob(value as Uint8Array);
  }
}

/** DuckDB's: a row appender into a table in memory, then COPY. */
async function duckDb<Row>({ table, rows }: Rows<Row>, file: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const columns = table.columns.map(({ name, type }) => `"${name}" ${sqlTypes[type]}`);
  await connection.run(`CREATE TABLE "${table.name}" (${columns.join(', ')})`);
  const appender = await connection.createAppender(table.name);
  for (const row of rows) {
    for (const { type, of } of table.columns) append(appender, type, of(row));
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(`COPY "${table.name}" TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  instance.closeSync();
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '7' }, records: { type: 'string', default: '42000' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-writer-'));
  try {
    const { captures, events } = rowsOf(Number(values.records));
    const file = (arm: string): string => join(folder, `${arm}.parquet`);
    // As in the pipeline, where rows are written when they were just made: texts lie in memory in their order, and none has
    // been looked up before. The record itself is in its capture.
    const bare = events.rows.map((row): Event => ({ ...row, record: {} }));
    let fresh: Rows<Event> = { table: events.table, rows: [] };
    const prepare = async (): Promise<void> => {
      fresh = { table: events.table, rows: structuredClone(bare) };
    };
    const arms = [
      { name: 'captures/ours', run: () => ours(captures, file('captures-ours')) },
      { name: 'captures/duckdb', run: () => duckDb(captures, file('captures-duckdb')) },
      { name: 'events/ours', prepare, run: () => ours(fresh, file('events-ours')) },
      { name: 'events/duckdb', prepare, run: () => duckDb(fresh, file('events-duckdb')) },
    ];
    const took = await measure(arms, Number(values.rounds), () => {});
    for (const [name, count] of [
      ['captures', captures.rows.length],
      ['events', events.rows.length],
    ] as const) {
      const of = (arm: string, clock: 'wall' | 'cpu'): readonly number[] =>
        (took.get(`${name}/${arm}`) ?? []).map((one) => one[clock]);
      const times = (clock: 'wall' | 'cpu'): string => {
        const [mine, theirs] = [of('ours', clock), of('duckdb', clock)];
        const { median, min, max } = spread(mine.map((ms, i) => (theirs[i] ?? Number.NaN) / ms));
        return `${median.toFixed(2)}x (${min.toFixed(2)} to ${max.toFixed(2)})`;
      };
      const [mine, theirs] = [statSync(file(`${name}-ours`)).size, statSync(file(`${name}-duckdb`)).size];
      const rate = (arm: string): number => Math.round(count / spread(of(arm, 'wall')).median);
      console.log(
        `${name}: ${count} rows, ours ${rate('ours')}k rows/s, DuckDB ${rate('duckdb')}k rows/s; wall ${times('wall')}, cpu ${times('cpu')}; size ${(mine / theirs).toFixed(3)}x`,
      );
    }
    const sum = (arm: string): number[] =>
      (took.get(`captures/${arm}`) ?? []).map(
        ({ wall }, i) => wall + (took.get(`events/${arm}`)?.[i]?.wall ?? 0),
      );
    const [mine, theirs] = [sum('ours'), sum('duckdb')];
    const { median } = spread(mine.map((ms, i) => (theirs[i] ?? Number.NaN) / ms));
    const size = (arm: string): number =>
      statSync(file(`captures-${arm}`)).size + statSync(file(`events-${arm}`)).size;
    console.log(
      `both: ${median.toFixed(2)}x as fast, ${(size('ours') / size('duckdb')).toFixed(3)}x the size`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
