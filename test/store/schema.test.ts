import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type * as Tables from '../../src/domain/tables.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { openQueries } from '../../src/store/queries.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { deltalake, deltalakeMissing } from './deltalake.ts';
import { aCapture, LAKE_ORIGIN, openTestLake, ORIGIN, signer, temporaryFolder, verify } from './lakes.ts';

/** What the store is made of in a version of the program whose events have more columns, or other ones. */
async function programWith(change: (columns: readonly Tables.Column<never>[]) => readonly unknown[]) {
  vi.resetModules();
  vi.doMock('../../src/domain/tables.ts', async (original) => {
    const real = await original<typeof Tables>();
    const columns = change(real.tables.events.columns);
    return { ...real, tables: { ...real.tables, events: { ...real.tables.events, columns } } };
  });
  const [{ openLake }, { openQueries: query }, { compact }] = await Promise.all([
    import('../../src/store/lake.ts'),
    import('../../src/store/queries.ts'),
    import('../../src/store/compact.ts'),
  ]);
  let now = T0;
  const open = (path: string) => openLake({ path, origin: LAKE_ORIGIN, signer, clock: () => (now += 1000) });
  return { open, openQueries: query, compact };
}

const region = {
  name: 'region',
  type: 'string',
  isNullable: true,
  values: 'repeats',
  of: ({ id }: { readonly id: string }) => `region of ${id}`,
};

/** A lake as this version of the program writes it. */
async function oldLake(events: number): Promise<string> {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  for (let sequence = 1; sequence <= events; sequence++) {
    const leaf = lake.append(aCapture({ sequence })) ?? -1;
    lake.addEvents([anEvent({ id: `old-${sequence}`, evidence: { leaf, record: 0 } })]);
    await lake.seal();
  }
  await lake.close();
  return path;
}

afterEach(() => {
  vi.doUnmock('../../src/domain/tables.ts');
  vi.resetModules();
});

const commit = (path: string, table: string, version: number): string =>
  join(path, table, '_delta_log', `${String(version).padStart(20, '0')}.json`);

