import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seededRandom } from '../../../src/lib/random.ts';
import type { JsonMap } from '../../../src/proof/canonical.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/proof/delta-checkpoint-file.ts';
import { checkpointActions, emptyState } from '../../../src/proof/delta-state.ts';
import type { TableState } from '../../../src/proof/delta-state.ts';
import { readCheckpoint, readOwnCheckpoint } from '../../../src/store/checkpoint/read-checkpoint.ts';

const text = fc.string({ unit: 'binary', maxLength: 40 });
const size = fc.nat({ max: 2 ** 40 });
const partition = fc.record({ day: fc.constantFrom('2026-03-02', '2026-03-03') });

const anAdd = fc.record({
  path: text,
  partitionValues: partition,
  size,
  modificationTime: size,
  dataChange: fc.boolean(),
  stats: fc.oneof(text, fc.constant('{"numRecords":1}'.repeat(400))),
});
const aRemove = fc.record({
  path: text,
  partitionValues: partition,
  size,
  deletionTimestamp: size,
  extendedFileMetadata: fc.constant(true),
  dataChange: fc.boolean(),
});
const aMetaData = fc.record({
  id: text,
  name: text,
  description: text,
  format: fc.record({ provider: fc.constant('parquet'), options: fc.constantFrom({}, { a: 'b', c: 'd' }) }),
  schemaString: text,
  partitionColumns: fc.constantFrom(['day'], [], ['day', 'hour']),
  configuration: fc.constantFrom({}, { 'delta.x': 'y' }),
  createdTime: size,
});
const aState: fc.Arbitrary<TableState> = fc
  .record({
    metaData: fc.option(aMetaData, { nil: undefined }),
    isDescribed: fc.boolean(),
    txns: fc.array(fc.record({ appId: text, version: size }), { maxLength: 12 }),
    adds: fc.array(anAdd, { maxLength: 40 }),
    removes: fc.array(aRemove, { maxLength: 12 }),
  })
  .map(({ metaData, isDescribed, txns, adds, removes }) => ({
    ...emptyState(),
    protocol: isDescribed ? { minReaderVersion: 1, minWriterVersion: 2 } : undefined,
    metaData,
    txns: new Map(txns.map((txn) => [txn.appId, txn])),
    adds: new Map(adds.map((add) => [add.path, add])),
    removes: new Map(removes.map((remove) => [remove.path, remove])),
  }));

const isEmpty = (state: TableState): boolean => checkpointActions(state).length === 0;

test('whatever a table has come to, its checkpoint is read back as it was, and as another reader reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      aState.filter((state) => !isEmpty(state)),
      async (state) => {
        const file = Buffer.from(encodeCheckpoint(state));
        const read = await readCheckpoint(file);
        expect(read).toEqual(checkpointActions(state).map((action) => JSON.parse(JSON.stringify(action))));
        expect(read).toEqual(await decodeCheckpoint(file));
      },
    ),
    { numRuns: 60 },
  );
});

/** A table of many files, as checkpoints mostly are. */
const manyFiles = (count: number): TableState => ({
  ...emptyState(),
  protocol: { minReaderVersion: 1, minWriterVersion: 2 },
  txns: new Map([
    ['seal:lake.example.com/prod/main', { appId: 'seal:lake.example.com/prod/main', version: 7 }],
  ]),
  adds: new Map(
    Array.from({ length: count }, (_, n): [string, JsonMap] => {
      const path = `day=2026-03-02/part-${n}.parquet`;
      const stats = `{"maxValues":{"leaf":${n}},"numRecords":${n * 7}}`;
      const partitionValues = { day: '2026-03-02' };
      return [path, { path, partitionValues, size: 4711 * n, modificationTime: 5, dataChange: false, stats }];
    }),
  ),
});

test('of thousands of files, in pages and groups of their own, each is there', async () => {
  const state = manyFiles(12_000);
  expect(await readCheckpoint(Buffer.from(encodeCheckpoint(state)))).toEqual(checkpointActions(state));
});

/** How many actions, or what they are refused with. */
function ask(file: Buffer): number | string {
  try {
    return readOwnCheckpoint(file).length;
  } catch (thrown) {
    return String(thrown);
  }
}

test('a damaged checkpoint is refused or has other actions, and never grows beyond its bytes', () => {
  const bytes = encodeCheckpoint(manyFiles(40));
  const random = seededRandom('checkpoint');
  const answers: (number | string)[] = [];
  for (let n = 0; n < 600; n++) {
    const damaged = Buffer.from(bytes);
    const at = random.int(0, bytes.length - 1);
    damaged.writeUInt8(
      n % 2 === 0 ? random.int(0, 255) : damaged.readUInt8(at) ^ (1 << random.int(0, 7)),
      at,
    );
    answers.push(ask(damaged));
  }
  const counts = answers.filter((answer) => typeof answer === 'number');
  expect(Math.max(...counts)).toBeLessThanOrEqual(64 * bytes.length);
  expect(counts.length).toBeLessThan(answers.length - 100);
  for (let length = 0; length < bytes.length; length += 97)
    expect(ask(Buffer.from(bytes.subarray(0, length)))).toContain('Error');
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test('a checkpoint that is not read by hand is left to a reader of any Parquet', async () => {
  const state = manyFiles(3);
  const path = 'day=2026-03-02/__proto__.parquet';
  const odd = {
    ...state,
    adds: new Map([...state.adds, [path, { ...state.adds.values().next().value, path }]]),
  };
  const file = Buffer.from(encodeCheckpoint(odd));
  expect(ask(file)).toContain('columns that no checkpoint of ours has');
  expect(await readCheckpoint(file)).toEqual(checkpointActions(odd));
});

test('columns that are not needed are left out of the actions', () => {
  const file = Buffer.from(encodeCheckpoint(manyFiles(30)));
  const read = readOwnCheckpoint(file, ([action, member]) => action === 'txn' || member === 'size');
  expect(read).toHaveLength(checkpointActions(manyFiles(30)).length);
  expect(read.filter(({ txn }) => txn !== undefined)).toEqual(
    readOwnCheckpoint(file).filter(({ txn }) => txn !== undefined),
  );
  const sizes = [...manyFiles(30).adds.values()].map((add) => ({ add: { size: add['size'] } }));
  expect(read.filter(({ add }) => add !== undefined)).toEqual(sizes);
  expect(readOwnCheckpoint(file, () => false).every((action) => Object.keys(action).length === 0)).toBe(true);
});
