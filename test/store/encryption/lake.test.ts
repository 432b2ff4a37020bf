import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tables } from '../../../src/domain/tables.ts';
import { readRows } from '../../../src/store/parquet-reader.ts';
import { createRowOpener } from '../../../src/store/encryption/payloads.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { messages, take, temporaryFolder } from '../lakes.ts';
import { openEncrypted } from './encrypted-lakes.ts';

/** Every file of a folder, at any depth. */
const everyFile = (folder: string): Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

async function columnOfLake(path: string, table: 'captures', column: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for (const day of readdirSync(join(path, table)).filter((name) => name.startsWith('day=')))
    for (const file of readdirSync(join(path, table, day)))
      found.push(...(await readRows(readFileSync(join(path, table, day, file)), [column])).map(([cell]) => cell));
  return found;
}

test('bodies of an encrypted lake are nowhere in it, and open with its keys', async () => {
  const path = await temporaryFolder();
  const { lake, keys } = await openEncrypted(path);
  const taken = messages('encrypted', 60);
  for (const message of taken) take(lake, message);
  await lake.seal();

  for (const bytes of everyFile(path))
    for (const { capture } of taken) expect(bytes.includes(capture.body)).toBe(false);
  const stored = (await columnOfLake(path, 'captures', 'body')) as Uint8Array[];
  expect(stored).toHaveLength(60);
  for (const value of stored) expect([...value.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4c, 0x31]);

  const queries = await openQueries({ path });
  const { open } = createRowOpener(() => keys.ring);
  const rows = (await queries.rows('SELECT * FROM captures ORDER BY leaf')).map((row) => open(row));
  expect(rows.map((row) => Buffer.from(row['body'] as Uint8Array).toString())).toEqual(
    taken.map(({ capture }) => capture.body.toString()),
  );
  queries.close();
  await lake.close();
});

test('the same input, keys and nonces give the same bytes again', async () => {
  const roots: string[] = [];
  for (const path of [await temporaryFolder(), await temporaryFolder()]) {
    const { lake } = await openEncrypted(path);
    for (const message of messages('again', 30)) take(lake, message);
    roots.push((await lake.seal())?.root ?? '');
    await lake.close();
  }
  expect(roots[0]).toBe(roots[1]);
});

test('what detections and status are made from stays readable', () => {
  const covered = ['body', 'matched', 'detail', 'bytes'];
  const all = Object.values(tables).flatMap(({ columns }) => columns.map(({ name }) => name));
  expect(all.filter((name) => covered.includes(name))).not.toHaveLength(0);
});
