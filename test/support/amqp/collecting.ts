import { createEventHubs } from '../../../src/collect/event-hubs.ts';
import type { EventHubsParts } from '../../../src/collect/event-hubs.ts';
import { EventHubsSettings } from '../../../src/collect/event-hubs/settings.ts';
import type { Collector } from '../../../src/collect/collector.ts';
import type { Capture } from '../../../src/domain/capture.ts';
import { silentLogger } from '../../../src/lib/log.ts';
import { T0 } from '../samples.ts';
import type { Broker } from './broker.ts';

/** Settings that read a broker, with short periods. */
export const settingsFor = (
  broker: Pick<Broker, 'connectionString'>,
  over: Readonly<Record<string, unknown>> = {},
): EventHubsSettings =>
  EventHubsSettings.parse({
    type: 'event_hubs',
    connectionString: broker.connectionString,
    watchSeconds: 0.25,
    ...over,
  });

/** Attempts that follow each other at once, always after the same wait. */
export const quickParts: EventHubsParts = {
  pace: { firstDelayMs: 5, maxDelayMs: 40, jitter: () => 0 },
  member: () => 'member-a',
};

export interface Collecting {
  readonly collector: Collector;
  readonly captures: Capture[];
  /** Ends the collector and resolves when it has ended. */
  readonly stop: () => Promise<void>;
  /** Rejects when the collector fails. */
  readonly ended: Promise<void>;
}

export interface CollectingOptions {
  readonly over?: Readonly<Record<string, unknown>>;
  readonly parts?: Partial<EventHubsParts>;
  readonly durable?: ReadonlyMap<string, number>;
  /** Called with each batch before the next is asked for. */
  readonly onBatch?: (batch: readonly Capture[]) => Promise<void> | void;
}

/** Reads a broker in the background, into an array. */
export function collectFrom(broker: Broker, options: CollectingOptions = {}): Collecting {
  const abort = new AbortController();
  const captures: Capture[] = [];
  const collector = createEventHubs(
    settingsFor(broker, options.over),
    {
      source: 'test',
      signal: abort.signal,
      clock: () => T0,
      log: silentLogger,
      durableSequence: (stream) => Promise.resolve(options.durable?.get(stream)),
    },
    { ...quickParts, ...options.parts },
  );
  const ended = (async () => {
    for await (const batch of collector.batches()) {
      captures.push(...batch);
      await options.onBatch?.(batch);
    }
  })();
  ended.catch(() => undefined);
  return {
    collector,
    captures,
    ended,
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}

/** The stream of a broker's partition. */
export const streamAt = (broker: Pick<Broker, 'hub'>, partition: number): string =>
  `eventhubs/127.0.0.1/${broker.hub}/${partition}`;

/** The sequences of a partition that were captured, in that order. */
export const sequencesOf = (captures: readonly Capture[], stream: string): number[] =>
  captures.filter((capture) => capture.stream === stream).map(({ sequence }) => sequence);

export const upTo = (count: number, first = 0): number[] =>
  Array.from({ length: count }, (_, i) => first + i);
