import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { DuckDBBlobValue, DuckDBInstance, DuckDBTimestampTZValue } from '@duckdb/node-api';
import type { DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tables } from '../../src/domain/tables.ts';
import type { CaptureRow, Column, ColumnValue } from '../../src/domain/tables.ts';
import type { RowBytes } from '../../src/proof/verify-port.ts';
import { readRows } from '../../src/store/parquet-reader.ts';
import { encodeParquet, writeParquet } from '../../src/store/parquet-writer.ts';
import { growColumn } from '../../src/store/parquet/column-data.ts';
import { PAGE_BYTES, PAGE_ROWS } from '../../src/store/parquet/page.ts';
import { captureWalk } from '../../src/verifier/parquet/walk.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { aCapture, temporaryFolder } from './lakes.ts';
import { aColumn, aSample, readBack } from './parquet/columns.ts';
import type { Sample } from './parquet/columns.ts';

const MICROS = 1000n;

/** A value as plain data that can be compared: bytes as hex, times in microseconds, numbers whole. */
function plain(column: Column<never>, value: ColumnValue): unknown {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'string') return readBack(value);
  return column.type === 'timestamp' ? BigInt(value) * MICROS : BigInt(value);
}

const expected = ({ columns, data, rows }: Sample): unknown[][] =>
  Array.from({ length: rows }, (_, row) => columns.map((column, i) => plain(column, data[i]?.[row])));

async function byHyparquet({ columns }: Sample, bytes: Uint8Array): Promise<unknown[][]> {
  const names = columns.map(({ name }) => name);
  return (await readRows(bytes, names)).map((row) =>
    row.map((cell, i) => {
      if (cell === null || cell === undefined) return null;
      if (cell instanceof Uint8Array) return Buffer.from(cell).toString('hex');
      if (typeof cell === 'string') return cell;
      return columns[i]?.type === 'timestamp'
        ? BigInt(Math.round(Number(cell) * 1000))
        : BigInt(cell as number | bigint);
    }),
  );
}

async function openDuckDb(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return connection;
}

async function byDuckDb(connection: DuckDBConnection, file: string): Promise<unknown[][]> {
  const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
  return result.getRows().map((row) =>
    row.map((cell) => {
      if (cell instanceof DuckDBBlobValue) return Buffer.from(cell.bytes).toString('hex');
      if (cell instanceof DuckDBTimestampTZValue) return cell.micros;
      return typeof cell === 'number' ? BigInt(cell) : cell;
    }),
  );
}

const textSample = (name: string, values: readonly ColumnValue[]): Sample => ({
  columns: [aColumn(name, 'string', { isNullable: true })],
  data: [values],
  rows: values.length,
});

test('rows come back as they were: texts, words, bytes, numbers, times and what is missing', async () => {
  const sample: Sample = {
    columns: [
      aColumn('leaf', 'long'),
      aColumn('time', 'timestamp'),
      aColumn('class', 'string', { values: 'repeats' }),
      aColumn('actor', 'string', { isNullable: true }),
      aColumn('body', 'bytes'),
    ],
    data: [
      [7, 8, 9],
      [1_772_000_000_000, 1_772_000_000_001, 1_771_999_999_999],
      ['key_vault', 'key_vault', 'storage'],
      ['ada@example.com', undefined, '🔑'],
      [Buffer.from('{}'), new Uint8Array(), Buffer.from([0, 255])],
    ],
    rows: 3,
  };
  expect(await byHyparquet(sample, await encodeParquet(sample.columns, sample.data))).toEqual([
    [7n, 1_772_000_000_000_000n, 'key_vault', 'ada@example.com', '7b7d'],
    [8n, 1_772_000_000_001_000n, 'key_vault', null, ''],
    [9n, 1_771_999_999_999_000n, 'storage', '🔑', '00ff'],
  ]);
});

test('whatever the rows, hyparquet and DuckDB read them back, and the same rows give the same bytes', async () => {
  const path = await temporaryFolder();
  const duckDb = await openDuckDb();
  let files = 0;
  await fc.assert(
    fc.asyncProperty(aSample, async (sample) => {
      const bytes = await encodeParquet(sample.columns, sample.data);
      const file = join(path, `${files++}.parquet`);
      await writeFile(file, bytes);
      const rows = expected(sample);
      expect(await byHyparquet(sample, bytes)).toEqual(rows);
      expect(await byDuckDb(duckDb, file)).toEqual(rows);
      expect(bytes.equals(await encodeParquet(sample.columns, sample.data))).toBe(true);
    }),
    { numRuns: 120 },
  );
});

