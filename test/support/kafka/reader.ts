import { createCollector } from '../../../src/collect/registry.ts';
import type { Collector } from '../../../src/collect/collector.ts';
import type { KafkaSettings } from '../../../src/collect/kafka/settings.ts';
import type { Capture } from '../../../src/domain/capture.ts';
import { silentLogger } from '../../../src/lib/log.ts';

/** A collector that is read in the background, and can be looked at meanwhile. */
export interface Reader extends AsyncDisposable {
  readonly collector: Collector;
  readonly captures: readonly Capture[];
  /** Bodies as text, by stream, in the order they came. */
  readonly texts: () => ReadonlyMap<string, readonly string[]>;
  /** Resolves when `isMet` says so; fails with what was there after the limit, or when the collector failed. */
  until(isMet: () => boolean): Promise<void>;
  /** Streams read now. */
  readonly streams: () => readonly string[];
  /** What it would tell after a seal of everything that was yielded. */
  seal(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReaderOptions {
  readonly durable?: ReadonlyMap<string, number>;
  /** Called for each batch; a promise holds the collector up, as a slow pipeline does. */
  readonly onBatch?: (batch: readonly Capture[]) => Promise<void>;
}

const LIMIT_MS = 25_000;

export function read(settings: KafkaSettings, { durable = new Map(), onBatch }: ReaderOptions = {}): Reader {
  const abort = new AbortController();
  const captures: Capture[] = [];
  let failure: unknown;
  const collector = createCollector(settings, {
    source: 'test',
    signal: abort.signal,
    clock: () => 1_800_000_000_000,
    log: silentLogger,
    durableSequence: (stream) => Promise.resolve(durable.get(stream)),
  });
  const running = (async () => {
    for await (const batch of collector.batches()) {
      await onBatch?.(batch);
      captures.push(...batch);
    }
  })().catch((thrown: unknown) => {
    failure = thrown;
  });
  const texts = (): Map<string, string[]> => {
    const by = Map.groupBy(captures, ({ stream }) => stream);
    return new Map(
      Array.from(by, ([stream, of]) => [stream, of.map(({ body }) => Buffer.from(body).toString())]),
    );
  };
  const stop = async (): Promise<void> => {
    abort.abort();
    await running;
  };
  return {
    collector,
    captures,
    texts,
    streams: () => [...(collector.lag?.().keys() ?? [])].toSorted(),
    async until(isMet) {
      const limit = performance.now() + LIMIT_MS;
      while (!isMet()) {
        if (failure !== undefined) throw failure;
        if (performance.now() > limit)
          throw new Error(
            `not met with ${captures.length} captures; ${JSON.stringify(collector.problems?.())}`,
          );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    seal: async () =>
      collector.acknowledge?.(new Map(captures.map(({ stream, sequence }) => [stream, sequence]))),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
