import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openQueries } from '../../src/store/queries.ts';
import type { Queries, QueryOptions } from '../../src/store/queries.ts';
import { aFinding, anEvent } from '../support/samples.ts';
import { aCapture, fillLake, openTestLake, temporaryFolder } from './lakes.ts';

async function queriesOver(options: QueryOptions): Promise<Queries> {
  const queries = await openQueries(options);
  onTestFinished(() => queries.close());
  return queries;
}

const countIn = async (queries: Queries, table: string): Promise<number> =>
  Number((await queries.rows(`SELECT count(*) AS n FROM ${table}`))[0]?.['n']);

test.each([
  'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b',
  'SELECT count(*) FROM range(10000000000) a WHERE hash(a.range) % 7 = 9',
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t',
  "SELECT count(*) FROM range(100000000) a WHERE regexp_matches(repeat(a.range::VARCHAR, 40), '(1|2|3)*4(5|6)*7$')",
  'SELECT a.range FROM range(1000000) a, range(1000000) b ORDER BY hash(a.range + b.range) LIMIT 5',
])('a question that takes too long is cancelled, and the next one is answered: %s', async (endless) => {
  const queries = await queriesOver({ path: await temporaryFolder(), timeoutMs: 50 });
  await expect(queries.rows(endless)).rejects.toMatchObject({
    code: 'QUERY_TIMEOUT',
    message: expect.stringContaining('ask for a shorter window'),
  });
  expect(await countIn(queries, 'events')).toBe(0);
});

test('a question that needs too much memory fails, and takes none of ours', async () => {
  const queries = await queriesOver({ path: await temporaryFolder(), memoryLimit: '32MB' });
  const large = "SELECT list(repeat('x', 1000) || range) AS all FROM range(1000000)";
  await expect(queries.rows(large)).rejects.toThrow(/memory/i);
  expect(await countIn(queries, 'events')).toBe(0);
});

test('statements read the lake and nothing else of this machine, and cannot lift that', async () => {
  const folder = await temporaryFolder();
  const secret = join(await temporaryFolder(), 'secret.csv');
  await writeFile(secret, 'a\n1\n');
  const queries = await queriesOver({ path: folder });
  await expect(queries.rows(`SELECT * FROM read_csv('${secret}')`)).rejects.toThrow(/disabled|Permission/);
  await expect(queries.rows("SELECT * FROM glob('/etc/*')")).rejects.toThrow(/disabled|Permission/);
});

