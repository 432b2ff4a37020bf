import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';

/** Start of the period of `everyMs` that a moment lies in, epoch ms: the same for every process and after a restart. */
export const periodOf = (now: number, everyMs: number): number => Math.floor(now / everyMs) * everyMs;

/** Waits until the signal aborts or the time is over; true when it is over. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal, ref: true }).catch(() => false);
}

/** Yields the period that runs now, then each next one as it begins, until the signal aborts. */
export async function* periods(clock: Clock, everyMs: number, signal: AbortSignal): AsyncGenerator<number> {
  let last: number | undefined;
  while (!signal.aborted) {
    const period = periodOf(clock(), everyMs);
    if (last === undefined || period > last) {
      last = period;
      yield period;
    }
    // A clock that stands still must not make a busy loop.
    const restMs = last + everyMs - clock();
    if (!(await pause(Math.min(Math.max(restMs, 10), everyMs), signal))) return;
  }
}
