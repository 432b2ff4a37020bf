import type { Capture } from '../domain/capture.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { createAsk } from './log-analytics/asking.ts';
import type { Ask } from './log-analytics/asking.ts';
import type { Row } from './log-analytics/rows.ts';
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
 * their digests; they come in a stream of their own.
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

  function captures(stream: string, time: number, rows: readonly Row[]): readonly Capture[] {
    const first = Math.floor(time / SECOND_MS) * CHUNKS;
    const receivedAt = clock();
    return Array.from({ length: Math.ceil(rows.length / CHUNK) }, (_, index) => {
      const records = rows.slice(index * CHUNK, (index + 1) * CHUNK).map(({ record }) => record);
      const isLast = (index + 1) * CHUNK >= rows.length;
      return {
        source,
        stream,
        sequence: first + (isLast ? CHUNKS - 1 : index),
        enqueuedAt: undefined,
        receivedAt,
        body: Buffer.from(JSON.stringify({ records })),
      };
    });
  }

  /** One query, from where its evidence ends to the newest slice that has settled; once each time it is asked. */
  async function createFollower(ask: Ask, query: LogQuerySettings) {
    const stream = streamOf(query);
    const durable = await context.durableSequence(stream);
    const durableEnd = durable === undefined ? undefined : Math.floor(durable / CHUNKS) * SECOND_MS;
    const isWhole = durable !== undefined && durable % CHUNKS === CHUNKS - 1;
    const start = durableEnd ?? clock() - settings.lookbackHours * HOUR_MS;
    let next = isWhole ? start : periodOf(start - (durableEnd === undefined ? 0 : 1), sliceMs);
    /** Digests of rows that were read, by the slice they were read with. */
    const read = new Map<number, Set<string>>();

    async function* slices(): AsyncGenerator<readonly Capture[]> {
      const settled = clock() - settings.settleMinutes * MINUTE_MS;
      while (!signal.aborted) {
        const end = periodOf(next, sliceMs) + sliceMs;
        if (end > settled) return;
        const rows = await tried(stream, need, () => ask(query, next, end));
        if (rows === undefined) return;
        read.set(end, new Set(rows.map(({ digest }) => digest)));
        const found = captures(stream, end, rows).filter(({ sequence }) => sequence > (durable ?? -1));
        next = end;
        if (found.length > 0) yield found;
      }
    }

    /** Rows of slices that were read before and have become visible since. */
    async function* late(): AsyncGenerator<readonly Capture[]> {
      const newRows: Row[] = [];
      for (const [end, digests] of read) {
        if (end < next - settings.overlapMinutes * MINUTE_MS) read.delete(end);
        else if (end < next) {
          const rows = await tried(stream, need, () => ask(query, periodOf(end - 1, sliceMs), end));
          const fresh = (rows ?? []).filter(({ digest }) => !digests.has(digest));
          for (const { digest } of fresh) digests.add(digest);
          newRows.push(...fresh);
        }
      }
      if (newRows.length > 0) yield captures(`${stream}/late`, clock(), newRows);
    }

    return { slices, late };
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    if (signal.aborted) return;
    const credential = parts.credential ?? (await createAzureCredential(settings.credential, clock));
    const ask = await createAsk(settings, { credential, signal, retryDelayMs: parts.retryDelayMs });
    const followers = await Promise.all(settings.queries.map((query) => createFollower(ask, query)));
    for await (const _period of periods(clock, sliceMs, signal)) {
      for (const follower of followers) {
        yield* follower.late();
        yield* follower.slices();
      }
    }
  }

  return { batches, problems };
}

export const logAnalytics = defineCollector({
  type: 'log_analytics',
  summary:
    'Reads tables and queries of a Log Analytics workspace, Sentinel’s incidents and alerts among them.',
  settings: LogAnalyticsSettings,
  create: createLogAnalytics,
  probe: probeWorkspace,
});
