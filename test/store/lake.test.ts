import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signerFromSeed } from '../../src/proof/note.ts';
import { openLake } from '../../src/store/lake.ts';
import { createMemory } from './memory.ts';
import { aFinding, anEvent, anObservation, T0 } from '../support/samples.ts';
import {
  aCapture,
  fillLake,
  LAKE_ORIGIN,
  messages,
  openMemoryLake,
  openTestLake,
  ORIGIN,
  take,
  temporaryFolder,
  ticking,
  verify,
} from './lakes.ts';

test('what is sealed is durable, proven, and not taken in again', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  expect(lake.append(aCapture({ sequence: 41 }))).toBe(0);
  expect(lake.append(aCapture({ sequence: 42 }))).toBe(1);
  lake.addEvents([
    anEvent({ evidence: { leaf: 0, record: 0 } }),
    anEvent({ evidence: { leaf: 1, record: 0 } }),
  ]);
  lake.addFindings([aFinding({ evidence: { leaf: 1, record: 0 } })]);
  lake.addObservations([anObservation({ evidence: { leaf: 1, record: 0 } })]);
  expect(lake.pending).toMatchObject({ captures: 2, rows: 6, oldestAt: expect.any(Number) });
  expect(lake.cursors().size).toBe(0);

  const sealed = await lake.seal();
  expect(sealed).toMatchObject({ seal: 1, rows: { captures: 2, events: 2, findings: 1, observations: 1 } });
  expect(lake.cursors()).toEqual(new Map([['openai-logs/0', 42]]));
  expect(lake.pending).toEqual({ captures: 0, rows: 0, bytes: 0, oldestAt: undefined });
  expect(await lake.seal()).toBeUndefined();
  await lake.close();

  const again = await openTestLake(path);
  expect(again.cursors()).toEqual(new Map([['openai-logs/0', 42]]));
  expect(again.append(aCapture({ sequence: 42 }))).toBeUndefined();
  expect(again.append(aCapture({ sequence: 43 }))).toBe(sealed?.size);
  await again.close();

  const result = await verify(path);
  expect(result.faults).toEqual([]);
  expect(result).toMatchObject({
    ok: true,
    size: sealed?.size,
    root: sealed?.root,
    checked: { seals: 1, captures: 2 },
  });
  expect(result.streams).toEqual([{ stream: 'openai-logs/0', first: 41, last: 42, count: 2 }]);
});

test('two runs over the same input write the same bytes, in every file', async () => {
  const [a, b, c] = [createMemory(), createMemory(), createMemory()];
  await fillLake(await openMemoryLake(a.files, ticking()), 'same');
  await fillLake(await openMemoryLake(b.files, ticking()), 'same');
  await fillLake(await openMemoryLake(c.files, ticking()), 'other');
  expect(a.map).toEqual(b.map);
  expect(a.map).not.toEqual(c.map);
  const name = /^captures\/day=2026-03-02\/part-main-00000001-0-[0-9a-f]{16}\.zstd\.parquet$/;
  expect([...a.map.keys()]).toContainEqual(expect.stringMatching(name));
});

test('twenty lakes of all sorts verify without a fault', async () => {
  for (let i = 0; i < 20; i++) {
    const memory = createMemory();
    await fillLake(await openMemoryLake(memory.files, ticking()), `clean ${i}`, 5 + i * 8, 7 + i * 3);
    const result = await verify(memory);
    expect(result.faults).toEqual([]);
    expect(result.checked.captures).toBe(5 + i * 8);
  }
});

test('a message that comes again, at any time, is taken in once', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 39 }), { minLength: 1, maxLength: 12 }),
      async (rewinds) => {
        const memory = createMemory();
        const all = messages('replay', 40);
        for (const from of [...rewinds, 0]) {
          const lake = await openMemoryLake(memory.files);
          for (const message of all.slice(0, from + 1)) take(lake, message);
          await lake.seal();
          for (const message of all.slice(0, from + 1)) expect(take(lake, message)).toBe(false);
          await lake.close();
        }
        const result = await verify(memory);
        expect(result.faults).toEqual([]);
        expect(result.checked.captures).toBe(Math.max(...rewinds) + 1);
      },
    ),
    { numRuns: 8 },
  );
});

test('rows that come while a seal is under way go into the next one', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  lake.append(aCapture({ sequence: 1 }));
  const first = lake.seal();
  const later = lake.append(aCapture({ sequence: 2 }));
  lake.addEvents([anEvent({ evidence: { leaf: later ?? -1, record: 0 } })]);
  const second = lake.seal();
  expect((await first)?.rows.captures).toBe(1);
  expect((await first)?.size).toBe(later);
  expect(await second).toMatchObject({ seal: 2, rows: { captures: 1, events: 1 } });
  await lake.close();
  expect((await verify(memory)).faults).toEqual([]);
});

