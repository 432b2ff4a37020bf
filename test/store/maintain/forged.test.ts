import { describe, expect, test } from 'vitest';
import { orderDigest } from '../../../src/proof/maintenance.ts';
import { compact } from '../../../src/store/compact.ts';
import { erase } from '../../../src/store/erase/erase.ts';
import { createSubject } from '../../../src/store/erase/subject.ts';
import { columnIndex, openOwnFiles } from '../../../src/store/maintain/own-files.ts';
import type { Columns, OwnFile } from '../../../src/store/maintain/own-files.ts';
import type { RewritePlan } from '../../../src/store/maintain/plan.ts';
import { joinFiles, rewriteBodies, rewriteRows } from '../../../src/store/maintain/rewrite.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import type { TableName } from '../../../src/domain/tables.ts';
import { T0 } from '../../support/samples.ts';
import { ORIGIN, verify } from '../lakes.ts';
import { ADA, aLakeOfPeople, anOrder, DAY, parquetOf } from './worlds.ts';
import type { SmallLake } from './worlds.ts';

const order = anOrder();
const now = T0 + 2 * DAY;

interface Held {
  readonly world: SmallLake;
  readonly file: OwnFile;
  readonly columns: Columns;
}

async function hold(table: TableName): Promise<Held> {
  const world = await aLakeOfPeople();
  const own = await openOwnFiles(world.files, ORIGIN);
  const file = own.files.find((one) => one.table === table);
  if (file === undefined) throw new Error(`no file of ${table}`);
  return { world, file, columns: await own.read(file) };
}

/** What somebody with the key of the log and bad intentions would have sealed; what the verifier says to it. */
async function sealed(
  { world }: Held,
  rewrite: RewritePlan | undefined,
  orders = [order],
): Promise<{ kinds: string[]; text: string }> {
  if (rewrite === undefined) throw new Error('nothing to seal');
  await world.lake.maintain({ orders, rewrites: [rewrite] });
  await vacuum(world.files, ORIGIN, { now: T0 + DAY, graceMs: DAY });
  const { faults, ok } = await verify(world.memory);
  expect(ok).toBe(false);
  return {
    kinds: faults.map(({ kind }) => kind),
    text: faults.map(({ place, what }) => `${place}: ${what}`).join('\n'),
  };
}

const withFacts = (
  rewrite: RewritePlan | undefined,
  facts: Partial<RewritePlan['facts']>,
): RewritePlan | undefined =>
  rewrite === undefined ? undefined : { ...rewrite, facts: { ...rewrite.facts, ...facts } };

const without = (columns: Columns | undefined, row: number): Columns =>
  (columns ?? []).map((values) => values.filter((_, i) => i !== row));

