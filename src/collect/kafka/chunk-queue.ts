/** Hands items from a producer to one consumer, within a limit of bytes. */
export interface ChunkQueue<T> extends AsyncIterable<T> {
  /** Resolves when there is room for more; the item itself is taken in any case. */
  push(item: T, bytes: number): Promise<void>;
  /** Takes out what no longer counts, and makes its room free. */
  discard(isGone: (item: T) => boolean): void;
  /** The consumer gets what is left, then the end (or the error). */
  end(error?: unknown): void;
  readonly bytes: number;
}

interface Held<T> {
  readonly item: T;
  readonly bytes: number;
}

/** `limitBytes` may be exceeded by one item a producer. */
export function createChunkQueue<T>(limitBytes: number): ChunkQueue<T> {
  let held: Held<T>[] = [];
  let bytes = 0;
  let ended: { readonly error: unknown } | undefined;
  let wakeConsumer: (() => void) | undefined;
  let waiting: (() => void)[] = [];

  const makeRoom = (): void => {
    if (bytes >= limitBytes && ended === undefined) return;
    const released = waiting;
    waiting = [];
    for (const release of released) release();
  };
  const wake = (): void => {
    wakeConsumer?.();
    wakeConsumer = undefined;
  };

  return {
    get bytes() {
      return bytes;
    },
    push(item, size) {
      if (ended !== undefined) return Promise.resolve();
      held.push({ item, bytes: size });
      bytes += size;
      wake();
      if (bytes < limitBytes) return Promise.resolve();
      return new Promise((resolve) => void waiting.push(resolve));
    },
    discard(isGone) {
      held = held.filter(({ item }) => !isGone(item));
      bytes = held.reduce((sum, { bytes: size }) => sum + size, 0);
      makeRoom();
    },
    end(error) {
      ended ??= { error };
      wake();
      makeRoom();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = held.shift();
        if (next !== undefined) {
          bytes -= next.bytes;
          makeRoom();
          yield next.item;
        } else if (ended !== undefined) {
          if (ended.error !== undefined) throw ended.error;
          return;
        } else {
          await new Promise<void>((resolve) => (wakeConsumer = resolve));
        }
      }
    },
  };
}
