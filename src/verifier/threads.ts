import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PayloadKeys } from '../proof/payload-check.ts';
import type { CleanRange, RangeCheck, RangeJob } from '../proof/verify-range.ts';
import type { RangeAnswer } from './range-worker.ts';

/** What opens encrypted bodies, without what cannot be handed to a thread. */
export type DataKeys = PayloadKeys['keys'];

/** What a thread begins with. */
export interface ThreadData {
  readonly folder: string;
  /** Undefined: encrypted bodies are counted, not opened. They stay in the memory of this process. */
  readonly keys: DataKeys | undefined;
}

/** Threads that look at stretches of a lake in a folder. */
export type RangeThreads = RangeCheck & AsyncDisposable;

/** Leaves from which on starting threads takes less time than they save. */
const WORTH_LEAVES = 200_000;

/** True when a lake is large enough for threads; what its checkpoints say of that need not be believed. */
export function isWorthThreads(lake: string): boolean {
  const log = join(lake, 'log');
  if (!existsSync(log)) return false;
  const sizes = readdirSync(log).map((writer) => {
    const checkpoint = join(log, writer, 'checkpoint');
    return existsSync(checkpoint) ? Number(readFileSync(checkpoint, 'utf8').split('\n', 2)[1] ?? 0) : 0;
  });
  return sizes.some((size) => size > WORTH_LEAVES);
}

/**
 * @param entry the module that answers (`range-thread.ts`), or the single file that holds it.
 * @param count of threads, one for each core.
 * @param keys open encrypted bodies. (Default: these are counted)
 */
export function createRangeThreads(folder: string, entry: URL, count: number, keys?: DataKeys): RangeThreads {
  const workerData: ThreadData = { folder, keys };
  const waiting = new Map<number, (range: CleanRange | undefined) => void>();
  let [next, isOver] = [0, false];
  const giveUp = (): void => {
    isOver = true;
    for (const answer of waiting.values()) answer(undefined);
    waiting.clear();
  };
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(entry, {
      workerData,
      // What Node was started with may not suit a file: `--input-type` forbids one.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    worker.on('message', ({ id, range }: RangeAnswer) => {
      waiting.get(id)?.(range);
      waiting.delete(id);
    });
    // Without threads everything still goes the careful way, in this one.
    worker.on('error', giveUp);
    worker.unref();
    return worker;
  });
  return {
    // One stretch in each thread, and one behind them so that none waits long.
    width: count + 1,
    check: (job: RangeJob) =>
      new Promise((resolve) => {
        const worker = workers[next % count];
        if (isOver || worker === undefined) {
          resolve(undefined);
          return;
        }
        const id = next++;
        waiting.set(id, resolve);
        worker.ref();
        worker.postMessage({ id, job }, []);
      }),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(workers.map((worker) => worker.terminate()));
      giveUp();
    },
  };
}

/** The module of the threads, beside this one: TypeScript in a clone, JavaScript in a package. */
export const workerEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './range-thread.ts' : './range-thread.js', import.meta.url);
