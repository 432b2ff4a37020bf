import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRowOpener } from '../../../src/store/encryption/payloads.ts';
import { openPayloadReading } from '../../../src/store/encryption/payload-reading.ts';
import { localWrapper } from '../../../src/store/encryption/key-file.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { messages, take, temporaryFolder } from '../lakes.ts';
import { KEK, openEncrypted } from './encrypted-lakes.ts';

/** Every file of a folder, at any depth. */
const everyFile = (folder: string): Buffer[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

test('bodies of an encrypted lake are nowhere in it, and open with its keys', async () => {
  const path = await temporaryFolder();
  const { lake, keys } = await openEncrypted(path);
  const taken = messages('encrypted', 60);
  for (const message of taken) take(lake, message);
  await lake.seal();

  for (const bytes of everyFile(path))
    for (const { capture } of taken) expect(bytes.includes(Buffer.from(capture.body))).toBe(false);
  const queries = await openQueries({ path });
  const stored = await queries.rows('SELECT * FROM captures ORDER BY leaf');
  const marks = new Set(stored.map((row) => Buffer.from(row['body'] as Uint8Array).toString('hex', 0, 4)));
  expect([...marks]).toEqual(['89504c31']);
  const opener = createRowOpener(() => keys.ring);
  expect(stored.map((row) => Buffer.from(opener.open(row)['body'] as Uint8Array).toString())).toEqual(
    taken.map(({ capture }) => Buffer.from(capture.body).toString()),
  );
  queries.close();
  await lake.close();
});

test('the same input and the same keys give the same bytes again', async () => {
  const roots: string[] = [];
  for (const path of [await temporaryFolder(), await temporaryFolder()]) {
    const { lake } = await openEncrypted(path);
    for (const message of messages('again', 30)) take(lake, message);
    roots.push((await lake.seal())?.root ?? '');
    await lake.close();
  }
  expect(roots[0]).toBe(roots[1]);
});

test('queries, and whoever reads messages back, get plain rows; without the key they get none, and are told', async () => {
  const path = await temporaryFolder();
  const { lake } = await openEncrypted(path);
  const taken = messages('read back', 25).map((message) => ({ ...message, events: 1 }));
  for (const message of taken) take(lake, message);
  await lake.seal();
  await lake.close();

  const files = folderFiles(path);
  const bodiesWith = async (wrapper: ReturnType<typeof localWrapper> | undefined) => {
    const payload = await openPayloadReading(files, wrapper);
    const queries = await openQueries({ path, payload });
    const captures = await queries.rows('SELECT * FROM captures ORDER BY leaf');
    const found = captures.map(({ body }) => Buffer.from(body as Uint8Array).toString());
    const letters = await queries.rows('SELECT * FROM dead_letters');
    const findings = await queries.rows('SELECT * FROM findings');
    queries.close();
    return { found, letters, findings, payload };
  };
  const opened = await bodiesWith(localWrapper(KEK));
  expect(opened.found).toEqual(taken.map(({ capture }) => Buffer.from(capture.body).toString()));
  expect(opened.findings.length + opened.letters.length).toBeGreaterThan(0);
  expect(opened.findings.map((row) => JSON.parse(String(row['matched'])) as unknown)).not.toContain(
    undefined,
  );
  expect(opened.payload.unread).toBe(0);

  const locked = await bodiesWith(undefined);
  expect(new Set(locked.found)).toEqual(new Set(['']));
  expect(locked.payload).toMatchObject({ isEncrypted: true });
  expect(locked.payload.unread).toBe(25 + 2 * locked.letters.length + locked.findings.length);
  for (const row of locked.findings)
    expect(row['matched']).toContain('encrypted, and data key 1 is not at hand');
});

test('actors and targets stand under pseudonyms that are the same in every seal and table', async () => {
  const path = await temporaryFolder();
  const { lake } = await openEncrypted(path, { pseudonymise: ['actor', 'target'] });
  for (const message of messages('people', 20)) take(lake, { ...message, events: 2, finding: true });
  await lake.seal();
  for (const message of messages('people', 40).slice(20))
    take(lake, { ...message, events: 2, finding: true });
  await lake.seal();
  await lake.close();
  const queries = await openQueries({ path });
  const names = await queries.rows(
    'SELECT DISTINCT actor_name AS name FROM events UNION SELECT DISTINCT actor_name FROM findings',
  );
  expect(names).toHaveLength(1);
  expect(String(names[0]?.['name'])).toMatch(/^psn1:[\w-]{22}$/);
  queries.close();
});