test('what is no single statement that reads is refused', async () => {
  const folder = await temporaryFolder();
  await fillLake(await openTestLake(folder), 'refused');
  const before = await folderFiles(folder).walk('');
  const queries = await queriesOver({ path: folder });
  for (const sql of [
    "SET memory_limit = '64GB'",
    `COPY (SELECT 1 AS a) TO '${folder}/captures/x.parquet'`,
    `ATTACH '${folder}/x.db'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'CREATE TABLE t AS SELECT 1',
    'DROP VIEW events',
    'PRAGMA enable_profiling',
    `EXPORT DATABASE '${folder}/x'`,
    'SELECT 1; SELECT 2',
    '',
  ])
    await expect(queries.rows(sql)).rejects.toMatchObject({ code: 'USAGE' });
  expect(await folderFiles(folder).walk('')).toEqual(before);
});

test('parameters are values, never a part of the statement', async () => {
  const queries = await queriesOver({ path: await temporaryFolder() });
  const value = "x' OR 1 = 1; COPY captures TO 'x' --";
  expect(await queries.rows('SELECT $value AS value', { value })).toEqual([{ value }]);
  await expect(queries.rows('SELECT $value AS value')).rejects.toThrow(/value|param/i);
});

test('who has enough rows gets no more', async () => {
  const queries = await queriesOver({ path: await temporaryFolder() });
  let rows = 0;
  await queries.each('SELECT * FROM range(100000000)', {}, () => ++rows < 10);
  expect(rows).toBe(10);
  expect(await countIn(queries, 'events')).toBe(0);
});

test('statements of people see live files alone, as of one moment, and not what was taken out', async () => {
  const folder = await temporaryFolder();
  await fillLake(await openTestLake(folder), 'fenced');
  const live = (await folderFiles(folder).walk('events')).find((path) => path.includes('day=')) ?? '';
  const retired = live.replace(/part-main-\d+/, 'part-main-00000099');
  await copyFile(join(folder, live), join(folder, retired));
  const read = (path: string): string => `SELECT count(*) AS n FROM read_parquet('${join(folder, path)}')`;
  const queries = await queriesOver({ path: folder, isFenced: true });
  const events = await countIn(queries, 'events');
  expect(events).toBeGreaterThan(0);
  expect(await queries.rows(read(live))).toHaveLength(1);
  await expect(queries.rows(read(retired))).rejects.toThrow(/disabled|Permission/);
  await expect(queries.rows(read('events/*/*.parquet'))).rejects.toThrow(/disabled|Permission/);
  const lake = await openTestLake(folder);
  lake.addEvents([anEvent({ id: 'later' })]);
  await lake.seal();
  await lake.close();
  expect(await countIn(queries, 'events')).toBe(events);
});

test('a statement sees every table as of one seal, whatever is sealed meanwhile', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const queries = await queriesOver({ path });
  const counts: Promise<readonly Readonly<Record<string, unknown>>[]>[] = [];
  for (let sequence = 1; sequence <= 8; sequence++) {
    const leaf = lake.append(aCapture({ sequence })) ?? -1;
    lake.addEvents([anEvent({ id: `e${sequence}`, evidence: { leaf, record: 0 } })]);
    lake.addFindings([aFinding({ id: `f${sequence}`, evidence: { leaf, record: 0 } })]);
    await Promise.all([
      lake.seal(),
      ...[1, 2, 3].map(() => {
        const asked = queries.rows(
          `SELECT (SELECT count(*) FROM captures) AS a, (SELECT count(*) FROM events) AS b,
             (SELECT count(*) FROM findings) AS c`,
        );
        counts.push(asked);
        return asked;
      }),
    ]);
  }
  await lake.close();
  for (const [row] of await Promise.all(counts)) {
    expect(row?.['b']).toBe(row?.['a']);
    expect(row?.['c']).toBe(row?.['a']);
  }
  expect(await countIn(queries, 'findings')).toBe(8);
});

test('segments of a lake that lies elsewhere are copied when they are first asked for', async () => {
  const [lake, copies] = [await temporaryFolder(), await temporaryFolder()];
  await fillLake(await openTestLake(lake), 'elsewhere');
  const read: string[] = [];
  const remote = folderFiles(lake);
  const files = {
    ...remote,
    read: (path: string) => {
      if (path.endsWith('.parquet')) read.push(path);
      return remote.read(path);
    },
  };
  const [near, far] = [await queriesOver({ path: lake }), await queriesOver({ path: copies, files })];
  expect(await countIn(far, 'events')).toBe(await countIn(near, 'events'));
  expect(read.length).toBeGreaterThan(0);
  expect(read.every((path) => path.startsWith('events/'))).toBe(true);
  const once = read.length;
  const all = 'SELECT id FROM events ORDER BY id';
  expect(await far.rows(all)).toEqual(await near.rows(all));
  expect(read).toHaveLength(once);

  // Another process finds the copies, and removes what is of no use any more.
  const stale = `${read[0]?.split('/part-')[0] ?? ''}/part-main-00000099-0-0123456789abcdef.zstd.parquet`;
  await writeFile(join(copies, stale), 'stale');
  const again = await queriesOver({ path: copies, files });
  expect(await countIn(again, 'events')).toBe(await countIn(near, 'events'));
  expect(read).toHaveLength(once);
  expect(await folderFiles(copies).walk('events')).toEqual(read.toSorted());
});

test('a segment that is missing where the lake lies is named', async () => {
  const [lake, copies] = [await temporaryFolder(), await temporaryFolder()];
  await fillLake(await openTestLake(lake), 'missing');
  const remote = folderFiles(lake);
  const files = {
    ...remote,
    read: async (path: string) =>
      path.endsWith('.parquet') ? undefined : readFile(join(lake, path)).catch(() => undefined),
  };
  const queries = await queriesOver({ path: copies, files });
  await expect(countIn(queries, 'captures')).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining('captures/day='),
  });
});
