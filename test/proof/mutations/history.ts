import { liveSegments, readSeals } from '../../../src/proof/evidence.ts';
import { randomWorld } from '../../store/maintain/random-world.ts';
import { fillLake, openMemoryLake, signer } from '../../store/lakes.ts';
import { createMemory } from '../../store/memory.ts';
import type { Memory } from '../../store/memory.ts';

/** A lake that is to be bent, and what its auditor has of it from elsewhere. */
export interface History {
  readonly newest: Memory;
  /** The same lake some seals before. */
  readonly earlier: Memory;
  readonly keys: readonly string[];
  /** The newest published checkpoint of each writer. */
  readonly published: readonly string[];
  /** True when files were put together, or data is gone by order. */
  readonly isMaintained: boolean;
  /** Files that stand in no table any more: they may go at any moment. */
  readonly retired: ReadonlySet<string>;
}

const checkpointsOf = ({ map }: Memory): string[] =>
  [...map]
    .filter(([path]) => /^log\/[^/]+\/checkpoint$/.test(path))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, note]) => note.toString());

async function retiredOf({ map, lake }: Memory): Promise<Set<string>> {
  const live = new Set(liveSegments(await readSeals(lake)).map(({ path }) => path));
  return new Set([...map.keys()].filter((path) => path.includes('/day=') && !live.has(path)));
}

/** Two runs over one lake: what was there after the first is an earlier state of it. */
export async function grown(seed: string, captures: number, perSeal: number): Promise<History> {
  const newest = createMemory();
  await fillLake(await openMemoryLake(newest.files), seed, Math.ceil(captures / 2), perSeal);
  const earlier = newest.copy();
  await fillLake(await openMemoryLake(newest.files), `${seed} more`, captures, perSeal);
  const keys = [signer.verifier.verifierKey];
  return {
    newest,
    earlier,
    keys,
    published: checkpointsOf(newest),
    isMaintained: false,
    retired: new Set(),
  };
}

/** A lake with compaction, retention and erasure, by one writer or two. */
export async function maintained(seed: string): Promise<History> {
  const { memory, earlier, keys } = await randomWorld(seed);
  return {
    newest: memory,
    earlier,
    keys,
    published: checkpointsOf(memory),
    isMaintained: true,
    retired: await retiredOf(memory),
  };
}
