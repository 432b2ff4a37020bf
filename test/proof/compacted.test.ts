import { beforeAll, expect, test } from 'vitest';
import type { VerifyResult } from '../../src/proof/verify.ts';
import type { ParquetReader } from '../../src/proof/verify-port.ts';
import { rangeCheckHere } from '../../src/proof/verify-range.ts';
import type { CleanRange, RangeJob } from '../../src/proof/verify-range.ts';
import { compact } from '../../src/store/compact.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { captureReader } from '../../src/verifier/parquet/captures.ts';
import { pageCompressors } from '../../src/verifier/parquet/zstd-page.ts';
import { T0 } from '../support/samples.ts';
import { fillLake, messages, openMemoryLake, ORIGIN, take, verify } from '../store/lakes.ts';
import { createMemory, LAKE } from '../store/memory.ts';

const DAY = 86_400_000;
const memory = createMemory();
const parquet = captureReader(pageCompressors);
/** The same reader without its quick way. */
const careful: ParquetReader = {
  captures: (bytes) => parquet.captures(bytes),
  rowCount: (bytes) => parquet.rowCount(bytes),
  rows: async (bytes) => (await parquet.rows?.(bytes)) ?? [],
};

/** Seals of two days put together, over several full bundles, and one seal after that. */
beforeAll(async () => {
  await fillLake(await openMemoryLake(memory.files), 'compacted', 700, 90);
  const lake = await openMemoryLake(memory.files);
  await compact(lake, folderFiles(LAKE, 'main', memory.files), {
    origin: ORIGIN,
    now: T0 + 9 * DAY,
    least: 2,
  });
  for (const message of messages('compacted later', 20)) take(lake, message);
  await lake.seal();
  await lake.close();
});

/** Verifies, and counts the stretches that the quick way looked at. */
async function verified(reader: ParquetReader): Promise<{ result: VerifyResult; ranges: CleanRange[] }> {
  const ranges: CleanRange[] = [];
  const here = rangeCheckHere(memory.lake, reader);
  const check = async (job: RangeJob): Promise<CleanRange | undefined> => {
    const range = await here.check(job);
    if (range !== undefined) ranges.push(range);
    return range;
  };
  return { result: await verify(memory, { parquet: reader, ranges: { ...here, check } }), ranges };
}

test('files that stand for others: the quick way and the careful way say the same', async () => {
  const quick = await verified(parquet);
  const slow = await verify(memory, {
    parquet: careful,
    ranges: { width: 1, check: () => Promise.resolve(undefined) },
  });
  expect(quick.result.faults).toEqual([]);
  expect(quick.result.compacted.files).toBeGreaterThan(10);
  expect(quick.result.checked.captures).toBeGreaterThan(700);
  expect(quick.ranges.filter(({ isLogOnly }) => isLogOnly)).toHaveLength(8);
  const { tiles } = quick.result.checked;
  expect({ ...slow, checked: { ...slow.checked, tiles } }).toEqual(quick.result);
});

test('a stretch whose rows stand elsewhere is not called clean when a byte of its bundle, its tile or its files differs', async () => {
  const { ranges } = await verified(parquet);
  const first = ranges[0]?.leaves ?? 0;
  const size = Number(memory.map.get('log/main/checkpoint')?.toString().split('\n')[1]);
  const retired = [...memory.map.keys()].filter((path) => /^captures\/day=.*-00000001-/.test(path));
  const job = { folder: 'log/main', from: 0, to: first, size, retired };
  expect((await rangeCheckHere(memory.lake, parquet).check(job))?.isLogOnly).toBe(true);
  for (const path of ['log/main/tile/0/000', 'log/main/tile/entries/000'])
    for (const at of [0, 1, 2, 40, 300]) {
      const bent = memory.copy();
      const bytes = Buffer.from(bent.map.get(path) ?? []);
      bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
      bent.map.set(path, bytes);
      expect(await rangeCheckHere(bent.lake, parquet).check(job), `${path} byte ${at}`).toBeUndefined();
    }
  const some = { ...job, retired: retired.slice(1) };
  expect(await rangeCheckHere(memory.lake, parquet).check(some)).toBeUndefined();
});
