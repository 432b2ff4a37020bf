import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Capture } from '../../domain/capture.ts';
import type { CollectorContext, Lag } from '../collector.ts';
import { createChunkQueue } from './chunk-queue.ts';
import { keyOf } from './client.ts';
import type { Chunk, ClientEvents, Place } from './client.ts';
import { startOffset } from './start-offset.ts';

export interface ReadingOptions {
  readonly context: CollectorContext;
  /** Name of the cluster within evidence. */
  readonly cluster: string;
  /** True where offsets count records one by one, so that a missing one was lost. */
  readonly isContiguous: boolean;
  readonly bufferBytes: number;
  readonly damaged: 'hold' | 'skip';
  /** At most this long a rebalance waits for what was yielded to become durable. */
  readonly releaseLimitMs: number;
}

/** What a stream once held and evidence never will. */
export interface Gap {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  readonly reason: string;
}

/** What is between a Kafka client and the pipeline: partitions that are ours, and captures on their way. */
export interface Reading {
  readonly events: ClientEvents;
  batches(): AsyncGenerator<readonly Capture[]>;
  end(error?: unknown): void;
  /** Ends at once: what was fetched and not yielded is read again another time. */
  stop(): void;
  /** Takes note of a seal; answers what the group may be told. */
  acknowledge(durable: ReadonlyMap<string, number>): readonly (Place & { readonly offset: number })[];
  /** True when everything that was yielded is durable. */
  isAllDurable(): boolean;
  /** True while streams that have to be given up wait for a seal. */
  isSealWanted(): boolean;
  lag(): ReadonlyMap<string, Lag>;
  gaps(): readonly Gap[];
  problems(): readonly string[];
}

interface Partition {
  readonly at: Place;
  readonly stream: string;
  isOurs: boolean;
  behind: number;
  enqueuedAt: number | undefined;
}

interface Held {
  readonly from: Partition;
  readonly captures: readonly Capture[];
}

const streamOf = (cluster: string, { topic, partition }: Place): string =>
  `kafka/${cluster}/${topic}/${partition}`;