test.each([
  ['from its commits', 3],
  ['from a checkpoint', 101],
])(
  'a newer version of the program adds its column to an older lake, read %s',
  async (_how, seals) => {
    const path = await oldLake(seals);
    const program = await programWith((columns) => [...columns.slice(0, 3), region, ...columns.slice(3)]);
    const lake = await program.open(path);
    const leaf = lake.append(aCapture({ sequence: 900 })) ?? -1;
    lake.addEvents([anEvent({ id: 'new', evidence: { leaf, record: 0 } })]);
    await lake.seal();
    lake.append(aCapture({ sequence: 901 }));
    await lake.seal();
    await lake.close();

    const said = readFileSync(commit(path, 'events', seals + 1), 'utf8');
    expect(said.match(/^\{"metaData":/gm)).toHaveLength(1);
    expect(said).toContain(String.raw`\"name\":\"region\"`);
    // Said once, and of the one table that has grown.
    expect(readFileSync(commit(path, 'captures', seals + 2), 'utf8')).not.toContain('metaData');
    expect((await verify(path)).faults).toEqual([]);

    const queries = await program.openQueries({ path });
    const rows = async () =>
      await queries.rows('SELECT id, region FROM events WHERE id IN ($a, $b) ORDER BY id', {
        a: 'new',
        b: 'old-1',
      });
    const expected = [
      { id: 'new', region: 'region of new' },
      { id: 'old-1', region: null },
    ];
    expect(await rows()).toEqual(expected);

    const again = await program.open(path);
    const { into } = await program.compact(again, folderFiles(path), {
      origin: ORIGIN,
      now: T0 + 9e8,
      least: 2,
    });
    await again.close();
    expect(into).toBeGreaterThan(1);
    expect(await rows()).toEqual(expected);
    queries.close();
    expect((await verify(path)).faults).toEqual([]);
  },
  60_000,
);

test('views of an older lake have the new column before anything of it is sealed', async () => {
  const path = await oldLake(1);
  const program = await programWith((columns) => [...columns, region]);
  const queries = await program.openQueries({ path });
  expect(await queries.rows('SELECT id, region FROM events')).toEqual([{ id: 'old-1', region: null }]);
  queries.close();
});

test('a column that is gone, renamed or of another type is refused, and nothing is written', async () => {
  const path = await oldLake(1);
  const cases = [
    [
      (columns: readonly Tables.Column<never>[]) => columns.filter(({ name }) => name !== 'target'),
      'a column target that this version does not know',
    ],
    [
      (columns: readonly Tables.Column<never>[]) =>
        columns.map((column) => (column.name === 'severity' ? { ...column, name: 'weight' } : column)),
      'a column severity that this version does not know',
    ],
    [
      (columns: readonly Tables.Column<never>[]) =>
        columns.map((column) => (column.name === 'record' ? { ...column, type: 'long' as const } : column)),
      'column record of table events is of type "integer", this version writes long',
    ],
  ] as const;
  const before = await folderFiles(path).walk('');
  for (const [change, what] of cases) {
    const program = await programWith(change);
    await expect(program.open(path)).rejects.toMatchObject({
      code: 'LAKE_NEWER',
      message: expect.stringContaining(what),
    });
  }
  const strict = await programWith((columns) => [...columns, { ...region, isNullable: false }]);
  await expect(strict.open(path)).rejects.toThrow(
    'column region is new in table events and must be nullable',
  );
  expect(await folderFiles(path).walk('')).toEqual(before);
});

test('an older version of the program refuses a lake whose tables have grown, and still reads it', async () => {
  const path = await oldLake(2);
  const newer = await programWith((columns) => [...columns, region]);
  const lake = await newer.open(path);
  lake.append(aCapture({ sequence: 900 }));
  await lake.seal();
  await lake.close();
  await expect(openTestLake(path)).rejects.toMatchObject({
    code: 'LAKE_NEWER',
    message: expect.stringMatching(
      /a column region that this version does not know.*use the version of plumbline/,
    ),
  });
  const queries = await openQueries({ path });
  expect(await queries.rows('SELECT count(*) AS n FROM events')).toEqual([{ n: 2n }]);
  queries.close();
});

describe('a lake whose tables need more of a reader or writer than this version knows is refused', () => {
  test.each([
    ['{"minReaderVersion":1,"minWriterVersion":3}', 'needs a Delta writer of version 3'],
    [
      '{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["rowTracking"]}',
      'version 7 with rowTracking',
    ],
    [
      '{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}',
      'needs a Delta reader of version 3 with deletionVectors',
    ],
    ['{"minReaderVersion":2,"minWriterVersion":5}', 'needs a Delta reader of version 2'],
  ])('%s', async (protocol, what) => {
    const path = await oldLake(1);
    for (const table of ['captures', 'findings']) {
      const file = commit(path, table, 0);
      const made = readFileSync(file, 'utf8');
      writeFileSync(file, made.replace(/^\{"protocol":.*\}$/m, `{"protocol":${protocol}}`));
      await expect(openTestLake(path)).rejects.toMatchObject({
        code: 'LAKE_NEWER',
        message: expect.stringContaining(what),
      });
      writeFileSync(file, made);
    }
  });

  test('also when a commit of captures says so', async () => {
    const path = await oldLake(1);
    const needed = '{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["v2Checkpoint"]}';
    writeFileSync(commit(path, 'captures', 2), `{"commitInfo":{}}\n{"protocol":${needed}}\n`);
    const queries = await openQueries({ path });
    await expect(queries.rows('SELECT count(*) FROM events')).rejects.toMatchObject({ code: 'LAKE_NEWER' });
    queries.close();
  });
});

describe.skipIf(deltalakeMissing !== undefined)("Python's deltalake", () => {
  test('sees the new column too, null in the rows of old files', async () => {
    const path = await oldLake(2);
    const program = await programWith((columns) => [...columns, region]);
    const lake = await program.open(path);
    const leaf = lake.append(aCapture({ sequence: 900 })) ?? -1;
    lake.addEvents([anEvent({ id: 'new', evidence: { leaf, record: 0 } })]);
    await lake.seal();
    await lake.close();
    const seen = await deltalake(
      `rows = QueryBuilder().register('t', DeltaTable(sys.argv[1] + '/events')).execute('SELECT id, region FROM t ORDER BY id').read_all()
print(json.dumps([[a.as_py(), b.as_py()] for a, b in zip(rows['id'], rows['region'])]))`,
      path,
    );
    expect(seen).toEqual([
      ['new', 'region of new'],
      ['old-1', null],
      ['old-2', null],
    ]);
  });
});
