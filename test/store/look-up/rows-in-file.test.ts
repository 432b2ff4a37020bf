import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Column, ColumnValue } from '../../../src/domain/tables.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import type { Files } from '../../../src/store/files.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { keyFilters } from '../../../src/store/look-up/key-filters.ts';
import { readRowsWith } from '../../../src/store/look-up/rows-in-file.ts';
import { encodeParquet } from '../../../src/store/parquet-writer.ts';
import { PAGE_ROWS } from '../../../src/store/parquet/page.ts';
import { columnsOf } from '../../../src/store/schema.ts';
import type { LiveFile } from '../../../src/store/snapshot.ts';
import { T0 } from '../../support/samples.ts';
import { createMemory, LAKE } from '../memory.ts';
import { temporaryFolder } from '../lakes.ts';

const FOLDER = 'findings/day=2026-03-02';
const PATH = `${FOLDER}/part.zstd.parquet`;
const columns = columnsOf('findings');

/** Every kind of value that a column has: runs, repeats, none at all, and times that jump. */
function valueAt({ name, type, isNullable, values }: Column<never>, row: number): ColumnValue {
  if (isNullable && (row % 3 === 1 || name === 'target')) return undefined;
  switch (type) {
    case 'int':
      return row % 5;
    case 'long':
      return row * 7 - 3;
    case 'timestamp':
      return T0 + ((row * 7919) % 100_003) * 13;
    case 'bytes':
      return Buffer.from(name);
    case 'string':
      return name === 'id' ? `fnd-${row}` : `${name} ${values === 'repeats' ? row % 11 : row}`;
  }
}

/** A row as a query answers it. */
const asQueried = (valueOf: (column: Column<never>) => ColumnValue): Record<string, unknown> => ({
  ...Object.fromEntries(
    columns.map((column) => {
      const value = valueOf(column);
      if (value === undefined) return [column.name, null];
      if (column.type === 'long') return [column.name, BigInt(Number(value))];
      return [column.name, column.type === 'timestamp' ? new Date(Number(value)) : value];
    }),
  ),
  day: '2026-03-02',
});

const liveFile = (bytes: Uint8Array, rows: number): LiveFile => ({
  path: PATH,
  rows,
  size: bytes.length,
  columns: columns.length,
  stats: { minValues: {}, maxValues: {} },
});

const parquetOf = (rows: number, valueOf = valueAt): Promise<Buffer> =>
  encodeParquet(
    columns,
    columns.map((column) => Array.from({ length: rows }, (_, row) => valueOf(column, row))),
  );

/** The same file on a disk near by, and as far away as a container. */
async function placesOf(bytes: Uint8Array): Promise<readonly Files[]> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, FOLDER), { recursive: true });
  await writeFile(join(folder, PATH), bytes);
  return [folderFiles(folder), farFiles(bytes)];
}
const farFiles = (bytes: Uint8Array): Files =>
  folderFiles(LAKE, 'main', createMemory([[PATH, Buffer.from(bytes)]]).files);