describe('what the holder of the key may not pass off as an erasure', () => {
  test('an erasure that no order in the log stands behind', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    const { kinds, text } = await sealed(held, rewrite, []);
    expect(kinds).toContain('maintenance');
    expect(text).toContain('rows or messages of captures were taken away, and no order in the log says so');
  });

  test('an order that comes after the deed', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    await held.world.lake.maintain({ orders: [], rewrites: rewrite === undefined ? [] : [rewrite] });
    const next = await openOwnFiles(held.world.files, ORIGIN);
    const other = next.files.find(({ table, path }) => table === 'captures' && path !== held.file.path);
    if (other === undefined) throw new Error('no second file');
    const later = rewriteBodies(other, await next.read(other), order, (row) =>
      row === 0 ? 'removed' : 'kept',
    );
    expect((await sealed(held, later)).text).toContain('no order in the log says so');
  });

  test('the body of one more message than the order covers', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row < 2 ? 'removed' : 'kept'));
    const { text } = await sealed(held, withFacts(rewrite, { emptied: [[1, 1]] }));
    expect(text).toMatch(
      /captures\/day=\S+ row \d: leaf \d: the body hashes to \w+, the log says \w+, and no order covers this leaf/,
    );
  });

  test('an order over a message that is somewhere else', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    const { text } = await sealed(
      held,
      withFacts(rewrite, { emptied: [...(rewrite?.facts.emptied ?? []), [9, 9]] }),
    );
    expect(text).toContain('the order covers 2 messages, and 1 of them are in the file');
  });

  test('a message that was cut to something else than the order says', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) =>
      row === 0 ? { left: Buffer.from('{"records":[]}') } : 'kept',
    );
    const cut = (rewrite?.facts.cut ?? []).map(([leaf]) => [leaf, '0'.repeat(64)] as const);
    expect((await sealed(held, withFacts(rewrite, { cut }))).text).toContain(
      'and what the order left of it to 0000',
    );
  });

  test('the row of a message', async () => {
    const held = await hold('captures');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    if (rewrite === undefined) throw new Error('nothing');
    const { text } = await sealed(held, { ...rewrite, columns: without(rewrite.columns, 1) });
    expect(text).toContain('3 rows of captures, less 0 by order, are not the 2 of the new file');
  });

  test('a message with other times, or in place of another', async () => {
    const held = await hold('captures');
    const at = columnIndex('captures', 'received_at');
    const rewrite = rewriteBodies(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    if (rewrite?.columns === undefined) throw new Error('nothing');
    const columns = rewrite.columns.map((values, i) => (i === at ? values.map(() => T0 + 7) : values));
    const { kinds, text } = await sealed(held, { ...rewrite, columns });
    expect(kinds).toContain('row');
    expect(text).toContain('the row is not what the log has there');
  });

  test('a finding that goes with an erasure which does not name its row', async () => {
    const held = await hold('findings');
    const rewrite = rewriteRows(held.file, held.columns, order, (row) => (row === 0 ? 'removed' : 'kept'));
    const { text } = await sealed(held, withFacts(rewrite, { removed: [], changed: [[0, 0]] }));
    expect(text).toContain('2 rows of findings, less 0 by order, are not the 1 of the new file');
  });

  test('a whole file', async () => {
    const held = await hold('findings');
    const rewrite = rewriteRows(held.file, held.columns, order, () => 'removed');
    const { text } = await sealed(held, withFacts(rewrite, { act: 'compact', order: null, removed: [] }));
    expect(text).toContain('2 rows of findings, less 0 by order, are not the 0 of the new file');
  });

  test('retention under an order of erasure', async () => {
    const held = await hold('events');
    const rewrite = rewriteRows(held.file, held.columns, order, () => 'removed');
    expect((await sealed(held, withFacts(rewrite, { act: 'retain' }))).text).toContain(
      'not what its order says',
    );
  });

  test('putting files together with a row changed, while the old files are there', async () => {
    const held = await hold('events');
    const at = columnIndex('events', 'actor_name');
    const own = await openOwnFiles(held.world.files, ORIGIN);
    const files = own.files.filter(({ table }) => table === 'events').slice(0, 2);
    const read: Columns[] = [];
    for (const file of files) read.push(await own.read(file));
    const joined = joinFiles(files, read);
    const columns = (joined.columns ?? []).map((values, i) =>
      i === at ? values.map(() => 'mallory@example.com') : values,
    );
    await held.world.lake.maintain({ orders: [], rewrites: [{ ...joined, columns }] });
    const { captureReader } = await import('../../../src/verifier/parquet/captures.ts');
    const { pageCompressors } = await import('../../../src/verifier/parquet/zstd-page.ts');
    const { faults } = await verify(held.world.memory, { parquet: captureReader(pageCompressors) });
    expect(faults.map(({ kind, place, what }) => `${kind} ${place} ${what}`)).toEqual([
      expect.stringMatching(/^row events\/day=\S+ row 1 it is not what row 0 of the files was/),
    ]);
  });

  test('an erased body that comes back', async () => {
    const held = await hold('captures');
    await erase(held.world.lake, held.world.files, { origin: ORIGIN, order, subject: createSubject([ADA]) });
    const own = await openOwnFiles(held.world.files, ORIGIN);
    const file = own.files.find(
      ({ table, firstLeaf }) => table === 'captures' && firstLeaf === held.file.firstLeaf,
    );
    if (file === undefined) throw new Error('no file');
    const { text } = await sealed(held, { ...joinFiles([file], [held.columns]) }, []);
    expect(text).toContain('its body was erased by order, and yet one is there');
  });

  test('an order whose parts of the deed are another file than the log has', async () => {
    const held = await hold('events');
    const rewrite = rewriteRows(held.file, held.columns, order, () => 'removed');
    const from = [{ path: held.file.path, rows: held.file.rows, sha256: '0'.repeat(64) }];
    expect((await sealed(held, withFacts(rewrite, { from }))).text).toContain(
      'which is no file of this log as it says',
    );
  });
});

describe('what others may not pass off as maintenance', () => {
  test('a file taken out by an edited commit, and deleted', async () => {
    const { memory } = await aLakeOfPeople();
    const commit = 'findings/_delta_log/00000000000000000002.json';
    const path = [...memory.map.keys()].find((name) => name.startsWith('findings/day=')) ?? '';
    const relative = path.slice('findings/'.length);
    const remove = {
      dataChange: true,
      deletionTimestamp: T0,
      extendedFileMetadata: true,
      partitionValues: { day: '2026-03-02' },
      path: relative,
      size: 1,
    };
    memory.map.set(
      commit,
      Buffer.concat([
        memory.map.get(commit) ?? Buffer.alloc(0),
        Buffer.from(`${JSON.stringify({ remove })}\n`),
      ]),
    );
    memory.map.delete(path);
    const { faults } = await verify(memory);
    expect(faults.map(({ place }) => place)).toEqual(expect.arrayContaining([commit, path]));
  });

  test('a change to a file that was put together with others and is still there', async () => {
    const world = await aLakeOfPeople();
    const [old = ''] = parquetOf(world, 'observations').concat(parquetOf(world, 'events'));
    await compact(world.lake, world.files, { origin: ORIGIN, now });
    const bytes = Buffer.from(world.memory.map.get(old) ?? []);
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    world.memory.map.set(old, bytes);
    expect((await verify(world.memory)).faults.map(({ place }) => place)).toContain(old);
  });

  test('the new file missing, changed, or one commit of the deed gone', async () => {
    const world = await aLakeOfPeople();
    await erase(world.lake, world.files, { origin: ORIGIN, order, subject: createSubject([ADA]) });
    await vacuum(world.files, ORIGIN, { now, graceMs: 0 });
    const commits = [...world.memory.map.keys()].filter((path) => path.endsWith('00000000000000000006.json'));
    expect(commits).toHaveLength(3);
    for (const path of [...commits, ...parquetOf(world, 'captures'), ...parquetOf(world, 'findings')]) {
      const spoilt = world.memory.copy();
      spoilt.map.delete(path);
      expect((await verify(spoilt)).faults.map(({ place }) => place)).toContain(path);
      const bent = world.memory.copy();
      const bytes = Buffer.from(bent.map.get(path) ?? []);
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
      bent.map.set(path, bytes);
      expect((await verify(bent)).faults.map(({ place }) => place)).toContain(path);
    }
  });

  test('an order is named by all it says', () => {
    expect(orderDigest(anOrder({ reason: 'Another.' }))).not.toBe(orderDigest(order));
  });
});
