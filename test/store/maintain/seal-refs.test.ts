import { expect, test } from 'vitest';
import { DAY_MS } from '../../../src/lib/clock.ts';
import { seededRandom } from '../../../src/lib/random.ts';
import { readSeals } from '../../../src/proof/evidence.ts';
import { signerFromSeed } from '../../../src/proof/note.ts';
import { compact } from '../../../src/store/compact.ts';
import type { Files } from '../../../src/store/files.ts';
import { folderFiles } from '../../../src/store/folder-files.ts';
import { verifiable } from '../../../src/store/lake-files.ts';
import { openLake } from '../../../src/store/lake.ts';
import type { Lake } from '../../../src/store/lake.ts';
import { openOwnFiles } from '../../../src/store/maintain/own-files.ts';
import { sealRefs } from '../../../src/store/maintain/seal-refs.ts';
import { vacuum } from '../../../src/store/maintain/vacuum.ts';
import { readSnapshot } from '../../../src/store/snapshot.ts';
import { T0 } from '../../support/samples.ts';
import { aCapture, LAKE_ORIGIN } from '../lakes.ts';
import { createMemory, LAKE } from '../memory.ts';
import type { Memory } from '../memory.ts';

const originOf = (writer: string): string => `${LAKE_ORIGIN}/${writer}`;
const DAY_AFTER = T0 + 2 * DAY_MS;

const open = (memory: Memory, writer: string, clock = () => T0): Promise<Lake> =>
  openLake({
    path: LAKE,
    origin: LAKE_ORIGIN,
    writer,
    signer: signerFromSeed(originOf(writer), Buffer.alloc(32, 3)),
    clock,
    files: folderFiles(LAKE, writer, memory.files),
    lock: () => ({ isExclusive: true, isHeld: true, release: () => {} }),
  });

/** Seals of these writers, in this order, one capture each. */
async function sealInTurn(memory: Memory, turns: readonly string[]): Promise<void> {
  const lakes = new Map<string, Lake>();
  for (const [sequence, writer] of turns.entries()) {
    const lake = lakes.get(writer) ?? (await open(memory, writer));
    lakes.set(writer, lake);
    lake.append(aCapture({ sequence, stream: `${writer}/0` }));
    await lake.seal();
  }
  for (const lake of lakes.values()) await lake.close();
}

/** The files of the lake, and the commits of `captures` that were read of them. */
function counted(memory: Memory): { readonly files: Files; readonly commits: string[] } {
  const files = folderFiles(LAKE, 'main', memory.files);
  const commits: string[] = [];
  return {
    commits,
    files: {
      ...files,
      read(path) {
        if (/^captures\/_delta_log\/\d+\.json$/.test(path)) commits.push(path);
        return files.read(path);
      },
    },
  };
}

test('each seal of each writer is found where it is, however writers took turns', async () => {
  const random = seededRandom('turns');
  const memory = createMemory();
  // Now one writes alone for a while, now the other, now both.
  const turns = Array.from({ length: 140 }, (_, i) =>
    (i > 30 && i < 60) || (i > 100 && random.chance(0.5)) ? 'left' : random.chance(0.9) ? 'right' : 'left',
  );
  await sealInTurn(memory, turns);
  const { files, commits } = counted(memory);
  const all = await readSeals(verifiable(files));
  const snapshot = await readSnapshot(files);
  for (const writer of ['left', 'right']) {
    const origin = originOf(writer);
    const expected = all.filter((seal) => seal.origin === origin);
    expect(expected.length).toBeGreaterThan(30);
    expect(sealRefs(files, snapshot, origin).newest).toEqual(expected.at(-1));
    const inOrder = sealRefs(files, snapshot, origin);
    for (const seal of expected) {
      expect(await inOrder.at(seal.facts.seal)).toEqual(seal);
      expect(await sealRefs(files, snapshot, origin).at(seal.facts.seal)).toEqual(seal);
    }
    for (const seal of [0, expected.length + 1, Number.NaN])
      await expect(inOrder.at(seal)).rejects.toThrow(`no commit of captures is seal ${seal} of ${origin}`);
  }
  commits.splice(0);
  expect((await sealRefs(files, snapshot, originOf('right')).at(3)).facts.seal).toBe(3);
  // Halving, and stepping over the seals of the other writer.
  expect(commits.length).toBeLessThan(40);
  await expect(sealRefs(files, snapshot, 'nobody').at(1)).rejects.toMatchObject({ code: 'LAKE_CORRUPT' });
});

test('maintenance reads the commits of seals that have files, and those since the checkpoint: not all there ever were', async () => {
  const memory = createMemory();
  await sealInTurn(
    memory,
    Array.from({ length: 230 }, () => 'main'),
  );
  const origin = originOf('main');
  const lake = await open(memory, 'main', () => DAY_AFTER);
  const plain = folderFiles(LAKE, 'main', memory.files);
  expect(await compact(lake, plain, { origin, now: DAY_AFTER })).toMatchObject({ files: 230, into: 2 });
  for (let sequence = 1000; sequence < 1075; sequence++) {
    lake.append(aCapture({ sequence, stream: 'main/0' }));
    await lake.seal();
  }
  await lake.close();

  const { files, commits } = counted(memory);
  const own = await openOwnFiles(files, origin);
  expect(own.files).toHaveLength(77);
  expect(own.files.reduce((sum, { rows }) => sum + rows, 0)).toBe(305);
  expect(Math.min(...commits.map((path) => Number(/(\d+)\.json$/.exec(path)?.[1])))).toBe(230);

  commits.splice(0);
  const graceMs = DAY_MS;
  expect(await vacuum(files, origin, { now: DAY_AFTER + graceMs - 1, graceMs })).toBe(0);
  expect(await vacuum(files, origin, { now: DAY_AFTER + graceMs, graceMs })).toBe(230);
  expect(await vacuum(files, origin, { now: DAY_AFTER + graceMs, graceMs })).toBe(0);
  expect(Math.min(...commits.map((path) => Number(/(\d+)\.json$/.exec(path)?.[1])))).toBe(231);
});
