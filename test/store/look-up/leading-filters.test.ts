import { parquetMetadata } from 'hyparquet';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../src/lib/hash.ts';
import type { Files, OpenFile } from '../../../src/store/files.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { keyFilters } from '../../../src/store/look-up/key-filters.ts';
import { leadingFilters, PRINT_BYTES, rowsWithPrint } from '../../../src/store/look-up/leading-filters.ts';
import { readRowsWith } from '../../../src/store/look-up/rows-in-file.ts';
import { xxhash64 } from '../../../src/store/look-up/xxhash64.ts';
import { encodeParquet } from '../../../src/store/parquet-writer.ts';
import { columnsOf } from '../../../src/store/schema.ts';
import type { LiveFile } from '../../../src/store/snapshot.ts';
import { createMemory, LAKE } from '../memory.ts';

const PATH = 'captures/day=2026-03-02/part.zstd.parquet';
const columns = columnsOf('captures');

const digestOf = (row: number): string => sha256Hex(`${row}`);
const valueOf: Readonly<Record<string, (row: number) => string>> = {
  id: (row) => digestOf(row).slice(0, 20),
  stored_sha256: digestOf,
};

async function aFile(rows: number, body: Uint8Array): Promise<{ bytes: Buffer; file: LiveFile }> {
  const data = columns.map(({ name, type }) =>
    Array.from({ length: rows }, (_, row) => {
      if (type === 'bytes') return body;
      return type === 'string' ? (valueOf[name]?.(row) ?? name) : row;
    }),
  );
  const bytes = await encodeParquet(columns, data);
  const stats = { minValues: {}, maxValues: {} };
  return { bytes, file: { path: PATH, rows, size: bytes.length, columns: columns.length, stats } };
}

/** A file near by, and how many bytes were read of it each time. */
function nearBy(bytes: Buffer): { readonly read: number[]; readonly openNear: () => OpenFile } {
  const read: number[] = [];
  return {
    read,
    openNear: () => ({
      read(from, length) {
        read.push(length);
        return bytes.subarray(from, from + length);
      },
      readInto(into, from, length) {
        read.push(length);
        return bytes.copy(into, 0, from, from + length);
      },
      [Symbol.dispose]: () => {},
    }),
  };
}

test('where the filters of keys stand follows from the number of rows, whatever the groups', async () => {
  for (const [rows, bodyBytes, groups] of [
    [1, 10, 1],
    [5000, 10, 1],
    [40, 1024 * 1024, 3],
  ] as const) {
    const { bytes, file } = await aFile(rows, new Uint8Array(bodyBytes));
    const { row_groups: found } = parquetMetadata(new Uint8Array(bytes).buffer);
    expect(found).toHaveLength(groups);
    for (const key of ['id', 'stored_sha256']) {
      const leading = leadingFilters('captures', key)(file);
      const places = found.map(({ columns: chunks }) =>
        Number(
          chunks.find(({ meta_data: chunk }) => chunk?.path_in_schema[0] === key)?.meta_data
            ?.bloom_filter_offset,
        ),
      );
      expect(new Set(places)).toEqual(new Set([leading?.headerAt]));
      const { printsAt = 0 } = leading ?? {};
      const prints = bytes.subarray(printsAt, printsAt + rows * PRINT_BYTES);
      for (const row of [0, rows >> 1, rows - 1])
        expect(rowsWithPrint(prints, xxhash64(Buffer.from(valueOf[key]?.(row) ?? '')))).toContain(row);
    }
    expect(leadingFilters('captures', 'source')(file)).toBeUndefined();
    expect(leadingFilters('captures', 'stored_sha256')({ ...file, columns: 5 })).toBeUndefined();
  }
});

test('a row of the last of several groups is found by the hashes of all', async () => {
  const { bytes, file } = await aFile(40, new Uint8Array(1024 * 1024));
  const files = folderFiles(LAKE, 'main', createMemory([[PATH, bytes]]).files);
  for (const row of [0, 17, 39])
    expect(await readRowsWith(files, 'captures', file, 'stored_sha256', digestOf(row))).toMatchObject([
      { leaf: BigInt(row), id: digestOf(row).slice(0, 20) },
    ]);
  expect(await readRowsWith(files, 'captures', file, 'stored_sha256', digestOf(40))).toEqual([]);
});

test('of a file near by, a header once and a block each time are read; of one far away, the filter once', async () => {
  const { bytes, file } = await aFile(5000, new Uint8Array(10));
  const far = folderFiles(LAKE, 'main', createMemory([[PATH, bytes]]).files);
  const { read, openNear } = nearBy(bytes);
  const counted: Files = {
    ...far,
    readRange(path, from, length) {
      read.push(length);
      return far.readRange(path, from, length);
    },
  };
  const asked = async (files: Files): Promise<readonly number[]> => {
    const thatMayHold = keyFilters(files);
    for (const row of [7, 8, 9])
      expect((await thatMayHold('captures', [file], 'stored_sha256', digestOf(row)).next()).value).toBe(file);
    return read.splice(0);
  };
  expect(await asked({ ...counted, openNear })).toEqual([17, 32, 32, 32]);
  expect(await asked(counted)).toEqual([17 + 8192]);
});

test('where no row of a file near by has the hash of a value, neither its footer nor its pages are read', async () => {
  const ROWS = 40;
  const { bytes, file } = await aFile(ROWS, new Uint8Array(10));
  const { read, openNear } = nearBy(bytes);
  const files: Files = { ...folderFiles(LAKE, 'main', createMemory([[PATH, bytes]]).files), openNear };
  expect(await readRowsWith(files, 'captures', file, 'stored_sha256', digestOf(ROWS))).toEqual([]);
  expect(read.splice(0).slice(1)).toEqual([ROWS * PRINT_BYTES]);
  expect(await readRowsWith(files, 'captures', file, 'stored_sha256', digestOf(7))).toMatchObject([
    { leaf: 7n, stored_sha256: digestOf(7) },
  ]);
  expect(read.length).toBeGreaterThan(columns.length);
});