/** What DuckDB makes of a file of ours. */
async function duckDbCopy(rows: number, columnsOfIt: string, options: string): Promise<Buffer> {
  const folder = await temporaryFolder();
  const [ours, theirs] = [join(folder, 'ours.parquet'), join(folder, 'theirs.parquet')];
  await writeFile(ours, await parquetOf(rows));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT ${columnsOfIt} FROM read_parquet('${ours}')) TO '${theirs}' (FORMAT parquet, ${options})`,
  );
  connection.closeSync();
  instance.closeSync();
  return readFile(theirs);
}

/** What the filters of a file say of a value. */
function mayHoldIn(files: Files, file: LiveFile): (value: string, column?: string) => Promise<boolean> {
  const thatMayHold = keyFilters(files);
  return async (value, column = 'id') =>
    (await thatMayHold('findings', [file], column, value).next()).done !== true;
}

test('a row is read whole out of a file of several pages, wherever it stands and wherever the file lies', async () => {
  const ROWS = 2 * PAGE_ROWS + 100;
  const bytes = await parquetOf(ROWS);
  const file = liveFile(bytes, ROWS);
  for (const files of await placesOf(bytes)) {
    for (const row of [0, 1, 4711, PAGE_ROWS - 1, PAGE_ROWS, 2 * PAGE_ROWS, ROWS - 1])
      expect(await readRowsWith(files, 'findings', file, 'id', `fnd-${row}`)).toEqual([
        asQueried((column) => valueAt(column, row)),
      ]);
    expect(await readRowsWith(files, 'findings', file, 'id', 'fnd-')).toEqual([]);
    // A column of words, some of whose rows have none, and one in which the file has no value at all.
    const operations = await readRowsWith(files, 'findings', file, 'operation', 'operation 4');
    const expected = Array.from({ length: ROWS }, (_, row) => row).filter(
      (row) => row % 11 === 4 && row % 3 !== 1,
    );
    expect(operations.map(({ id }) => id)).toEqual(expected.map((row) => `fnd-${row}`));
    expect(operations.at(-1)).toEqual(asQueried((column) => valueAt(column, expected.at(-1) ?? 0)));
    expect(await readRowsWith(files, 'findings', file, 'target', 'target 4')).toEqual([]);
    expect(await readRowsWith(files, 'findings', file, 'none', 'none')).toEqual([]);

    const may = mayHoldIn(files, file);
    for (const row of [0, 4711, ROWS - 1]) expect(await may(`fnd-${row}`)).toBe(true);
    const absent = await Promise.all(Array.from({ length: 200 }, (_, n) => may(`absent-${n}`)));
    expect(absent.filter(Boolean).length).toBeLessThan(3);
    expect(await may('anything', 'title')).toBe(true);
  }
});

const pool = fc.constantFrom('a', 'b', '', 'a\u0000', 'ä', 'long '.repeat(40), '\u0001\u0000\u0000\u0000a');
const cells: Record<Column<never>['type'], fc.Arbitrary<ColumnValue>> = {
  string: pool,
  int: fc.integer({ min: -5, max: 2 ** 31 - 1 }),
  long: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
  timestamp: fc.integer({ min: 0, max: 4e12 }),
  bytes: fc.uint8Array(),
};
const aRow = fc.tuple(
  ...columns.map(({ type, isNullable }) =>
    isNullable ? fc.option(cells[type], { nil: undefined }) : cells[type],
  ),
);

test('whatever the rows, those with a value in a column come, in their order and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aRow, { minLength: 1, maxLength: 40 }), pool, async (rows, wanted) => {
      const place = new Map(columns.map((column, i) => [column, i]));
      const cell = (column: Column<never>, row: number) => rows[row]?.[place.get(column) ?? -1];
      const bytes = await parquetOf(rows.length, cell);
      for (const name of ['id', 'level', 'operation', 'correlation_id']) {
        const column = columns.find((one) => one.name === name);
        if (column === undefined) throw new Error(name);
        const found = await readRowsWith(
          farFiles(bytes),
          'findings',
          liveFile(bytes, rows.length),
          name,
          wanted,
        );
        const expected = [...rows.keys()].filter((row) => cell(column, row) === wanted);
        expect(found).toEqual(expected.map((row) => asQueried((one) => cell(one, row))));
      }
    }),
    { numRuns: 60 },
  );
});

test('a file that DuckDB wrote is read as well: older pages, other dictionaries, no filters', async () => {
  const ROWS = 3000;
  const plain = await duckDbCopy(ROWS, '*', 'COMPRESSION zstd, WRITE_BLOOM_FILTER false');
  const [files, file] = [farFiles(plain), liveFile(plain, ROWS)];
  for (const row of [0, 1234, ROWS - 1])
    expect(await readRowsWith(files, 'findings', file, 'id', `fnd-${row}`)).toEqual([
      asQueried((column) => valueAt(column, row)),
    ]);
  expect(await readRowsWith(files, 'findings', file, 'level', 'level 3')).toHaveLength(273);
  expect(await mayHoldIn(files, file)('absent')).toBe(true);

  const snappy = await duckDbCopy(ROWS, '*', 'COMPRESSION snappy');
  await expect(
    readRowsWith(farFiles(snappy), 'findings', liveFile(snappy, ROWS), 'id', 'x'),
  ).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining(`${PATH} is no file that this product writes`),
  });
});

test('filters are found where a footer points to them, as files had them before and others have them', async () => {
  const ROWS = 3000;
  const bytes = await duckDbCopy(
    ROWS,
    `* REPLACE ('fnd-' || (row_number() OVER ()) % 40 AS id)`,
    'COMPRESSION zstd',
  );
  for (const files of await placesOf(bytes)) {
    const may = mayHoldIn(files, liveFile(bytes, ROWS));
    // Asked again, the places are known.
    for (const row of [0, 39, 0]) expect(await may(`fnd-${row}`)).toBe(true);
    const absent = await Promise.all(Array.from({ length: 200 }, (_, n) => may(`absent-${n}`)));
    expect(absent.filter(Boolean).length).toBeLessThan(20);
  }
});

test('a filter whose header is damaged is an error, wherever the file lies', async () => {
  const ROWS = 300;
  const bytes = await parquetOf(ROWS);
  bytes.fill(0, 4, 8);
  for (const files of await placesOf(bytes)) {
    const may = mayHoldIn(files, liveFile(bytes, ROWS));
    await expect(may('fnd-7')).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
  }
});

test('a damaged file is answered with what it is, never with anything else', async () => {
  const ROWS = 300;
  const bytes = await parquetOf(ROWS);
  const random = seededRandom('damage');
  const ask = async (damaged: Buffer, size = damaged.length): Promise<string> => {
    const [files, file] = [farFiles(damaged), { ...liveFile(bytes, ROWS), size }];
    try {
      await mayHoldIn(files, file)('fnd-7');
      return `${(await readRowsWith(files, 'findings', file, 'id', 'fnd-7')).length} rows`;
    } catch (thrown) {
      return (thrown as { code?: string }).code ?? String(thrown);
    }
  };
  const seen = new Set<string>();
  for (let n = 0; n < 600; n++) {
    const damaged = Buffer.from(bytes);
    // Most of a file is pages; half of the damage is done to what tells of them.
    const at = n % 2 === 0 ? random.int(0, bytes.length - 1) : bytes.length - 1 - random.int(0, 3000);
    damaged[at] = n % 4 < 2 ? random.int(0, 255) : (damaged[at] ?? 0) ^ (1 << random.int(0, 7));
    seen.add(await ask(damaged));
  }
  for (let n = 0; n < 30; n++)
    seen.add(await ask(Buffer.from(bytes.subarray(0, random.int(0, bytes.length - 1)))));
  expect([...seen].toSorted()).toEqual(['0 rows', '1 rows', 'LAKE_CORRUPT']);
  expect(await ask(bytes.subarray(0, 500), bytes.length)).toBe('LAKE_CORRUPT');

  const none = folderFiles(await temporaryFolder());
  for (const files of [none, folderFiles(LAKE, 'main', createMemory().files)])
    await expect(readRowsWith(files, 'findings', liveFile(bytes, ROWS), 'id', 'x')).rejects.toThrow(
      `${PATH} is missing; run verify`,
    );
});

test('a file that ends behind the header of its filter is an error, and does not answer as the file before it', async () => {
  const ROWS = 300;
  const bytes = await parquetOf(ROWS);
  const [[near], [short]] = [await placesOf(bytes), await placesOf(bytes.subarray(0, 40))];
  const thatMayHold = keyFilters({
    ...farFiles(bytes),
    openNear: (path) => (path === PATH ? near : short)?.openNear?.(PATH),
  });
  const whole = liveFile(bytes, ROWS);
  const cut = { ...whole, path: `${FOLDER}/cut.zstd.parquet` };
  const found = thatMayHold('findings', [whole, cut], 'id', 'fnd-7');
  expect((await found.next()).value).toBe(whole);
  await expect(found.next()).rejects.toThrow('cut.zstd.parquet is shorter than the log says; run verify');
});
