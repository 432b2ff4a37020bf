import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation } from '../../../src/domain/control.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../src/lib/clock.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { openQueries } from '../../../src/store/queries.ts';
import { createEvidenceReader } from '../../../src/store/reader.ts';
import { createLookUp } from '../../../src/store/look-up/look-up.ts';
import { createRollup } from '../../../src/store/rollups/rollup.ts';
import type { Rollup } from '../../../src/store/rollups/rollup.ts';
import { sealedState } from '../../../src/store/sealed-state.ts';
import type { EvidenceReader } from '../../../src/domain/ports.ts';
import type { LiveFile, Snapshot } from '../../../src/store/snapshot.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { aFinding, anEvent, anObservation, T0 } from '../../support/samples.ts';
import { aCapture, LAKE_ORIGIN, openTestLake, temporaryFolder } from '../lakes.ts';

const everything = { from: 0, to: T0 + 400 * DAY_MS };

interface Both {
  readonly rollup: Rollup;
  /** What has been told to whoever keeps observations. */
  readonly told: Map<string, Observation>;
  readonly scans: EvidenceReader;
}

async function over(path: string, mostFindings?: number): Promise<Both> {
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const told = new Map<string, Observation>();
  const options = {
    queries,
    stateOf: sealedState(folderFiles(path), LAKE_ORIGIN),
    lookUp: createLookUp(folderFiles(path), () => queries.snapshot()),
    titleOf: (id: string) => `Title of ${id}`,
  };
  const scans = createEvidenceReader(options);
  const rollup = createRollup({
    ...options,
    scans,
    ...(mostFindings === undefined ? {} : { mostFindings }),
    observed: (observations, isAll) => {
      if (isAll) told.clear();
      for (const one of observations) {
        expect(told.has(one.id)).toBe(false);
        told.set(one.id, one);
      }
    },
  });
  return { rollup, scans, told };
}

/** Ways to ask each question of the port; both readers have to give the same answer. */
const questions = (from: number, lasts: number, bucketMs: number) => {
  const range = { from, to: from + lasts };
  const page = { ...range, limit: 4, offset: 1 };
  return [
    (reader: EvidenceReader) => reader.findings({ ...everything, limit: 100, offset: 0 }),
    (reader: EvidenceReader) => reader.findings(page),
    (reader: EvidenceReader) => reader.findings({ ...page, level: 'high', offset: 0 }),
    (reader: EvidenceReader) => reader.findings({ ...page, assertion: 'a.two', offset: 0 }),
    (reader: EvidenceReader) => reader.finding('fnd-3'),
    (reader: EvidenceReader) => reader.findingCounts(range, bucketMs),
    (reader: EvidenceReader) => reader.eventCounts(range, bucketMs),
    (reader: EvidenceReader) => reader.observations(range),
    (reader: EvidenceReader) => reader.sources(),
    async (reader: EvidenceReader) => ({ ...(await reader.evidence()), unsealed: undefined }),
    (reader: EvidenceReader) => reader.eventRange(),
  ];
};

/** A few hours in odd milliseconds, around midnight. */
const time = fc.integer({ min: 0, max: 40 }).map((n) => T0 + 14 * HOUR_MS + n * 433_777);

const row = fc.record({
  kind: fc.constantFrom('event', 'event', 'finding', 'observation', 'letter'),
  id: fc.integer({ min: 0, max: 8 }),
  time,
  word: fc.constantFrom('azure_activity', 'key_vault', 'storage'),
  level: fc.constantFrom('high', 'critical', 'low'),
  note: fc.constantFrom('', 'time', 'operationName', 'time:received-at', 'properties:json-string'),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

/** Equal ids are equal rows, as the pipeline makes them. */
const timeOf = (id: number): number => T0 + 14 * HOUR_MS + id * 1_234_567;
const levelOf = (id: number) => (['high', 'critical', 'low'] as const)[id % 3] ?? 'low';

function put(lake: Lake, leaf: number, { kind, id, time: at, word, note }: Row, record: number): void {
  const evidence = { leaf, record };
  switch (kind) {
    case 'event':
      lake.addEvents([
        anEvent({
          id: `e-${leaf}-${record}`,
          time: at,
          class: word,
          source: id % 2 === 0 ? 'hub' : 'files',
          evidence,
          missing: note === 'time' || note === 'operationName' ? [note] : [],
          coerced: note.includes(':') ? [note] : [],
        }),
      ]);
      return;
    case 'finding':
      lake.addFindings([
        aFinding({
          id: `fnd-${id}`,
          time: timeOf(id),
          level: levelOf(id),
          assertion: id % 2 === 0 ? 'a.one' : 'a.two',
          evidence,
        }),
      ]);
      return;
    case 'observation':
      lake.addObservations([anObservation({ id: `obs-${id}`, time: timeOf(id), evidence })]);
      return;
    case 'letter':
      lake.addDeadLetters([
        {
          source: 's',
          stream: 'p',
          sequence: leaf,
          evidence,
          receivedAt: T0,
          reason: word,
          detail: 'd',
          bytes: Buffer.of(1),
        },
      ]);
  }
}

test('a rollup says what scans say, after every seal of any lake', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 0, max: 30 * 60 }),
      fc.constantFrom(1, 7, 90, 24 * 60, 3 * 24 * 60),
      fc.constantFrom(MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, DAY_MS),
      async (seals, fromMinutes, lastsMinutes, bucketMs) => {
        const path = await temporaryFolder();
        const lake = await openTestLake(path);
        const { rollup, scans, told } = await over(path);
        for (const [i, rows] of [[], ...seals].entries()) {
          const leaf = lake.append(aCapture({ sequence: i, receivedAt: T0 + i * DAY_MS })) ?? -1;
          for (const [record, one] of rows.entries()) put(lake, leaf, one, record);
          await lake.seal();
          await rollup.refresh();
          const ask = questions(T0 + fromMinutes * MINUTE_MS, lastsMinutes * MINUTE_MS, bucketMs);
          for (const question of ask) expect(await question(rollup.evidence)).toEqual(await question(scans));
          const observations = await scans.observations(everything);
          expect([...told.keys()].toSorted()).toEqual(observations.map(({ id }) => id).toSorted());
        }
        await lake.close();
      },
    ),
    { numRuns: 5 },
  );
});

