import { beforeAll, expect, test } from 'vitest';
import type { VerifyResult } from '../../src/proof/verify.ts';
import type { Disk } from '../../src/store/disk.ts';
import { lakeReport } from '../../src/verifier/report.ts';
import { messages, openMemoryLake, take, verify } from '../store/lakes.ts';
import { createMemory } from '../store/memory.ts';
import type { Memory } from '../store/memory.ts';

const all = messages('unfinished', 24, 0);

/** Files that stop for good after so many changes. */
function stoppingAfter(disk: Disk, changes: number): { readonly disk: Disk; readonly count: () => number } {
  let count = 0;
  const changing = new Set(['makeFolder', 'write', 'rename', 'link', 'remove', 'syncFolder']);
  const stopping = Object.entries(disk).map(([name, plain]) => [
    name,
    async (...given: never[]) => {
      if (changing.has(name) && ++count > changes) throw new Error('no power');
      return (plain as (...given: never[]) => unknown)(...given);
    },
  ]);
  return { disk: Object.fromEntries(stopping) as Disk, count: () => count };
}

const prepared = createMemory();
let whole: VerifyResult;

async function takeIn(disk: Disk, upTo: number): Promise<void> {
  const lake = await openMemoryLake(disk);
  for (const message of all.slice(0, upTo)) take(lake, message);
  await lake.seal();
  await lake.close();
}

beforeAll(async () => {
  await takeIn(prepared.files, 8);
  await takeIn(prepared.files, 16);
  const done = prepared.copy();
  await takeIn(done.files, 24);
  whole = await verify(done);
});

test('a lake that was closed as it should be has nothing unfinished', () => {
  expect([whole.faults, whole.unfinished]).toEqual([[], []]);
});

/** Lakes that a crash in the third seal leaves, at every other step. */
async function crashed(): Promise<Memory[]> {
  const lakes: Memory[] = [];
  for (let at = 0; ; at += 2) {
    const memory = prepared.copy();
    const { disk, count } = stoppingAfter(memory.files, at);
    await takeIn(disk, 24).catch(() => undefined);
    if (count() <= at) return lakes;
    lakes.push(memory);
  }
}

test('whenever a crash comes, the lake verifies as it is; a seal that was committed is said to be unfinished, and all of it was looked at', async () => {
  const kinds = { before: 0, unfinished: 0, after: 0 };
  const reports: string[] = [];
  for (const memory of await crashed()) {
    const result = await verify(memory);
    expect(result.faults).toEqual([]);
    const isUnfinished = result.unfinished.length > 0;
    kinds[isUnfinished ? 'unfinished' : result.root === whole.root ? 'after' : 'before']++;
    const looked = [result.root, result.checked.rows];
    expect(isUnfinished ? looked : [whole.root, whole.checked.rows]).toEqual([
      whole.root,
      whole.checked.rows,
    ]);
    reports.push(...result.unfinished.map(({ seal, files }) => `${seal} ${files > 0}`));
    if (isUnfinished) reports.push(lakeReport(result, 'given', 0));
    await takeIn(memory.files, 24);
    const finished = await verify(memory);
    expect([finished.faults, finished.unfinished, finished.root]).toEqual([[], [], whole.root]);
  }
  for (const report of reports)
    expect(report).toMatch(/^(?:3 true$|! unfinished {2}seal 3 of .* writing once makes)/m);
  for (const seen of Object.values(kinds)) expect(seen).toBeGreaterThan(0);
});

test('what waits is doubted like the rest: without it, or with a bit of it changed, the seal is not called unfinished', async () => {
  const lakes = [];
  for (const memory of await crashed()) if ((await verify(memory)).unfinished.length > 0) lakes.push(memory);
  const [earliest] = lakes;
  const path = [...(earliest?.map.keys() ?? [])].find((name) => name.startsWith('_pending/main/3-')) ?? '';
  for (const bend of [
    (map: Memory['map']) => map.delete(path),
    (map: Memory['map']) => {
      const bytes = Buffer.from(map.get(path) ?? []);
      bytes.writeUInt8(bytes.readUInt8(40) ^ 1, 40);
      map.set(path, bytes);
    },
    // Further back than a crash leaves it.
    (map: Memory['map']) => {
      const sizes = [...map.keys()].flatMap(
        (name) => /^log\/main\/checkpoints\/(\d+)$/.exec(name)?.[1] ?? [],
      );
      const first = Math.min(...sizes.map(Number));
      map.set('log/main/checkpoint', map.get(`log/main/checkpoints/${first}`) ?? Buffer.from(''));
    },
    (map: Memory['map']) => {
      const file = [...map.keys()].find((name) => /^captures\/day=.*-00000003-/.test(name)) ?? '';
      map.delete(file);
    },
  ]) {
    const bent = earliest?.copy() ?? createMemory();
    bend(bent.map);
    expect((await verify(bent)).ok).toBe(false);
  }
});
