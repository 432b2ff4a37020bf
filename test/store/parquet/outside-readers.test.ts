import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Json } from '@duckdb/node-api';
import { parquetMetadata, readColumnIndex, readOffsetIndex } from 'hyparquet';
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js';
import { expect, onTestFinished, test } from 'vitest';
import { encodeParquet } from '../../../src/store/parquet-writer.ts';
import { PAGE_ROWS, TEXT_PAGE_ROWS } from '../../../src/store/parquet/page.ts';
import { temporaryFolder } from '../lakes.ts';
import { aColumn } from './columns.ts';

const ROWS = PAGE_ROWS * 2 + 100;
const idOf = (row: number): string => `id-${(row * 7919) % ROWS}`;

const columns = [
  aColumn('leaf', 'long'),
  aColumn('time', 'timestamp', { isNullable: true }),
  aColumn('id', 'string', { isKey: true }),
  aColumn('class', 'string', { values: 'repeats' }),
];
const rows = Array.from({ length: ROWS }, (_, row) => row);
const data = [
  rows.map((row) => row + 5),
  // The second page has no time at all.
  rows.map((row) => (row >= PAGE_ROWS && row < 2 * PAGE_ROWS ? undefined : 1_772_000_000_000 + row)),
  rows.map(idOf),
  rows.map((row) => `${'very long class name '.repeat(4)}${row % 3}`),
];

async function aFile(): Promise<{
  readonly bytes: Buffer;
  readonly ask: (sql: string) => Promise<Record<string, Json>[]>;
}> {
  const bytes = await encodeParquet(columns, data);
  const file = join(await temporaryFolder(), 'file.parquet');
  await writeFile(file, bytes);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return {
    bytes,
    ask: async (sql) =>
      (await connection.runAndReadAll(sql.replaceAll('$file', `'${file}'`))).getRowObjectsJson(),
  };
}

test('DuckDB sees encodings, bounds and counts as they are', async () => {
  const { ask } = await aFile();
  const seen = await ask(
    'SELECT path_in_schema AS name, encodings, stats_min_value AS min, stats_max_value AS max, stats_null_count AS nulls, min_is_exact, max_is_exact FROM parquet_metadata($file)',
  );
  expect(seen).toMatchObject([
    { name: 'leaf', encodings: 'DELTA_BINARY_PACKED', min: '5', max: String(ROWS + 4), nulls: '0' },
    { name: 'time', nulls: String(PAGE_ROWS), min: '2026-02-25 06:13:20+00' },
    { name: 'id', encodings: 'PLAIN', min: null, max: null },
    { name: 'class', min_is_exact: false, max_is_exact: false },
  ]);
  expect(
    await ask("SELECT count(*) AS n FROM read_parquet($file) WHERE leaf > 30000 AND class LIKE '%1'"),
  ).toEqual([{ n: String(rows.filter((row) => row + 5 > 30_000 && row % 3 === 1).length) }]);
});

test('DuckDB asks the bloom filter of a key: what is there may be there, and most of what is not is ruled out', async () => {
  const { ask } = await aFile();
  const isOut = async (id: string): Promise<unknown> =>
    (await ask(`SELECT bloom_filter_excludes AS is_out FROM parquet_bloom_probe($file, 'id', '${id}')`))[0]?.[
      'is_out'
    ];
  for (const row of [0, 1, 4711, ROWS - 1]) expect(await isOut(idOf(row))).toBe(false);
  const out = await Promise.all(Array.from({ length: 40 }, (_, n) => isOut(`absent-${n}`)));
  expect(out.filter((is) => is === true).length).toBeGreaterThan(35);
});

test('the page index says where each page is, what is in it, and in which order pages come', async () => {
  const { bytes } = await aFile();
  const { buffer } = new Uint8Array(bytes);
  const metadata = parquetMetadata(buffer);
  const chunks = metadata.row_groups[0]?.columns ?? [];
  const viewOf = (at: bigint | undefined, length: number | undefined) => ({
    view: new DataView(buffer, Number(at ?? 0), length ?? 0),
    offset: 0,
  });
  for (const chunk of chunks) {
    const { page_locations: pages } = readOffsetIndex(
      viewOf(chunk.offset_index_offset, chunk.offset_index_length),
    );
    const inPage = chunk.meta_data?.path_in_schema[0] === 'id' ? TEXT_PAGE_ROWS : PAGE_ROWS;
    expect(pages.map(({ first_row_index: row }) => Number(row))).toEqual(
      Array.from({ length: Math.ceil(ROWS / inPage) }, (_, n) => n * inPage),
    );
    expect(pages[0]?.offset).toBe(chunk.meta_data?.data_page_offset);
    const end = Number(chunk.meta_data?.dictionary_page_offset ?? chunk.meta_data?.data_page_offset ?? 0n);
    const last = pages.at(-1);
    expect(Number(last?.offset ?? 0n) + (last?.compressed_page_size ?? 0)).toBe(
      end + Number(chunk.meta_data?.total_compressed_size),
    );
  }
  const indexOf = (column: number) =>
    readColumnIndex(
      viewOf(chunks[column]?.column_index_offset, chunks[column]?.column_index_length),
      metadata.schema[column + 1] ?? { name: '' },
    );
  expect(indexOf(0)).toMatchObject({
    null_pages: [false, false, false],
    min_values: [5n, BigInt(PAGE_ROWS + 5), BigInt(2 * PAGE_ROWS + 5)],
    max_values: [BigInt(PAGE_ROWS + 4), BigInt(2 * PAGE_ROWS + 4), BigInt(ROWS + 4)],
    boundary_order: 'ASCENDING',
  });
  // Of a page without values the bounds are empty, which hyparquet's own conversion does not take.
  const raw = deserializeTCompactProtocol(
    viewOf(chunks[1]?.column_index_offset, chunks[1]?.column_index_length),
  );
  expect(raw).toMatchObject({ field_1: [false, true, false], field_5: [0n, BigInt(PAGE_ROWS), 0n] });
  expect(chunks[2]?.column_index_offset).toBeUndefined();
});
