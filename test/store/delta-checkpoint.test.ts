import { beforeAll, expect, test } from 'vitest';
import { checkpointActions, checkpointFile, emptyState, replay } from '../../src/proof/delta-state.ts';
import { decodeCheckpoint } from '../../src/proof/delta-checkpoint-file.ts';
import { commitPath } from '../../src/store/delta-log.ts';
import { anEvent } from '../support/samples.ts';
import { aCapture, openMemoryLake, verify } from './lakes.ts';
import { createMemory } from './memory.ts';

const lake = createMemory();

beforeAll(async () => {
  for (const [from, to] of [
    [1, 150],
    [151, 205],
  ] as const) {
    const writer = await openMemoryLake(lake.files);
    for (let sequence = from; sequence <= to; sequence++) {
      const leaf = writer.append(aCapture({ sequence })) ?? -1;
      if (sequence % 2 === 0) writer.addEvents([anEvent({ evidence: { leaf, record: 0 } })]);
      await writer.seal();
    }
    await writer.close();
  }
});

test('every hundredth commit of a table has a checkpoint, also across restarts, and all of it verifies', async () => {
  const checkpoints = [...lake.map.keys()].filter((path) => path.includes('checkpoint.parquet')).toSorted();
  expect(checkpoints).toEqual([
    `captures/_delta_log/${checkpointFile(100)}`,
    `captures/_delta_log/${checkpointFile(200)}`,
    `events/_delta_log/${checkpointFile(100)}`,
  ]);
  const last = lake.map.get('captures/_delta_log/_last_checkpoint')?.toString() ?? '';
  expect(JSON.parse(last)).toEqual({ version: 200, size: 2 + 2 + 200 });
  expect((await verify(lake)).faults).toEqual([]);
});

test('a checkpoint holds what the commits before it add up to', async () => {
  const commits: string[] = [];
  for (let version = 0; version <= 200; version++)
    commits.push(lake.map.get(commitPath('captures', version))?.toString() ?? '');
  const bytes = lake.map.get(`captures/_delta_log/${checkpointFile(200)}`) ?? Buffer.alloc(0);
  expect(await decodeCheckpoint(bytes)).toEqual(checkpointActions(replay(emptyState(), commits)));
});

test('a changed, misplaced or planted checkpoint is found', async () => {
  const path = `captures/_delta_log/${checkpointFile(100)}`;
  for (const at of [5, 900, -20]) {
    const bent = lake.copy();
    const bytes = Buffer.from(bent.map.get(path) ?? Buffer.alloc(0));
    const place = at < 0 ? bytes.length + at : at;
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    bent.map.set(path, bytes);
    expect((await verify(bent)).faults).toMatchObject([{ kind: 'commit', place: path }]);
  }
  const moved = lake.copy();
  const whole = moved.map.get(path) ?? Buffer.alloc(0);
  moved.map.set(`captures/_delta_log/${checkpointFile(150)}`, whole);
  moved.map.set('captures/_delta_log/_last_checkpoint', Buffer.from('{"size":3,"version":150}'));
  expect((await verify(moved)).faults.map(({ place }) => place)).toEqual([
    `captures/_delta_log/${checkpointFile(150)}`,
    'captures/_delta_log/_last_checkpoint',
  ]);
});