test('questions that a rollup cannot answer exactly are scans', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const { rollup, scans } = await over(path, 1);
  lake.addEvents([anEvent({ time: T0 + 1 }), anEvent({ id: 'e2', time: T0 + 59_000 })]);
  lake.addFindings([aFinding({ id: 'fnd-1' })]);
  await lake.seal();
  const inMinute = { from: T0, to: T0 + 30_000 };
  expect(await rollup.evidence.eventCounts(inMinute, MINUTE_MS)).toEqual([
    { time: T0, key: 'azure_activity', count: 1 },
  ]);
  lake.addFindings([aFinding({ id: 'fnd-2', time: T0 + 1 })]);
  await lake.seal();
  await rollup.refresh();
  for (const question of questions(T0, HOUR_MS, MINUTE_MS))
    expect(await question(rollup.evidence)).toEqual(await question(scans));
  expect(await rollup.evidence.finding('fnd-2')).toMatchObject({ time: T0 + 1 });
  await lake.close();
});

test('what was sealed shows with the refresh after it, all tables at once', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  const { rollup } = await over(path);
  const { evidence } = rollup;
  expect(await evidence.sources()).toEqual([]);
  expect(await evidence.eventRange()).toBeUndefined();
  expect(await evidence.evidence()).toMatchObject({ seals: 0, captures: 0, deadLetters: [] });
  lake.addEvents([anEvent()]);
  lake.addFindings([aFinding()]);
  await lake.seal();
  expect(await evidence.findings({ ...everything, limit: 9, offset: 0 })).toEqual([]);
  await Promise.all([rollup.refresh(), rollup.refresh()]);
  expect(await evidence.findings({ ...everything, limit: 9, offset: 0 })).toHaveLength(1);
  expect(await evidence.sources()).toMatchObject([{ events: 1 }]);
  expect(await evidence.evidence()).toMatchObject({ seals: 1, findings: 1 });
  await lake.close();
});

test('what is taken out of the lake is taken out of the sums, and files that stand in for others change nothing', async () => {
  const path = await temporaryFolder();
  const lake = await openTestLake(path);
  for (const n of [1, 2, 3]) {
    lake.addEvents([anEvent({ id: `e${n}`, time: T0 + n * HOUR_MS })]);
    lake.addFindings([aFinding({ id: `fnd-${n}`, time: T0 + n })]);
    lake.addObservations([anObservation({ id: `obs-${n}`, time: T0 + n })]);
    await lake.seal();
  }
  await lake.close();
  const queries = await openQueries({ path });
  onTestFinished(() => queries.close());
  const tables = ['events', 'findings', 'observations'] as const;
  /** How many of the oldest files of each table are gone, and whether the rest stands in another order. */
  let [gone, isTurned, version] = [0, false, 3];
  const seen = async (): Promise<Snapshot> => {
    const real = await queries.snapshot();
    const left = (files: readonly LiveFile[]) => (isTurned ? files.toReversed() : files.slice(gone));
    const files = Object.fromEntries(tables.map((table) => [table, left(real.files[table])]));
    return { ...real, seals: version, files: { ...real.files, ...files } };
  };
  const calls: [ids: string[], isAll: boolean][] = [];
  const scans = createEvidenceReader({
    queries,
    stateOf: sealedState(folderFiles(path), LAKE_ORIGIN),
    lookUp: createLookUp(folderFiles(path), seen),
    titleOf: (id) => id,
  });
  const rollup = createRollup({
    queries: { ...queries, snapshot: seen },
    scans,
    stateOf: sealedState(folderFiles(path), LAKE_ORIGIN),
    titleOf: (id) => id,
    observed: (observations, isAll) => calls.push([observations.map(({ id }) => id), isAll]),
  });
  await rollup.refresh();
  [isTurned, version] = [true, 4];
  await rollup.refresh();
  expect(await rollup.evidence.sources()).toMatchObject([{ events: 3 }]);
  [isTurned, gone, version] = [false, 1, 5];
  await rollup.refresh();
  expect(await rollup.evidence.sources()).toMatchObject([{ events: 2 }]);
  expect(await rollup.evidence.finding('fnd-1')).toBeUndefined();
  expect(await rollup.evidence.findings({ ...everything, limit: 9, offset: 0 })).toHaveLength(2);
  expect(await rollup.evidence.findingCounts({ from: T0, to: T0 + HOUR_MS }, HOUR_MS)).toMatchObject([
    { count: 2 },
  ]);
  expect(calls).toEqual([
    [['obs-1', 'obs-2', 'obs-3'], false],
    [['obs-2', 'obs-3'], true],
  ]);
});
