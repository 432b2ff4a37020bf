import { createHash } from 'node:crypto';
import type { Capture } from '../domain/capture.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext, Shard } from './collector.ts';
import { merged } from './polling/merged.ts';
import { periods } from './polling/periods.ts';
import { createTrying, realPollingParts } from './polling/trying.ts';
import type { PollingParts } from './polling/trying.ts';
import { createLanes } from './storage-blobs/lanes.ts';
import { createSeries, needAt } from './storage-blobs/series.ts';
import type { ReadSeries } from './storage-blobs/series.ts';
import { openBlobService } from './storage-blobs/service.ts';
import type { BlobService } from './storage-blobs/service.ts';
import { StorageBlobsSettings } from './storage-blobs/settings.ts';
import { probeAccount } from './storage-blobs/probe.ts';

const KIB = 1024;
/** Gaps that are kept to be shown; each was logged. */
const MOST_GAPS = 1000;

/**
 * Follows the blobs of diagnostic settings and flow logs as they grow. A stream is a lane: the blobs of one resource for
 * one hour of the day, one a day; a sequence is the day and the number of bytes read of its blob. So there are as many
 * streams as resources times 24, however long it runs, and reading goes on behind what is durable.
 */
export function createStorageBlobs(
  settings: StorageBlobsSettings,
  context: CollectorContext,
  parts: PollingParts = realPollingParts,
): Collector {
  const { signal, clock, source, log, durableSequence, shard } = context;
  const settleMs = settings.settleMinutes * MINUTE_MS;
  const { tried, problems } = createTrying(
    context,
    parts,
    'storage blobs: not read; tried again in the next period',
  );
  const startAt = clock() - settings.lookbackHours * HOUR_MS;
  /** By container and prefix. */
  const known = new Map<string, ReadSeries>();
  const gaps: string[] = [];
  const following = {
    source,
    durableSequence,
    blockBytes: settings.blockKib * KIB,
    maxValueBytes: settings.maxValueMib * KIB * KIB,
  };

  const gap = (what: string): void => {
    log.warn({ problem: what }, 'storage blobs: records are missing');
    if (gaps.length < MOST_GAPS) gaps.push(what);
  };

  /** Looks for new series; answers whether everything could be looked at. */
  async function discover(service: BlobService): Promise<boolean> {
    const account = `account ${service.host}`;
    const containers =
      settings.containers ??
      (await tried(`storage ${service.host}`, needAt(account), () => service.containers()));
    if (containers === undefined) return false;
    let isWhole = true;
    for (const container of containers) {
      const place = `${service.host}/${container}`;
      const found = await tried(place, needAt(place), () => service.series(container));
      isWhole &&= found !== undefined;
      for (const prefix of found ?? []) {
        const key = `${container}/${prefix}`;
        if (known.has(key) || !isOurs(key, shard)) continue;
        const streamPrefix = `blob/${place}/`;
        const lanes = createLanes({ streamPrefix, durableSequence, startAt, settleMs });
        known.set(
          key,
          createSeries({ service, container, prefix, lanes, following, settleMs, clock, signal, gap, tried }),
        );
      }
    }
    return isWhole;
  }

  async function* readAll(all: readonly ReadSeries[]): AsyncGenerator<readonly Capture[]> {
    for (const readSeries of all) {
      if (signal.aborted) return;
      yield* readSeries();
    }
  }

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    if (signal.aborted) return;
    const credential =
      parts.credential ?? (settings.credential && (await createAzureCredential(settings.credential, clock)));
    const service = await openBlobService(settings, credential, signal);
    const discoverMs = settings.discoverMinutes * MINUTE_MS;
    let discoveredAt = -Infinity;
    for await (const period of periods(clock, settings.everySeconds * SECOND_MS, signal)) {
      if (period - discoveredAt >= discoverMs) {
        if (await discover(service)) discoveredAt = period;
      }
      const all = [...known.values()];
      const lots = Array.from({ length: Math.min(settings.parallel, all.length) }, (_, lot) =>
        all.filter((_series, index) => index % settings.parallel === lot),
      );
      yield* merged(lots.map((lot) => readAll(lot)));
    }
  }

  return { batches, problems: () => [...problems(), ...gaps] };
}

/** Threads share out the series by their names. */
const isOurs = (key: string, shard: Shard | undefined): boolean =>
  shard === undefined ||
  createHash('sha256').update(key).digest().readUInt32BE() % shard.count === shard.index;

export const storageBlobs = defineCollector({
  type: 'storage_blobs',
  isShared: true,
  summary:
    'Follows hourly blobs of a storage account as they grow: virtual network flow logs and `PT1H.json` of diagnostic settings.',
  settings: StorageBlobsSettings,
  create: createStorageBlobs,
  probe: probeAccount,
});
