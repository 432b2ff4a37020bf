import type { Capture } from '../domain/capture.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createAsk } from './log-analytics/asking.ts';
import type { Ask } from './log-analytics/asking.ts';
import type { Row } from './log-analytics/rows.ts';
import { messageOf, newSlice, slicesFrom, takeRows } from './log-analytics/slices.ts';
import type { Slice } from './log-analytics/slices.ts';
import { LogAnalyticsSettings } from './log-analytics/settings.ts';
import type { LogQuerySettings } from './log-analytics/settings.ts';
import { probeWorkspace } from './log-analytics/probe.ts';
import { periodOf, periods } from './polling/periods.ts';
import { createTrying, realPollingParts } from './polling/trying.ts';
import type { PollingParts } from './polling/trying.ts';

/** Rows a capture. */
const CHUNK = 500;
/** A slice holds fewer captures than this; the last one bears the highest number, so that it ends the slice. */
const CHUNKS = 10_000;

/**
 * Reads tables of a workspace by the time at which rows were taken in, slice by slice. A slice comes in one batch, and
 * so in one seal; its captures are numbered by its end, so that reading goes on behind what is durable. Rows that
 * become visible when their slice was read already are looked for again within the overlap, and told from the others by
 * their digests; they come in a stream of their own. The digests lie in the messages themselves, sealed with the cursor,
 * so that a restart knows them too.
 */
export function createLogAnalytics(
  settings: LogAnalyticsSettings,
  context: CollectorContext,
  parts: PollingParts = realPollingParts,
): Collector {
  const { signal, clock, source } = context;
  const sliceMs = settings.everyMinutes * MINUTE_MS;
  const { tried, problems } = createTrying(
    context,
    parts,
    'log analytics: not read; tried again with the next slice',
  );
  const need = {
    role: 'Log Analytics Reader',
    scope: `workspace ${settings.workspace}`,
    setting: 'workspace',
  };

  const streamOf = ({ name, table }: LogQuerySettings): string =>
    `loganalytics/${settings.workspace}/${name ?? table ?? ''}`;

  /** @param sequenceOf the sequence of the message at an index. */
  function captures(
    stream: string,
    bodies: readonly Buffer[],
    sequenceOf: (index: number) => number,
  ): readonly Capture[] {
    const receivedAt = clock();
    return bodies.map((body, index) => ({
      source,
      stream,
      sequence: sequenceOf(index),
      enqueuedAt: undefined,
      receivedAt,
      body,
    }));
  }

  const bodiesOf = (slice: Slice, rows: readonly Row[]): readonly Buffer[] =>
    Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) =>
      messageOf(slice, rows.slice(index * CHUNK, (index + 1) * CHUNK)),
    );

  /** One query, from where its evidence ends to the newest slice that has settled; once each time it is asked. */
  async function createFollower(ask: Ask, query: LogQuerySettings) {
    const stream = streamOf(query);
    const lateStream = `${stream}/late`;
    const durable = await context.durableSequence(stream);
    let lastLate = (await context.durableSequence(lateStream)) ?? -1;
    const overlapMs = settings.overlapMinutes * MINUTE_MS;
    const slices: Slice[] = [];
    /** A slice of which only a part is durable: the rest of it comes next. */
    let begun: Slice | undefined;
    let next = periodOf(clock() - settings.lookbackHours * HOUR_MS - 1, sliceMs);
    if (durable !== undefined) {
      next = Math.floor(durable / CHUNKS) * SECOND_MS;
      slices.push(...(await slicesBefore(context, [stream, lateStream], next, overlapMs)));
      if (durable % CHUNKS !== CHUNKS - 1) {
        begun = slices.pop();
        next = begun?.from ?? periodOf(next - 1, sliceMs);
      }
    }

    const asked = ({ from, until }: Slice): Promise<readonly Row[] | undefined> =>
      tried(stream, need, () => ask(query, from, until));

    async function* newSlices(): AsyncGenerator<readonly Capture[]> {
      const settled = clock() - settings.settleMinutes * MINUTE_MS;
      while (!signal.aborted) {
        const end = begun?.until ?? periodOf(next, sliceMs) + sliceMs;
        if (end > settled) return;
        const slice = begun ?? newSlice(next, end);
        const rows = await asked(slice);
        if (rows === undefined) return;
        slices.push(slice);
        next = slice.until;
        const bodies = bodiesOf(slice, takeRows(slice, rows));
        const first = Math.floor(slice.until / SECOND_MS) * CHUNKS;
        const start = begun === undefined ? first : (durable ?? first - 1) + 1;
        begun = undefined;
        const isLast = (index: number): boolean => index === bodies.length - 1;
        const found = captures(stream, bodies, (index) =>
          isLast(index) ? first + CHUNKS - 1 : start + index,
        ).filter(({ sequence }) => sequence > (durable ?? -1));
        if (found.length > 0) yield found;
      }
    }

    /** Rows of slices that were read before and have become visible since. */
    async function* late(): AsyncGenerator<readonly Capture[]> {
      const isOver = ({ until }: Slice): boolean => until <= next - overlapMs;
      slices.splice(0, slices.length, ...slices.filter((slice) => !isOver(slice)));
      for (const slice of slices) {
        if (signal.aborted) return;
        const bodies = bodiesOf(slice, takeRows(slice, (await asked(slice)) ?? []));
        if (bodies.length === 0) continue;
        const first = Math.max(lastLate + 1, Math.floor(clock() / SECOND_MS) * CHUNKS);
        lastLate = first + bodies.length - 1;
        yield captures(lateStream, bodies, (index) => first + index);
      }
    }

    return { newSlices, late };
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    if (signal.aborted) return;
    const credential = parts.credential ?? (await createAzureCredential(settings.credential, clock));
    const ask = await createAsk(settings, { credential, signal, retryDelayMs: parts.retryDelayMs });
    const followers = await Promise.all(settings.queries.map((query) => createFollower(ask, query)));
    for await (const _period of periods(clock, sliceMs, signal)) {
      for (const follower of followers) {
        yield* follower.late();
        yield* follower.newSlices();
      }
    }
  }

  return { batches, problems };
}

/** What was read in the overlap before `next`, from the messages that were sealed; nothing where these cannot be read back. */
async function slicesBefore(
  { sealedSince }: CollectorContext,
  streams: readonly string[],
  next: number,
  overlapMs: number,
): Promise<Slice[]> {
  if (sealedSince === undefined) return [];
  const since = next - overlapMs;
  const messages = await Promise.all(streams.map((stream) => sealedSince(stream, since)));
  const bodies = messages.flat().map(({ body }) => body);
  return slicesFrom(bodies, since, next);
}

export const logAnalytics = defineCollector({
  type: 'log_analytics',
  summary:
    'Reads tables and queries of a Log Analytics workspace, Sentinel’s incidents and alerts among them.',
  settings: LogAnalyticsSettings,
  create: createLogAnalytics,
  probe: probeWorkspace,
});
