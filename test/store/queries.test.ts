import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, onTestFinished, test } from 'vitest';
import { tableNames, tables } from '../../src/domain/tables.ts';
import { emptyRoot } from '../../src/proof/merkle.ts';
import { openQueries } from '../../src/store/queries.ts';
import type { Queries } from '../../src/store/queries.ts';
import { createEvidenceReader } from '../../src/store/reader.ts';
import { createLookUp } from '../../src/store/look-up/look-up.ts';
import { sealedState } from '../../src/store/sealed-state.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { aFinding, anActor, anEvent, anObservation, T0 } from '../support/samples.ts';
import { aCapture, fillLake, openTestLake, ORIGIN, signer, temporaryFolder } from './lakes.ts';

const HOUR = 3_600_000;
const everything = { from: 0, to: T0 * 2 };

async function queriesOver(path: string): Promise<Queries> {
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  return queries;
}

const readerOver = async (path: string) => {
  const queries = await queriesOver(path);
  return createEvidenceReader({
    queries,
    stateOf: sealedState(folderFiles(path), ORIGIN),
    lookUp: createLookUp(folderFiles(path), () => queries.snapshot()),
    titleOf: (id) => `Title of ${id}`,
  });
};

test('what was recorded is read back as it was, newest first', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const leaf = lake.append(aCapture({ sequence: 1 })) ?? -1;
  const evidence = { leaf, record: 3 };
  const bare = aFinding({
    id: 'fnd-2',
    time: T0 + 1,
    evidence,
    level: 'critical',
    tenantId: undefined,
    subscriptionId: undefined,
    resourceId: undefined,
    operation: undefined,
    actor: anActor({ id: undefined, name: undefined, ip: undefined, type: 'anonymous' }),
    target: "it's 'quoted', with 🔑 and\nlines",
    correlationId: undefined,
    matched: [],
    techniques: [],
  });
  const full = aFinding({ id: 'fnd-1', evidence });
  const observed = anObservation({ evidence, time: T0 + 7, validUntil: T0 + HOUR, onExpiry: 'no_evidence' });
  lake.addEvents([
    anEvent({ evidence, time: T0 - HOUR, missing: ['operationName'] }),
    anEvent({ id: 'e2', evidence, coerced: ['time:us-date', 'x'], class: 'key_vault' }),
  ]);
  lake.addFindings([full, bare]);
  lake.addObservations([observed]);
  lake.addDeadLetters([
    {
      source: 's',
      stream: 'p',
      sequence: 1,
      evidence,
      receivedAt: T0,
      reason: 'json_invalid',
      detail: 'd',
      bytes: Buffer.of(0, 255),
    },
  ]);
  const sealed = await lake.seal();
  await lake.close();

  const reader = await readerOver(path);
  expect(await reader.findings({ ...everything, limit: 10, offset: 0 })).toEqual([bare, full]);
  expect(await reader.findings({ ...everything, limit: 1, offset: 1 })).toEqual([full]);
  expect(await reader.findings({ ...everything, level: 'critical', limit: 9, offset: 0 })).toEqual([bare]);
  expect(await reader.findings({ ...everything, assertion: 'other', limit: 9, offset: 0 })).toEqual([]);
  expect(await reader.findings({ from: T0 + 1, to: T0 + 2, limit: 9, offset: 0 })).toEqual([bare]);
  expect(await reader.findings({ from: T0, to: T0 + 1, limit: 9, offset: 0 })).toEqual([full]);
  expect(await reader.finding('fnd-1')).toEqual(full);
  expect(await reader.finding("fnd-1' OR true --")).toBeUndefined();
  expect(await reader.observations(everything)).toEqual([observed]);
  expect(await reader.findingCounts(everything, HOUR)).toEqual([
    { time: T0, key: 'critical', count: 1 },
    { time: T0, key: 'high', count: 1 },
  ]);
  expect(await reader.eventCounts(everything, HOUR)).toEqual([
    { time: T0 - HOUR, key: 'azure_activity', count: 1 },
    { time: T0, key: 'key_vault', count: 1 },
  ]);
  expect(await reader.eventRange()).toEqual({ from: T0 - HOUR, to: T0 });
  expect(await reader.sources()).toMatchObject([
    {
      source: 'test',
      eventClass: 'azure_activity',
      title: 'Title of azure_activity',
      events: 1,
      missing: 1,
      coerced: 0,
    },
    { source: 'test', eventClass: 'key_vault', firstEvent: T0, lastEvent: T0, missing: 0, coerced: 1 },
  ]);
  expect(await reader.evidence()).toEqual({
    origin: ORIGIN,
    size: sealed?.size,
    root: sealed?.root,
    checkpoint: sealed?.checkpoint,
    verifierKey: signer.verifier.verifierKey,
    seals: 1,
    captures: 1,
    events: 2,
    findings: 2,
    observations: 1,
    deadLetters: [{ reason: 'json_invalid', count: 1 }],
    sealedAt: expect.any(Number),
    verified: undefined,
  });
});

