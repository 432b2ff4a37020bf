import { setImmediate } from 'node:timers/promises';

/** A share of the time of a thread that others need too. */
export interface ThreadShare extends Disposable {
  /** True when others have waited long enough. */
  isUsed(): boolean;
  /** Lets everything run that waits, then goes on. */
  giveWay(): Promise<void>;
}

/** Long enough that giving way costs nothing, short enough that nobody notices, also where two threads share a core. */
const STRETCH_MS = 2;

let active = 0;
let since = 0;
let line: Promise<void> = Promise.resolve();

/**
 * A share among all that take one on this thread: together they work no longer at a stretch than one alone, for only one
 * of them goes on in a round of the event loop.
 */
export function shareThread(): ThreadShare {
  if (active === 0) since = performance.now();
  active++;
  return {
    isUsed: () => performance.now() - since >= STRETCH_MS,
    async giveWay() {
      line = line.then(() => setImmediate());
      await line;
      since = performance.now();
    },
    [Symbol.dispose]: () => {
      active--;
    },
  };
}
