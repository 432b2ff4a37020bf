/** Hands items from many givers to one taker, one at a time: nothing is taken in before it is asked for. */
export interface HandOver<T> {
  /** Resolves when the taker has come back for more, or will not come any more. */
  give(item: T): Promise<void>;
  /** Ends it: the taker gets the error at once, and what was not taken yet is let go. */
  fail(thrown: unknown): void;
  /** Ends it quietly. */
  end(): void;
  /** True while a giver waits. */
  readonly isOffering: boolean;
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
    get isOffering() {
      return taken !== undefined || offers.length > 0;
    },
    give(item) {
      if (over !== undefined) return Promise.resolve();
      return new Promise((done) => {
        offers.push({ item, done });
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