export function createReading(options: ReadingOptions): Reading {
  const { source, clock, log, durableSequence } = options.context;
  const partitions = new Map<string, Partition>();
  const queue = createChunkQueue<Held | undefined>(options.bufferBytes);
  /** Last sequence yielded of each stream, as long as it is not durable. */
  const yielded = new Map<string, number>();
  const gaps: Gap[] = [];
  const acknowledged = new EventTarget();
  /** What concerns one stream stays until it is over; what happened once stays. */
  const standing = new Map<string, string>();
  let releasing = 0;

  function lose(stream: string, first: number, last: number, reason: string): void {
    gaps.push({ stream, first, last, reason });
    log.error({ source, stream, first, last, reason }, 'kafka: offsets were lost');
  }

  async function begin(at: Place, bounds: { earliest: number; end: number }, asked: number | undefined) {
    const stream = streamOf(options.cluster, at);
    const durable = await durableSequence(stream);
    const wanted = asked ?? (durable === undefined ? undefined : durable + 1);
    const start = startOffset(wanted, bounds);
    if (start.kind === 'ahead') {
      const problem = `${stream}: evidence reaches to offset ${start.wanted - 1}, the topic ends at ${bounds.end - 1}; was it made anew? Give the source another cluster name to read it from its start`;
      if (standing.get(stream) !== problem) log.error({ source, problem }, 'kafka: a partition is not read');
      standing.set(stream, problem);
      return undefined;
    }
    standing.delete(stream);
    if (start.lost !== undefined) lose(stream, start.lost.first, start.lost.last, 'retention');
    partitions.set(keyOf(at), {
      at,
      stream,
      isOurs: true,
      behind: bounds.end - start.offset,
      enqueuedAt: undefined,
    });
    return start.offset;
  }

  async function take({ at, records, nextOffset, endOffset }: Chunk): Promise<void> {
    const from = partitions.get(keyOf(at));
    if (from === undefined) return;
    from.behind = Math.max(0, endOffset - nextOffset);
    const last = records.at(-1);
    if (last === undefined) return;
    from.enqueuedAt = last.timestamp;
    const receivedAt = clock();
    const mark = options.isContiguous ? { isContiguous: true as const } : {};
    let bytes = 0;
    const captures = records.map(({ offset, timestamp, value }): Capture => {
      const body = value ?? EMPTY;
      bytes += body.length;
      return {
        source,
        stream: from.stream,
        sequence: offset,
        ...mark,
        enqueuedAt: timestamp,
        receivedAt,
        body,
      };
    });
    await queue.push({ from, captures }, bytes);
  }

  function lost(places: readonly Place[] | undefined): void {
    // What stands in the way of a partition is for whoever has it now to say.
    if (places === undefined) standing.clear();
    for (const at of places ?? [])
      for (const about of [keyOf(at), streamOf(options.cluster, at)]) standing.delete(about);
    for (const key of places?.map(keyOf) ?? [...partitions.keys()]) {
      const partition = partitions.get(key);
      if (partition !== undefined) partition.isOurs = false;
      partitions.delete(key);
    }
    queue.discard((held) => held !== undefined && !held.from.isOurs);
  }

  /** Streams that were given up and have captures that no seal holds yet. */
  const unsealedElsewhere = (): boolean => {
    const ours = new Set(Array.from(partitions.values(), ({ stream }) => stream));
    for (const stream of yielded.keys()) if (!ours.has(stream)) return true;
    return false;
  };

  async function release(): Promise<void> {
    if (!unsealedElsewhere() || options.releaseLimitMs === 0) return;
    releasing++;
    const limit = AbortSignal.timeout(options.releaseLimitMs);
    // An empty batch lets the pipeline look whether a seal is wanted.
    void queue.push(undefined, 0);
    while (!limit.aborted && unsealedElsewhere())
      await once(acknowledged, 'seal', { signal: limit }).catch(() => undefined);
    releasing--;
  }

  return {
    events: {
      begin,
      take,
      lost,
      release,
      damaged(at, { firstOffset, lastOffset, reason }) {
        const stream = streamOf(options.cluster, at);
        if (options.damaged === 'skip') {
          lose(stream, firstOffset, lastOffset, `damaged: ${reason}`);
          return lastOffset + 1;
        }
        const problem = `${stream}: offsets ${firstOffset} to ${lastOffset} are damaged (${reason}); waiting for them to be mended`;
        if (standing.get(stream) !== problem)
          log.error({ source, problem }, 'kafka: a partition stands still');
        standing.set(stream, problem);
        return undefined;
      },
      trouble(what, at) {
        const about = at === undefined ? '' : keyOf(at);
        if (what === undefined) standing.delete(about);
        else {
          if (!standing.has(about)) log.warn({ source, problem: what }, 'kafka: in trouble');
          standing.set(about, what);
        }
      },
    },
    async *batches() {
      for await (const held of queue) {
        if (held === undefined) {
          yield [];
          // Whoever released may still be waiting, and the seal may need another look.
          if (releasing > 0) {
            await sleep(NUDGE_MS);
            void queue.push(undefined, 0);
          }
          continue;
        }
        const { from, captures } = held;
        const last = captures.at(-1);
        if (!from.isOurs || last === undefined) continue;
        yielded.set(from.stream, last.sequence);
        yield captures;
      }
    },
    end: (error) => queue.end(error),
    stop() {
      queue.discard(() => true);
      queue.end();
    },
    acknowledge(durable) {
      for (const [stream, sequence] of yielded)
        if ((durable.get(stream) ?? -1) >= sequence) yielded.delete(stream);
      acknowledged.dispatchEvent(new Event('seal'));
      return Array.from(partitions.values()).flatMap(({ at, stream }) => {
        const sequence = durable.get(stream);
        return sequence === undefined ? [] : [{ ...at, offset: sequence + 1 }];
      });
    },
    isAllDurable: () => yielded.size === 0,
    isSealWanted: () => releasing > 0 && unsealedElsewhere(),
    lag: () =>
      new Map(
        Array.from(partitions.values(), ({ stream, behind, enqueuedAt }) => [stream, { behind, enqueuedAt }]),
      ),
    gaps: () => gaps,
    problems: () => [
      ...standing.values(),
      ...gaps.map(
        ({ stream, first, last, reason }) => `${stream}: offsets ${first} to ${last} were lost (${reason})`,
      ),
    ],
  };
}

const EMPTY = new Uint8Array(0);
/** How often a pipeline is asked to look for a wanted seal. */
const NUDGE_MS = 50;
