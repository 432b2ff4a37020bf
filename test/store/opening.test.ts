import { expect, test } from 'vitest';
import { tableNames } from '../../src/domain/tables.ts';
import { seededRandom } from '../../src/lib/random.ts';
import { signerFromSeed } from '../../src/proof/note.ts';
import { compact } from '../../src/store/compact.ts';
import type { Files } from '../../src/store/files.ts';
import { folderFiles } from '../../src/store/folder-files.ts';
import { HEADS_PATH } from '../../src/store/heads.ts';
import { openLake } from '../../src/store/lake.ts';
import type { Lake } from '../../src/store/lake.ts';
import { readSnapshot } from '../../src/store/snapshot.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import { DAY_MS } from '../../src/lib/clock.ts';
import { anEvent, T0 } from '../support/samples.ts';
import { aCapture, LAKE_ORIGIN, take, messages, verify } from './lakes.ts';
import { createMemory, LAKE } from './memory.ts';
import type { Memory } from './memory.ts';

const KEY = Buffer.alloc(32, 3);

interface Counted {
  readonly files: Files;
  /** Paths that were read since it was made. */
  readonly reads: string[];
}

function counted(memory: Memory, writer = 'main', break_: (path: string) => void = () => {}): Counted {
  const plain = folderFiles(LAKE, writer, memory.files);
  const reads: string[] = [];
  return {
    reads,
    files: {
      ...plain,
      read: (path) => {
        reads.push(path);
        return plain.read(path);
      },
      create: async (path, bytes) => {
        break_(path);
        return plain.create(path, bytes);
      },
    },
  };
}

const open = (files: Files, writer = 'main'): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    writer,
    signer: signerFromSeed(`${LAKE_ORIGIN}/${writer}`, KEY),
    clock: () => T0,
    files,
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  });

/** The lake as its commits alone have it. */
const fromCommits = (memory: Memory): Promise<Snapshot> => {
  const bare = memory.copy();
  bare.map.delete(HEADS_PATH);
  return readSnapshot(folderFiles(LAKE, 'main', bare.files));
};

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

const sorted = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  cursors: new Map([...snapshot.cursors].toSorted(byName)),
  writers: new Map([...snapshot.writers].toSorted(byName)),
  files: Object.fromEntries(
    tableNames.map((table) => [table, snapshot.files[table].toSorted((a, b) => (a.path < b.path ? -1 : 1))]),
  ) as unknown as Snapshot['files'],
});

test('a lake is opened from its newest checkpoint, whatever lies before it', async () => {
  const memory = createMemory();
  const lake = await open(folderFiles(LAKE, 'main', memory.files));
  for (let sequence = 1; sequence <= 330; sequence++) {
    const leaf = lake.append(aCapture({ sequence })) ?? -1;
    if (sequence % 3 === 0) lake.addEvents([anEvent({ id: `e-${sequence}`, evidence: { leaf, record: 0 } })]);
    await lake.seal();
  }
  await lake.close();
  const { files, reads } = counted(memory);
  expect(sorted(await readSnapshot(files))).toEqual(sorted(await fromCommits(memory)));
  const commits = reads.flatMap((path) => /captures\/_delta_log\/(\d{20})\.json$/.exec(path)?.[1] ?? []);
  // The newest seal at the checkpoint, the one before it, and what came since.
  expect(Math.min(...commits.map(Number))).toBe(299);
  expect(reads.length).toBeLessThan(120);

  const again = await open(files);
  expect(again.seals).toBe(330);
  expect(again.append(aCapture({ sequence: 330 }))).toBeUndefined();
  expect(again.append(aCapture({ sequence: 331 }))).toBeGreaterThan(330);
  await again.seal();
  await again.close();
  expect(
    (
      await verify(memory, {
        verifierKeys: [signerFromSeed(`${LAKE_ORIGIN}/main`, KEY).verifier.verifierKey],
      })
    ).faults,
  ).toEqual([]);
});

test('a checkpoint and the commits say the same of every lake: writers in turn, crashes, compaction', async () => {
  for (const seed of ['one', 'two']) {
    const random = seededRandom(`opening ${seed}`);
    const memory = createMemory();
    const names = ['left', 'right', 'gone'];
    const streams = new Map(names.map((name) => [name, messages(`${seed} ${name}`, 400, 1)]));
    const lakes = new Map<string, Lake>();
    const plain = folderFiles(LAKE, 'main', memory.files);
    const seen: (readonly [Snapshot, Snapshot])[] = [];
    let isBroken: string | undefined;
    for (let step = 0; step < 150; step++) {
      const name = step < 20 ? random.pick(names) : random.pick(names.slice(0, 2));
      const lake =
        lakes.get(name) ??
        (await open(
          counted(memory, name, (path) => {
            if (isBroken !== undefined && path.includes(isBroken)) throw new Error('stopped here');
          }).files,
          name,
        ));
      lakes.set(name, lake);
      for (let i = random.int(1, 2); i > 0; i--) {
        const message = streams.get(name)?.shift();
        if (message !== undefined)
          take(lake, {
            ...message,
            capture: { ...message.capture, stream: `${name}/${message.capture.stream}` },
          });
      }
      if (random.chance(0.03)) {
        // Stopped before, in or behind the commit: the other tables may be a seal behind from now on.
        isBroken = random.pick(['captures/_delta_log', 'events/_delta_log', 'log/']);
        await lake.seal().catch(() => undefined);
        isBroken = undefined;
        lakes.delete(name);
      } else {
        await lake.seal();
      }
      if (step % 60 === 59) {
        const files = folderFiles(LAKE, name, memory.files);
        const current = lakes.get(name) ?? (await open(files, name));
        lakes.set(name, current);
        await compact(current, files, { origin: `${LAKE_ORIGIN}/${name}`, now: T0 + 5 * DAY_MS });
      }
      if (step > 100 && step % 12 === 0) seen.push([await readSnapshot(plain), await fromCommits(memory)]);
    }
    expect(memory.map.has(HEADS_PATH)).toBe(true);
    seen.push([await readSnapshot(plain), await fromCommits(memory)]);
    for (const [checkpointed, committed] of seen) expect(sorted(checkpointed)).toEqual(sorted(committed));
  }
});

test('a hint that is old, of another lake, or nonsense changes nothing', async () => {
  const memory = createMemory();
  const lake = await open(folderFiles(LAKE, 'main', memory.files));
  let older: Buffer | undefined;
  for (let sequence = 1; sequence <= 205; sequence++) {
    lake.append(aCapture({ sequence }));
    await lake.seal();
    if (sequence === 120) older = memory.map.get(HEADS_PATH);
  }
  const expected = sorted(await fromCommits(memory));
  const origin = `${LAKE_ORIGIN}/main`;
  const hints = [
    older?.toString() ?? '',
    '',
    '[]',
    '{"version":200}',
    '{"version":-1,"writers":{}}',
    '{"version":200,"writers":{}}',
    `{"version":200,"writers":{"${origin}":{"before":198,"newest":199}}}`,
    `{"version":200,"writers":{"${origin}":{"before":0,"newest":200}}}`,
    `{"version":200,"writers":{"${origin}":{"before":"199","newest":"200"}}}`,
    `{"version":150,"writers":{"${origin}":{"before":149,"newest":150}}}`,
    `{"version":900,"writers":{"${origin}":{"before":899,"newest":900}}}`,
  ];
  for (const hint of hints) {
    memory.map.set(HEADS_PATH, Buffer.from(hint));
    expect(sorted(await readSnapshot(folderFiles(LAKE, 'main', memory.files)))).toEqual(expected);
  }
});
