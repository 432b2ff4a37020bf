import { tableNames } from '../../domain/tables.ts';
import { isoDay } from '../../lib/clock.ts';
import { writerOf } from '../../proof/commits.ts';
import { compact, LARGE_BYTES } from '../compact.ts';
import type { Files } from '../files.ts';
import type { Lake } from '../lake.ts';
import { retain } from '../retain.ts';
import type { RetainOptions } from '../retain.ts';
import { ownerOfFile } from '../segment-name.ts';
import { emptySnapshot, readSnapshot } from '../snapshot.ts';
import type { Snapshot } from '../snapshot.ts';
import { vacuum } from './vacuum.ts';

export type KeeperTask = 'compact' | 'retain' | 'vacuum';

/** How a task went, and how many files it took out or removed. */
export type Kept =
  | { readonly task: KeeperTask; readonly outcome: 'done'; readonly files: number }
  | { readonly task: KeeperTask; readonly outcome: 'failed'; readonly problem: unknown };

export interface KeeperOptions {
  readonly lake: Lake;
  readonly files: Files;
  /** Of the writer's log: a keeper looks after the files of its own writer alone. */
  readonly origin: string;
  /** Small files of a table and closed day are put together when there are so many of them; 0: never. */
  readonly compactFrom: number;
  /** Files that were put together stay this long, for readers that have begun. */
  readonly graceMs: number;
  /** What is past its time at a moment. (Default: nothing is deleted) */
  readonly retention?: ((now: number) => RetainOptions) | undefined;
  readonly tell: (kept: Kept) => void;
  /** Ends what is under way behind what it has committed. */
  readonly signal: AbortSignal;
}

/** Looks after the files of a running writer. */
export interface Keeper {
  /**
   * Does what is due at a moment, one thing after the other: small files of closed days are put together when they pile
   * up; what is past its time goes once a day, and so do files that nothing points to any more. What fails is told, and
   * done another time.
   */
  keep(now: number): Promise<void>;
}

/** Small files of closed days that this writer has in the largest heap of one table and day. */
function largestHeap({ files }: Snapshot, writer: string, now: number): number {
  const today = isoDay(now);
  const heaps = new Map<string, number>();
  for (const table of tableNames) {
    for (const { path, size } of files[table]) {
      const [, day = ''] = /\/day=([^/]+)\//.exec(path) ?? [];
      if (size >= LARGE_BYTES || day >= today || ownerOfFile(path)?.writer !== writer) continue;
      heaps.set(`${table} ${day}`, (heaps.get(`${table} ${day}`) ?? 0) + 1);
    }
  }
  return Math.max(0, ...heaps.values());
}

export function createKeeper(options: KeeperOptions): Keeper {
  const { lake, files, origin, compactFrom, graceMs, retention, tell, signal } = options;
  let snapshot = emptySnapshot();
  let [retainedOn, vacuumedOn] = ['', ''];

  const attempt = async (task: KeeperTask, work: () => Promise<number>): Promise<boolean> => {
    if (signal.aborted) return false;
    try {
      tell({ task, outcome: 'done', files: await work() });
      return true;
    } catch (problem) {
      tell({ task, outcome: 'failed', problem });
      return false;
    }
  };

  return {
    async keep(now) {
      const today = isoDay(now);
      snapshot = await readSnapshot(files, snapshot).catch(() => snapshot);
      const heap = compactFrom === 0 ? 0 : largestHeap(snapshot, writerOf(origin) ?? '', now);
      if (heap > 1 && heap >= compactFrom)
        await attempt(
          'compact',
          async () => (await compact(lake, files, { origin, now, least: compactFrom })).files,
        );
      if (retention !== undefined && retainedOn !== today) {
        const isDone = await attempt('retain', async () => {
          const { seals, files: rewritten } = await retain(lake, files, { ...retention(now), signal });
          // What is deleted must be gone from the disk too, today.
          if (seals.length > 0) vacuumedOn = '';
          return rewritten;
        });
        if (isDone) retainedOn = today;
      }
      if (vacuumedOn !== today && (await attempt('vacuum', () => vacuum(files, origin, { now, graceMs }))))
        vacuumedOn = today;
    },
  };
}
