import { demo } from '../../src/collect/demo.ts';
import type { DemoSettings } from '../../src/collect/demo/settings.ts';
import type { Capture } from '../../src/domain/capture.ts';
import { isJsonObject } from '../../src/lib/json.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { silentLogger } from '../../src/lib/log.ts';

export const settingsOf = (over: Partial<DemoSettings> = {}): DemoSettings =>
  demo.settings.parse({ type: 'demo', ...over });

/** The batches of a day, as a pipeline would be handed them. */
export const batchesOf = (
  over: Partial<DemoSettings> = {},
  durable: ReadonlyMap<string, number> = new Map(),
  signal: AbortSignal = new AbortController().signal,
): AsyncIterable<readonly Capture[]> =>
  demo
    .create(settingsOf(over), {
      source: 'demo',
      signal,
      clock: () => {
        throw new Error('the demo must not look at the clock');
      },
      log: silentLogger,
      durableSequence: (stream) => Promise.resolve(durable.get(stream)),
    })
    .batches();

export async function capturesOf(over: Partial<DemoSettings> = {}): Promise<readonly Capture[]> {
  const captures: Capture[] = [];
  for await (const batch of batchesOf(over)) captures.push(...batch);
  return captures;
}

export interface SeenRecord {
  readonly record: JsonObject;
  readonly capture: Capture;
}

const decoder = new TextDecoder('utf-8', { fatal: true });
export const textOf = ({ body }: Capture): string => decoder.decode(body);

/** The records of every message that can be read, and the messages that cannot. */
export function recordsOf(captures: readonly Capture[]): { records: SeenRecord[]; unreadable: Capture[] } {
  const records: SeenRecord[] = [];
  const unreadable: Capture[] = [];
  for (const capture of captures) {
    try {
      const { records: held } = JSON.parse(textOf(capture)) as { records: unknown[] };
      for (const record of held) {
        if (isJsonObject(record)) records.push({ record, capture });
        else unreadable.push(capture);
      }
    } catch {
      unreadable.push(capture);
    }
  }
  return { records, unreadable };
}

/** `a.b.c` of a record; undefined when something on the way is missing. */
export function at(record: JsonObject, path: string): unknown {
  let value: unknown = record;
  for (const key of path.split('.')) {
    if (!isJsonObject(value)) return undefined;
    value = value[key];
  }
  return value;
}

/** `properties` whether it came as an object or as JSON text. */
export function propertiesOf(record: JsonObject): JsonObject {
  const { properties } = record;
  return (typeof properties === 'string' ? JSON.parse(properties) : properties) as JsonObject;
}

/** The text at a path; empty when there is none. */
export function textAt(record: JsonObject, path: string): string {
  const value = at(record, path);
  return typeof value === 'string' ? value : '';
}
