/** Hands items from many givers to one taker, one at a time: nothing is taken in before it is asked for. */
export interface HandOver<T> {
  /**
   * Resolves when the taker has come back for more, or will not come any more; and when the signal aborts, with which
   * an item that was not taken yet is withdrawn.
   */
  give(item: T, signal?: AbortSignal): Promise<void>;
  /** Ends it: the taker gets the error at once, and what was not taken yet is let go. */
  fail(thrown: unknown): void;
  /** Ends it quietly. */
  end(): void;
  items(): AsyncGenerator<T, void, undefined>;
}

export function createHandOver<T>(): HandOver<T> {
  interface Offer {
    readonly item: T;
    readonly done: () => void;
  }
  let offers: Offer[] = [];
  let taken: Offer | undefined;
  let over: { readonly thrown?: unknown } | undefined;
  let wake: (() => void) | undefined;

  const finish = (ending: { readonly thrown?: unknown }): void => {
    over ??= ending;
    const released = taken === undefined ? offers : [taken, ...offers];
    offers = [];
    taken = undefined;
    for (const { done } of released) done();
    wake?.();
  };

  return {
    give(item, signal) {
      if (over !== undefined || signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const withdraw = (): void => {
          offers = offers.filter((at) => at !== offer);
          resolve();
        };
        const offer: Offer = {
          item,
          done: () => {
            signal?.removeEventListener('abort', withdraw);
            resolve();
          },
        };
        signal?.addEventListener('abort', withdraw, { once: true });
        offers.push(offer);
        wake?.();
      });
    },
    fail: (thrown) => finish({ thrown }),
    end: () => finish({}),
    async *items() {
      try {
        for (;;) {
          if (over !== undefined) {
            if ('thrown' in over) throw over.thrown;
            return;
          }
          taken = offers.shift();
          if (taken === undefined) {
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
            wake = undefined;
            continue;
          }
          yield taken.item;
          taken?.done();
          taken = undefined;
        }
      } finally {
        finish({});
      }
    },
  };
}