test('a seal without captures is a seal too: observations made by time passing, decisions', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  lake.addObservations([anObservation()]);
  lake.addDecisions([
    {
      id: 'exc-1',
      kind: 'exception',
      subject: 'logging.diagnostic-settings.kept',
      resource: '*',
      reason: 'migration',
      requestedBy: 'ada@example.com',
      approvedBy: 'grace@example.com',
      from: T0,
      expires: T0 + 1,
    },
  ]);
  expect(await lake.seal()).toMatchObject({ seal: 1, rows: { captures: 0, observations: 1, decisions: 1 } });
  await lake.close();
  const result = await verify(memory);
  expect(result.faults).toEqual([]);
  expect(await memory.files.list('lake/captures')).toEqual(['_delta_log']);
});

test('a note enters the log when it changes, also across restarts', async () => {
  const memory = createMemory();
  let lake = await openMemoryLake(memory.files);
  expect(lake.addNote('pack', { version: 'a' })).toBe(true);
  expect(lake.addNote('pack', { version: 'a' })).toBe(false);
  await lake.seal();
  await lake.close();
  lake = await openMemoryLake(memory.files);
  expect(lake.addNote('pack', { version: 'a' })).toBe(false);
  expect(await lake.seal()).toBeUndefined();
  expect(lake.addNote('pack', { version: 'b' })).toBe(true);
  expect(() => lake.addNote('segment', {})).toThrow('may not be of kind segment');
  await lake.seal();
  await lake.close();
  expect((await verify(memory)).faults).toEqual([]);
});

test('thousands of streams in one seal are each counted in the log', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  for (let i = 0; i < 2000; i++)
    lake.append(aCapture({ sequence: 1, stream: `blob/${'x'.repeat(i % 90)}/${i}` }));
  await lake.seal();
  await lake.close();
  const result = await verify(memory);
  expect(result.faults).toEqual([]);
  expect(result.streams).toHaveLength(2000);
});

test('a redaction list longer than a log entry is proven by its digest', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  const redactions = Array.from({ length: 9000 }, (_, i) => `sas-signature@${i}`);
  lake.append(aCapture({ sequence: 1, redactions }));
  await lake.seal();
  await lake.close();
  expect((await verify(memory)).faults).toEqual([]);
});

test('bodies past what one file should hold go into several files, in their order', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  for (let i = 0; i < 70; i++) lake.append(aCapture({ sequence: i, body: Buffer.alloc(1024 * 1024, i) }));
  expect(await lake.seal()).toMatchObject({ rows: { captures: 70 }, files: 2 });
  await lake.close();
  const result = await verify(memory);
  expect(result.faults).toEqual([]);
  expect(result.checked).toMatchObject({ captures: 70, segments: 2 });
});

test('a commit that no writer of ours made ends the writing, and nothing is acknowledged', async () => {
  const memory = createMemory();
  const lake = await openMemoryLake(memory.files);
  lake.append(aCapture({ sequence: 1 }));
  memory.map.set('captures/_delta_log/00000000000000000001.json', Buffer.from('{}\n'));
  await expect(lake.seal()).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining('00000000000000000001.json was not written by this product'),
  });
  expect(lake.cursors().size).toBe(0);
  await lake.close();
});

test('a second writer, another origin and another key are turned away with the reason', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  lake.append(aCapture({ sequence: 1 }));
  await lake.seal();
  await expect(openTestLake(path)).rejects.toMatchObject({
    code: 'LAKE_CONFLICT',
    message: expect.stringContaining('another process'),
  });
  await lake.close();
  const other = {
    path,
    origin: LAKE_ORIGIN,
    clock: ticking(),
    signer: signerFromSeed(ORIGIN, Buffer.alloc(32, 9)),
  };
  await expect(openLake(other)).rejects.toMatchObject({
    code: 'LAKE_CONFLICT',
    message: expect.stringContaining('another key'),
  });
  await expect(
    openLake({
      ...other,
      signer: signerFromSeed('other.example.com/main', Buffer.alloc(32, 7)),
      origin: 'other.example.com',
    }),
  ).rejects.toMatchObject({
    code: 'LAKE_CONFLICT',
    message: expect.stringContaining('evidence of lake.example.com/test/main'),
  });
  const again = await openTestLake(path);
  await again.close();
  await again.close();
  expect(() => again.append(aCapture({ sequence: 2 }))).toThrow('closed');
  await expect(again.seal()).rejects.toThrow('closed');
});

test('a lake that contradicts itself is not written to', async () => {
  const path = await temporaryFolder();
  await fillLake(await openTestLake(path), 'corrupt');
  const commit = join(path, 'captures/_delta_log/00000000000000000002.json');
  const text = await readFile(commit, 'utf8');
  await writeFile(commit, text.replace('WRITE', 'write'));
  await expect(openTestLake(path)).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining('00000000000000000002.json'),
  });
  await writeFile(commit, text);
  const tiles = join(path, 'log/main/tile/0');
  for (const name of await readdir(tiles)) {
    if (!name.endsWith('.p')) continue;
    for (const width of await readdir(join(tiles, name)))
      await writeFile(join(tiles, name, width), Buffer.alloc(32 * Number(width)));
  }
  await expect(openTestLake(path)).rejects.toMatchObject({
    code: 'LAKE_CORRUPT',
    message: expect.stringContaining('do not add up'),
  });
});
