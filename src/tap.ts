import type { Tap, TapWish, Tapped } from './domain/tap.ts';
import { SECOND_MS } from './lib/clock.ts';
import type { Clock } from './lib/clock.ts';

/** The end of a tap that the pipeline holds. */
export interface TapInlet extends Tap {
  /** True while somebody listens: what nobody asked for need not be made. */
  readonly isOpen: boolean;
  offer(tapped: Tapped): void;
}

interface Listener extends TapWish {
  readonly send: (tapped: Tapped) => void;
  /** Nothing more is sent before this moment. */
  next: number;
}

/** @param changed called when the first comes, and when the last has gone. */
export function createTap(clock: Clock, changed: (isOpen: boolean) => void = () => undefined): TapInlet {
  const listeners = new Set<Listener>();
  return {
    get isOpen() {
      return listeners.size > 0;
    },
    offer(tapped) {
      const now = clock();
      for (const listener of listeners) {
        if (now < listener.next || !listener.accepts(tapped)) continue;
        const spacing = SECOND_MS / listener.perSecond;
        // Behind by less than one spacing keeps the pace; after a silence it starts anew.
        listener.next = Math.max(listener.next + spacing, now);
        listener.send(tapped);
      }
    },
    listen(wish, send) {
      const listener: Listener = { ...wish, send, next: -Infinity };
      listeners.add(listener);
      if (listeners.size === 1) changed(true);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) changed(false);
      };
    },
  };
}
