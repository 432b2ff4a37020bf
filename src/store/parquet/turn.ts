import { setImmediate } from 'node:timers/promises';

/** A stretch of work on a thread that others need too. */
export interface Turn {
  /** True when others have waited long enough. */
  isOver(): boolean;
  /** Lets everything run that waits, then begins the next. */
  next(): Promise<void>;
}

/** Long enough that giving way costs nothing, short enough that nobody notices. */
const TURN_MS = 5;

export function takeTurns(): Turn {
  let since = performance.now();
  return {
    isOver: () => performance.now() - since >= TURN_MS,
    async next() {
      await setImmediate();
      since = performance.now();
    },
  };
}