test('an empty lake answers every question with nothing', async () => {
  const path = await temporaryFolder();
  await (await openTestLake(path)).close();
  const reader = await readerOver(path);
  expect(await reader.findings({ ...everything, limit: 9, offset: 0 })).toEqual([]);
  expect(await reader.observations(everything)).toEqual([]);
  expect(await reader.eventCounts(everything, HOUR)).toEqual([]);
  expect(await reader.sources()).toEqual([]);
  expect(await reader.eventRange()).toBeUndefined();
  expect(await reader.evidence()).toMatchObject({
    size: 0,
    root: emptyRoot().toString('base64'),
    checkpoint: '',
    seals: 0,
  });
});

test('queries see a seal as soon as it is made, and nothing before', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const queries = await queriesOver(path);
  const count = async () => Number((await queries.rows('SELECT count(*) AS n FROM captures'))[0]?.['n']);
  lake.append(aCapture({ sequence: 1 }));
  expect(await count()).toBe(0);
  await lake.seal();
  lake.append(aCapture({ sequence: 2 }));
  expect(await count()).toBe(1);
  await lake.seal();
  expect(await Promise.all([count(), count(), count()])).toEqual([2, 2, 2]);
  await lake.close();
});

test('the same finding recorded twice counts once', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  lake.addFindings([aFinding()]);
  await lake.seal();
  lake.addFindings([aFinding()]);
  await lake.seal();
  await lake.close();
  const reader = await readerOver(path);
  expect(await reader.findings({ ...everything, limit: 9, offset: 0 })).toHaveLength(1);
  expect(await reader.findingCounts(everything, HOUR)).toMatchObject([{ count: 1 }]);
});

describe('without anything of ours', () => {
  test('DuckDB reads every table over the files of its own Delta log', async () => {
    const path = await temporaryFolder();
    await fillLake(await openTestLake(path), 'duckdb');
    const { files } = await readSnapshot(folderFiles(path));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    for (const table of tableNames) {
      const named: string[] = [];
      for (let version = 0; ; version++) {
        const text = await readFile(
          join(path, table, '_delta_log', `${String(version).padStart(20, '0')}.json`),
          'utf8',
        ).catch(() => undefined);
        if (text === undefined) break;
        for (const line of text.trim().split('\n')) {
          const { add } = JSON.parse(line) as { add?: { path: string } };
          if (add !== undefined) named.push(join(path, table, add.path));
        }
      }
      expect(named).toEqual(files[table].map((file) => join(path, file.path)));
      const rows = files[table].reduce((sum, file) => sum + file.rows, 0);
      if (named.length === 0) continue;
      const list = named.map((file) => `'${file}'`).join(', ');
      const result = await connection.runAndReadAll(
        `SELECT count(*) AS n, ${tables[table].columns.map(({ name }) => `count("${name}")`).join(', ')} FROM read_parquet([${list}])`,
      );
      expect(Number(result.getRowObjectsJS()[0]?.['n'])).toBe(rows);
    }
    connection.closeSync();
    instance.closeSync();
  });
});
