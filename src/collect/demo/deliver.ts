import type { Capture } from '../../domain/capture.ts';
import { MINUTE_MS, SECOND_MS } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import type { Hub, Planned } from './clockwork.ts';

interface Route {
  readonly partitions: number;
  /** How often the service empties its buffer into the hub. */
  readonly flushMs: number;
  /** From the event until the service has it ready, as Azure documents its delays. */
  readonly lagMinutes: readonly [low: number, high: number];
  readonly maxRecords: number;
}

const routes: Readonly<Record<Hub, Route>> = {
  'insights-activity-logs': { partitions: 1, flushMs: 2 * MINUTE_MS, lagMinutes: [3, 18], maxRecords: 30 },
  entra: { partitions: 2, flushMs: MINUTE_MS, lagMinutes: [2, 8], maxRecords: 40 },
  'ai-diagnostics': { partitions: 4, flushMs: MINUTE_MS, lagMinutes: [3, 9], maxRecords: 60 },
  platform: { partitions: 2, flushMs: MINUTE_MS, lagMinutes: [3, 9], maxRecords: 60 },
  'defender-export': { partitions: 1, flushMs: 2 * MINUTE_MS, lagMinutes: [1, 4], maxRecords: 20 },
};
const hubs = Object.keys(routes) as readonly Hub[];

interface Message {
  readonly hub: Hub;
  readonly partition: number;
  readonly enqueuedAt: number;
  readonly body: Uint8Array;
}

interface Waiting {
  readonly readyAt: number;
  readonly record: JsonObject;
}

/** A message that is given as text, and not made of records. */
export interface RawMessage {
  readonly hub: Hub;
  readonly time: number;
  readonly text: string;
}

export interface Delivery {
  readonly accept: (planned: Planned) => void;
  /** Captures of everything ready before `until` (a whole hour, epoch ms), in the order they are received. */
  readonly flush: (until: number) => readonly Capture[];
}

const encoder = new TextEncoder();

const chunksOf = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));

/** Turns records into messages of a hub, one buffer of the service at a time. */
function messagesOf(hub: Hub, ready: readonly Waiting[], random: Random): readonly Message[] {
  const { flushMs, maxRecords, partitions } = routes[hub];
  const buffers = new Map<number, JsonObject[]>();
  for (const { readyAt, record } of ready) {
    const flushedAt = (Math.floor(readyAt / flushMs) + 1) * flushMs;
    const buffer = buffers.get(flushedAt);
    if (buffer === undefined) buffers.set(flushedAt, [record]);
    else buffer.push(record);
  }
  return [...buffers].flatMap(([flushedAt, records]) => {
    let enqueuedAt = flushedAt;
    return chunksOf(records, maxRecords).map((chunk) => {
      enqueuedAt += random.int(5, 400);
      const body = encoder.encode(JSON.stringify({ records: chunk }));
      return { hub, partition: random.int(0, partitions - 1), enqueuedAt, body };
    });
  });
}

/**
 * Carries records through the hubs: each becomes ready after its service's delay, is buffered, sent in a message
 * to one partition, and received a moment later. Holds only what is not ready yet.
 */
export function createDelivery(source: string, random: Random, raw: readonly RawMessage[]): Delivery {
  const waiting = new Map<Hub, Waiting[]>(hubs.map((hub) => [hub, []]));
  const sequences = new Map<string, number>();
  let rawLeft = raw.toSorted((a, b) => a.time - b.time);
  let lastReceived = 0;

  const capture = ({ hub, partition, enqueuedAt, body }: Message): Capture => {
    const stream = `${source}/${hub}/${partition}`;
    const sequence = sequences.get(stream) ?? 0;
    sequences.set(stream, sequence + 1);
    lastReceived = Math.max(lastReceived, enqueuedAt + random.int(40, 2 * SECOND_MS));
    return { source, stream, sequence, enqueuedAt, receivedAt: lastReceived, body };
  };

  return {
    accept: ({ hub, time, record }) => {
      const [low, high] = routes[hub].lagMinutes;
      const readyAt = time + random.int(low * MINUTE_MS, high * MINUTE_MS);
      waiting.get(hub)?.push({ readyAt, record });
    },
    flush: (until) => {
      const messages: Message[] = [];
      for (const hub of hubs) {
        const held = waiting.get(hub) ?? [];
        const ready = held.filter(({ readyAt }) => readyAt < until).toSorted((a, b) => a.readyAt - b.readyAt);
        waiting.set(
          hub,
          held.filter(({ readyAt }) => readyAt >= until),
        );
        messages.push(...messagesOf(hub, ready, random));
      }
      for (const { hub, time, text } of rawLeft.filter((message) => message.time < until)) {
        const partition = random.int(0, routes[hub].partitions - 1);
        messages.push({ hub, partition, enqueuedAt: time, body: encoder.encode(text) });
      }
      rawLeft = rawLeft.filter((message) => message.time >= until);
      return messages.toSorted((a, b) => a.enqueuedAt - b.enqueuedAt).map(capture);
    },
  };
}