test('values larger than a page, and more rows than one holds, go on in the next', async () => {
  const long = 'x'.repeat(PAGE_BYTES + 3);
  const values = Array.from({ length: PAGE_ROWS * 2 + 5 }, (_, row) =>
    row % 3 === 0 ? undefined : `text ${row}`,
  );
  const sample = textSample('text', [long, undefined, `${long}é`, ...values, long]);
  const bytes = await encodeParquet(sample.columns, sample.data);
  expect(await byHyparquet(sample, bytes)).toEqual(expected(sample));
  const file = join(await temporaryFolder(), 'large.parquet');
  await writeFile(file, bytes);
  expect(await byDuckDb(await openDuckDb(), file)).toEqual(expected(sample));
});

test('a file that is made while others are made is the same', async () => {
  const samples = [3000, 1, 70_000, 300].map((rows) =>
    textSample(
      'text',
      Array.from({ length: rows }, (_, row) => `${'padding '.repeat(row % 40)}${row * rows}`),
    ),
  );
  const alone: Buffer[] = [];
  for (const { columns, data } of samples) alone.push(await encodeParquet(columns, data));
  const together = await Promise.all(samples.map(({ columns, data }) => encodeParquet(columns, data)));
  for (const [i, bytes] of together.entries()) expect(bytes.equals(alone[i] ?? Buffer.alloc(0))).toBe(true);
});

test('others on the thread get their turn while a large file is made, however many are made at once', async () => {
  const texts = Array.from({ length: 120_000 }, (_, row) => `${row}`.padStart(40, 'text '));
  const { columns, data } = textSample('text', texts);
  let turns = 0;
  const over = new AbortController();
  const other = (async () => {
    for (; !over.signal.aborted; turns++) await setImmediate();
  })();
  await Promise.all([
    encodeParquet(columns, data),
    encodeParquet(columns, data),
    encodeParquet(columns, data),
  ]);
  over.abort();
  await other;
  // A page is the least that is done at a stretch: five to a file.
  expect(turns).toBeGreaterThan(3);
});

test("the verifier's own reader walks captures of many pages", async () => {
  const { columns } = tables.captures;
  const rows = Array.from({ length: PAGE_ROWS + 40 }, (_, leaf): CaptureRow => {
    const enqueuedAt = leaf % 5 === 0 ? undefined : 1_772_000_000_000 + ((leaf * 7919) % 86_400_000);
    const capture = { ...aCapture({ sequence: leaf * 3 }), enqueuedAt, body: Buffer.from(`{"n":${leaf}}`) };
    return { leaf, capture, storedSha256: `${leaf}`.padStart(64, '0'), redactions: '' };
  });
  const bytes = await encodeParquet(
    columns,
    columns.map(({ of }) => rows.map(of)),
  );
  const metadata = parquetMetadata(new Uint8Array(bytes).buffer);
  const walk = captureWalk(bytes, metadata, pageCompressors, []);
  const textOf = ({ bytes: page, from, to }: RowBytes): string =>
    Buffer.from(page.subarray(from, to)).toString();
  const walked: unknown[] = [];
  while (walk.next()) {
    const { leaf, sequence, enqueuedAt, body, storedSha256 } = walk;
    walked.push([leaf, sequence, enqueuedAt, textOf(body), textOf(storedSha256)]);
  }
  expect(walked).toEqual(
    rows.map(({ leaf, capture: { sequence, enqueuedAt }, storedSha256 }) => [
      leaf,
      sequence,
      enqueuedAt,
      `{"n":${leaf}}`,
      storedSha256,
    ]),
  );
});

test('words that were numbered as they arrived give the bytes that the words themselves give, in any part of them', async () => {
  await fc.assert(
    fc.asyncProperty(aSample, fc.nat(300), fc.nat(300), async ({ columns, data, rows }, one, other) => {
      const [from = 0, to = 0] = [Math.min(rows, one), Math.min(rows, other)].toSorted((a, b) => a - b);
      const grown = columns.map((column, i) => {
        const growing = growColumn(column);
        for (const value of data[i] ?? []) growing.push(value);
        return growing.data;
      });
      const { bytes } = await writeParquet(columns, grown, from, to);
      const plainly = await encodeParquet(
        columns,
        data.map((values) => values.slice(from, to)),
      );
      expect(bytes.equals(plainly)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

describe('what a column cannot hold is refused, by the name of the column', () => {
  test.each<[string, Column<never>, ColumnValue]>([
    ['nothing, where there must be something', aColumn('id', 'string'), undefined],
    ['half a number', aColumn('leaf', 'long'), 0.5],
    ['no number at all', aColumn('leaf', 'long'), Number.NaN],
    ['a number past 32 bits', aColumn('record', 'int'), 2 ** 31],
    ['a number that no double tells from its neighbour', aColumn('leaf', 'long'), 2 ** 60],
  ])('%s', async (_, column, value) => {
    await expect(encodeParquet([column], [[value]])).rejects.toThrow(`column ${column.name}`);
  });
});
