import type { Capture } from '../../domain/capture.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { isJsonObject } from '../../lib/json.ts';

/** Later states have higher ranks: an alert is captured again when its state moves on. */
const ranks: Readonly<Record<string, number>> = { active: 1, inprogress: 2, dismissed: 3, resolved: 4 };

const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];

/**
 * One capture an alert and version, in a stream of its own: the list holds old and new alerts alike, in any order, and
 * alerts appear late; so what is durable has to be asked alert by alert. The version is the last time the alert speaks
 * of, and its state.
 */
export async function alertCaptures(
  pages: readonly string[],
  origin: { readonly stream: string; readonly source: string; readonly receivedAt: number },
  durableSequence: (stream: string, atLeast: number) => Promise<number>,
): Promise<readonly Capture[]> {
  const captures = new Map<string, Capture>();
  for (const page of pages) {
    const parsed = JSON.parse(page) as JsonValue;
    for (const alert of objectsOf(isJsonObject(parsed) ? parsed['value'] : undefined)) {
      const name = alert['name'] ?? alert['id'];
      if (typeof name !== 'string') continue;
      const stream = `${origin.stream}/${name.toLowerCase()}`;
      const sequence = versionOf(alert);
      const known = captures.get(stream)?.sequence ?? (await durableSequence(stream, sequence));
      if (known >= sequence) continue;
      const { source, receivedAt } = origin;
      const body = Buffer.from(JSON.stringify(alert));
      captures.set(stream, { source, stream, sequence, enqueuedAt: undefined, receivedAt, body });
    }
  }
  return [...captures.values()];
}

function versionOf(alert: JsonObject): number {
  const properties = isJsonObject(alert['properties']) ? alert['properties'] : {};
  const times = ['timeGeneratedUtc', 'processingEndTimeUtc', 'endTimeUtc']
    .map((name) => properties[name])
    .map((value) => (typeof value === 'string' ? Date.parse(value) : Number.NaN))
    .filter((time) => time >= 0);
  const status = typeof properties['status'] === 'string' ? properties['status'].toLowerCase() : '';
  return Math.max(0, ...times) * 8 + (ranks[status] ?? 0);
}
