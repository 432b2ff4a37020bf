import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../cli/engine.ts';
import { SECOND_MS } from '../lib/clock.ts';
import { describeError } from '../lib/errors.ts';

/** How it ended. */
export interface DrainEnd {
  /** True when every source was read without a problem, everything is sealed and everyone told. */
  readonly isClean: boolean;
  /** Messages that were read and not sealed; they are read again. */
  readonly unsealed: number;
  /** Why they were not. */
  readonly problem: string | undefined;
}

export interface Drain {
  /** Waits for the flow to end, then seals what is left. */
  (engine: Engine, flow: Promise<readonly unknown[]>): Promise<DrainEnd>;
  /** Waits for one thing more, as long as there is time. */
  within<T>(work: Promise<T>): Promise<T | 'late'>;
}

/** What ending takes at the most beyond `drainWithin`, ms: threads that do not end by themselves, then the process. */
export const END_MARGIN_MS = 10 * SECOND_MS;

/** The part of the time that threads get; the rest is for the main thread, which hears of what they sealed on their way out. */
const THREADS_PART = 0.6;

/** How `drainWithin`, in ms, is divided when worker threads collect. */
export const divideDrain = (withinMs: number): { readonly threadsMs: number; readonly mainMs: number } => ({
  threadsMs: withinMs * THREADS_PART,
  mainMs: withinMs * (1 - THREADS_PART),
});

/** Ends a flow in good order, and in time: once the signal aborted, there are only so many ms left. */
export function createDrain(signal: AbortSignal, withinMs: number): Drain {
  const late = new Promise<'late'>((resolve) => {
    const start = (): void => void sleep(withinMs, 'late' as const, { ref: false }).then(resolve);
    if (signal.aborted) start();
    else signal.addEventListener('abort', start, { once: true });
  });

  const within = <T>(work: Promise<T>): Promise<T | 'late'> => Promise.race([work, late]);

  const drain = async (engine: Engine, flow: Promise<readonly unknown[]>): Promise<DrainEnd> => {
    let problem: string | undefined;
    const everything = async (): Promise<readonly unknown[]> => {
      const results = await flow;
      await engine.pipeline.flush().catch((thrown: unknown) => {
        problem = describeError(thrown);
      });
      return results;
    };
    const results = await within(everything());
    if (results === 'late') problem = `not done within ${withinMs / 1000} s (drainWithin)`;
    const unsealed = engine.lake.pending.captures;
    const isClean =
      results !== 'late' &&
      problem === undefined &&
      unsealed === 0 &&
      !results.includes(false) &&
      engine.pipeline.totals.undelivered === 0;
    return { isClean, unsealed, problem };
  };
  return Object.assign(drain, { within });
}
