import type { z } from 'zod';
import type { Capture } from '../domain/capture.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';

export interface CollectorContext {
  /** The name the user gave the source; becomes `Capture.source`. */
  readonly source: string;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Last sequence of a stream whose evidence is durable, by whichever process; undefined when none is. Ask when a
   * stream is taken up, since another process may have carried it meanwhile; start after it, else at the earliest.
   */
  readonly durableSequence: (stream: string) => Promise<number | undefined>;
  /**
   * Messages of a stream that are sealed and were received since, epoch ms, in the order of their sequences: for a
   * collector that has to know what it has read. Secrets are cut out of their bodies, and a body that was erased is
   * empty. (Default: nothing can be read back)
   */
  readonly sealedSince?: (stream: string, receivedFrom: number) => Promise<readonly SealedMessage[]>;
  /**
   * Which share of the streams is to be read here, where nothing else divides them among the threads of a process.
   * (Default: all)
   */
  readonly shard?: Shard | undefined;
}

export type ProbeContext = Pick<CollectorContext, 'source' | 'signal' | 'clock'>;

export type SealedMessage = Pick<Capture, 'sequence' | 'body'>;

/** One of `count` equal shares; `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** How far a bounded source has come; streams without an end have none. */
export interface Progress {
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
}

export interface Collector {
  /**
   * Yields captures, oldest first within each stream, until the source ends or the signal aborts. An
   * input that cannot be read is reported through `problems` and does not stop the others.
   */
  batches(): AsyncIterable<readonly Capture[]>;
  /** Told after every seal: evidence up to these sequences is durable. The only place to move a cursor upstream. */
  acknowledge?(durable: ReadonlyMap<string, number>): Promise<void>;
  /** True while streams that have to be given up wait for a seal; asked after each batch, which may be empty. */
  isSealWanted?(): boolean;
  progress?(): Progress;
  /** Inputs that could not be read, in words, so far. */
  problems?(): readonly string[];
  /** How far each stream that is read now is behind its source. */
  lag?(): ReadonlyMap<string, Lag>;
}

export interface Lag {
  /** Messages the source holds after the last one yielded. */
  readonly behind: number;
  /** When the source took in the last one yielded, epoch ms; undefined before the first, or when it does not say. */
  readonly enqueuedAt: number | undefined;
}

/** A kind of collector: one file, one line in the registry. */
export interface CollectorType<T extends string, S extends z.ZodType> {
  readonly type: T;
  /** One sentence for `plumbline components` and the docs. */
  readonly summary: string;
  /** Several of it may read one source at once, each some of its streams. (Default: false) */
  readonly isShared?: boolean;
  readonly settings: S;
  readonly create: (settings: z.infer<S>, context: CollectorContext) => Collector;
  /**
   * Signs in and asks for the least that reading needs, moving and taking nothing. Answers with what is there, in words.
   *
   * @throws Error that says what is wrong and, after a semicolon, what to do.
   */
  readonly probe?: (settings: z.infer<S>, context: ProbeContext) => Promise<string>;
}

export const defineCollector = <T extends string, S extends z.ZodType>(
  definition: CollectorType<T, S>,
): CollectorType<T, S> => definition;
