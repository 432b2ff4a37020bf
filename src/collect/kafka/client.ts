import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { PipelineError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { FetchedRecord } from './record-batch.ts';
import type { DamagedBatch } from './record-set.ts';

/** One partition of one topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export const keyOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;

/** Offsets that a partition holds: from `earliest` up to, but without, `end`. */
export interface Bounds {
  readonly earliest: number;
  readonly end: number;
}

/** What one fetch brought for one partition. */
export interface Chunk {
  readonly at: Place;
  readonly records: readonly FetchedRecord[];
  /** Where the next fetch goes on. */
  readonly nextOffset: number;
  /** One behind the last offset that could be read by now. */
  readonly endOffset: number;
}

/** What a client tells its collector, and asks it. Calls about one partition come one after another. */
export interface ClientEvents {
  /**
   * Where to read a partition that was taken up, or whose offset is no longer (or not yet) in the log, which then
   * comes as `wanted`. Undefined: do not read it for now, ask again later.
   */
  begin(at: Place, bounds: Bounds, wanted: number | undefined): Promise<number | undefined>;
  /** Resolves when there is room for more. */
  take(chunk: Chunk): Promise<void>;
  /** A batch that stayed damaged over several fetches; answers where to go on, or undefined to try again later. */
  damaged(at: Place, batch: DamagedBatch): number | undefined;
  /** These are another member's from now on; undefined means all. */
  lost(places: readonly Place[] | undefined): void;
  /** Called after `lost` and before others may take them up; may wait until what was yielded of them is durable. */
  release(): Promise<void>;
  /** A state that people should know of, of one partition or of all; undefined when it is over. */
  trouble(what: string | undefined, at?: Place): void;
}

/** A member of a consumer group. Two libraries are behind it: see the README of this folder. */
export interface KafkaClient {
  /** Reads what the group assigns until the signal aborts; rejects when that cannot be done. Stays in the group. */
  run(signal: AbortSignal): Promise<void>;
  /** Tells the group how far we are, for people who look at its lag: `offset` is the next to read. */
  commit(offsets: readonly (Place & { readonly offset: number })[]): Promise<void>;
  /** Leaves the group (a static member stays in it) and closes every connection. */
  close(): Promise<void>;
}

/** Credentials for SASL; a token is asked for whenever a connection has to be made. */
export type Sasl =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: () => Promise<string> };

export interface ClientOptions {
  readonly brokers: readonly string[];
  readonly topics: readonly string[];
  readonly group: string;
  readonly instanceId: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly sasl: Sasl | undefined;
  readonly rebalance: 'cooperative' | 'eager';
  readonly sessionTimeoutMs: number;
  readonly fetchBytes: number;
  readonly jitter: () => number;
  readonly log: Logger;
}

export type CreateKafkaClient = (options: ClientOptions, events: ClientEvents) => Promise<KafkaClient>;

/** What a client's `run` rejects with, whichever library it is built on. */
export const membershipLost = (
  { brokers, group }: Pick<ClientOptions, 'brokers' | 'group'>,
  cause: unknown,
): PipelineError =>
  new PipelineError(
    'SOURCE_UNAVAILABLE',
    `kafka ${brokers.join(',')} group ${group}`,
    'the group could not be joined or kept; are the brokers reachable, the credentials right and the topics there?',
    { cause },
  );
