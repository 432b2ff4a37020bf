import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createRangeLook } from '../proof/verify-range.ts';
import type { CleanRange, RangeJob } from '../proof/verify-range.ts';
import { folderFiles } from './folder.ts';
import { captureReader } from './parquet/captures.ts';
import { pageCompressors } from './parquet/zstd-page.ts';
import { inflate } from './payload-keys.ts';
import type { ThreadData } from './threads.ts';

/** What a thread answers: a stretch that fits, or nothing. */
export interface RangeAnswer {
  readonly id: number;
  readonly range: CleanRange | undefined;
}

/** Looks at stretches of the lake that `workerData` names until its port closes. */
export function serveRanges(): void {
  const port = parentPort;
  if (isMainThread || port === null) return;
  const { folder, keys } = workerData as ThreadData;
  const payload = keys === undefined ? undefined : { keys, inflate };
  const lookAt = createRangeLook(folderFiles(folder), captureReader(pageCompressors), payload);
  const look = async (job: RangeJob): Promise<CleanRange | undefined> => {
    try {
      return await lookAt(job);
    } catch {
      // What cannot be read is for the careful way to explain.
      return undefined;
    }
  };
  const answer = async (id: number, job: RangeJob): Promise<void> => {
    const range = await look(job);
    const moved = range === undefined ? [] : [range.tileRoots.buffer];
    port.postMessage({ id, range } satisfies RangeAnswer, moved as ArrayBuffer[]);
  };
  // One after the other: a second stretch under way would only take memory.
  let last: Promise<void> = Promise.resolve();
  port.on('message', ({ id, job }: { readonly id: number; readonly job: RangeJob }) => {
    last = last.then(() => answer(id, job));
  });
}
