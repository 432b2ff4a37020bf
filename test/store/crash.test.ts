import { dirname } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/lib/random.ts';
import type { Random } from '../../src/lib/random.ts';
import type { VerifyResult } from '../../src/proof/verify.ts';
import type { Disk } from '../../src/store/disk.ts';
import type { Lake } from '../../src/store/lake.ts';
import { PipelineError } from '../../src/lib/errors.ts';
import { createMemory } from './memory.ts';
import type { Memory } from './memory.ts';
import { messages, openMemoryLake, take, verify } from './lakes.ts';

const all = messages('crash', 24, 0);

/** Reads the streams from their start again, as a collector does that asks for more than it needs. */
function replay(lake: Lake, upTo: number): void {
  for (const message of all.slice(0, upTo)) take(lake, message);
}

/** Half done and then dead, or dead with whatever was not synced gone. */
type Failure = 'torn' | 'power';

interface Plug {
  readonly files: Disk;
  /** Changing operations so far. */
  readonly count: () => number;
  /** Takes back what no folder sync has made durable, for every step a coin's toss. */
  readonly loseUnsynced: () => Promise<void>;
}

/** Files that stop working at the n-th changing operation, and stay so unless `isOnce`. */
function failing(whole: Disk, at: number, failure: Failure, random: Random, isOnce = false): Plug {
  let count = 0;
  const unsynced: { folder: string; undo: () => Promise<void> }[] = [];
  /** What becomes of the next operation: a torn one is half done before it fails. */
  const next = (): 'done' | 'torn' | 'failed' => {
    count++;
    if (count < at || (isOnce && count > at)) return 'done';
    return count === at && failure === 'torn' ? 'torn' : 'failed';
  };
  const remember = async (path: string): Promise<void> => {
    const before = await whole.read(path);
    const undo = () => (before === undefined ? whole.remove(path) : whole.write(path, before));
    unsynced.push({ folder: dirname(path), undo });
  };
  const step = async <T>(
    operation: () => Promise<T>,
    half: () => Promise<unknown> = operation,
  ): Promise<T> => {
    const fate = next();
    if (fate === 'done') return operation();
    if (fate === 'torn') await half();
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  const files: Disk = {
    ...whole,
    makeFolder: (path) => step(() => whole.makeFolder(path)),
    write: (path, bytes) =>
      step(
        () => whole.write(path, bytes),
        () => whole.write(path, bytes.subarray(0, bytes.length / 2)),
      ),
    rename: (from, to) =>
      step(async () => {
        await remember(to);
        await whole.rename(from, to);
      }),
    link: (from, to) =>
      step(async () => {
        await remember(to);
        return whole.link(from, to);
      }),
    remove: (path) => step(() => whole.remove(path)),
    syncFolder: (path) =>
      step(async () => {
        for (let i = unsynced.length - 1; i >= 0; i--)
          if (unsynced[i]?.folder === path) unsynced.splice(i, 1);
        await Promise.resolve();
      }),
  };
  return {
    files,
    count: () => count,
    loseUnsynced: async () => {
      for (const { undo } of unsynced.toReversed()) if (random.chance(0.5)) await undo();
    },
  };
}

const prepared = createMemory();
let expected: VerifyResult;
let steps = 0;

beforeAll(async () => {
  const lake = await openMemoryLake(prepared.files);
  replay(lake, 12);
  await lake.seal();
  await lake.close();

  const whole = prepared.copy();
  const plug = failing(whole.files, Infinity, 'torn', seededRandom('none'));
  const second = await openMemoryLake(plug.files);
  const before = plug.count();
  replay(second, 24);
  await second.seal();
  steps = plug.count() - before;
  await second.close();
  expected = await verify(whole);
});

/** Opens, takes everything in again, seals; a crash on the way is the test's doing. */
async function attempt(plug: Plug): Promise<void> {
  let lake: Lake | undefined;
  try {
    lake = await openMemoryLake(plug.files);
    replay(lake, 24);
    await lake.seal();
  } catch {
    await plug.loseUnsynced();
  } finally {
    await lake?.close();
  }
}

async function finish(memory: Memory): Promise<void> {
  const lake = await openMemoryLake(memory.files);
  replay(lake, 24);
  await lake.seal();
  await lake.close();
  const result = await verify(memory);
  expect(result.faults).toEqual([]);
  expect(result.root).toBe(expected.root);
  expect(result.checked).toMatchObject({ seals: 2, captures: 24, rows: expected.checked.rows });
  expect([...memory.map.keys()].filter((path) => path.startsWith('_staging/'))).toEqual([]);
}

test('the second seal takes as many steps as the crashes below go through', () => {
  expect(expected.faults).toEqual([]);
  expect(steps).toBeGreaterThan(30);
  expect(steps).toBeLessThan(120);
});

describe.each<Failure>(['torn', 'power'])('a crash (%s) at any step of opening or sealing', (failure) => {
  test('loses nothing, doubles nothing, and ends in the same root', async () => {
    for (let at = 1; at < 200; at++) {
      const memory = prepared.copy();
      const plug = failing(memory.files, at, failure, seededRandom(`${failure} ${at}`));
      await attempt(plug);
      await finish(memory);
      if (plug.count() < at) return;
    }
    throw new Error('a seal has more steps than this test thought');
  });
});

test('crashes one after another, also while a crash is being mended, end in the same root', async () => {
  for (let run = 0; run < 12; run++) {
    const random = seededRandom(`many ${run}`);
    const memory = prepared.copy();
    for (let i = 0; i < 5; i++) {
      await attempt(failing(memory.files, random.int(1, steps), random.pick(['torn', 'power']), random));
    }
    await finish(memory);
  }
});

test('a crash at any step of making a lake leaves one that opens', async () => {
  for (let at = 1; at < 40; at++) {
    const memory = createMemory();
    const plug = failing(memory.files, at, 'power', seededRandom(`new ${at}`));
    await openMemoryLake(plug.files).catch(() => plug.loseUnsynced());
    const lake = await openMemoryLake(memory.files);
    replay(lake, 24);
    await lake.seal();
    await lake.close();
    expect((await verify(memory)).faults).toEqual([]);
  }
});

test('a write that fails once is reported as transient, and the next seal makes everything durable', async () => {
  for (let at = 1; at <= steps; at += 3) {
    const memory = prepared.copy();
    let fails = false;
    const once = failing(memory.files, at, 'torn', seededRandom('once'), true);
    const switched = Object.fromEntries(
      Object.entries(memory.files).map(([name, plain]) => [
        name,
        (...given: never[]) => (fails ? (once.files[name as keyof Disk] as typeof plain) : plain)(...given),
      ]),
    ) as unknown as Disk;
    const lake = await openMemoryLake(switched);
    fails = true;
    replay(lake, 24);
    const outcome = await lake.seal().then(
      () => 'sealed',
      (thrown: unknown) => (thrown instanceof PipelineError ? thrown.code : thrown),
    );
    // Clearing away a temporary name is the one step whose failure changes nothing.
    expect(['STORE_FAILED', 'sealed']).toContain(outcome);
    expect(lake.pending.captures).toBe(outcome === 'sealed' ? 0 : 12);
    await lake.seal();
    expect(lake.pending.captures).toBe(0);
    await lake.close();
    await finish(memory);
  }
});
