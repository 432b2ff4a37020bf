import { createHash } from 'node:crypto';
import type { Capture } from '../domain/capture.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext, Shard } from './collector.ts';
import { merged } from './polling/merged.ts';
import { periods } from './polling/periods.ts';
import { createTrying, realPollingParts } from './polling/trying.ts';
import type { PollingParts } from './polling/trying.ts';
import { dayPrefix } from './storage-blobs/blob-name.ts';
import { follow } from './storage-blobs/follow.ts';
import type { FollowParts } from './storage-blobs/follow.ts';
import { createLanes } from './storage-blobs/lanes.ts';
import type { HourlyBlob, Lanes } from './storage-blobs/lanes.ts';
import { openBlobService } from './storage-blobs/service.ts';
import type { BlobService, ListedBlob } from './storage-blobs/service.ts';
import { StorageBlobsSettings } from './storage-blobs/settings.ts';
import { probeAccount } from './storage-blobs/probe.ts';

const KIB = 1024;
/** Gaps that are kept to be shown; each was logged. */
const MOST_GAPS = 1000;

/** What is known of one series in one container. */
interface Series {
  readonly container: string;
  readonly prefix: string;
  readonly lanes: Lanes;
  /** The first day to be listed; undefined until all of the series was listed once. */
  fromDay: number | undefined;
  /** Blobs that were seen and could not be read yet. */
  readonly owed: Map<string, HourlyBlob>;
}

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
  const known = new Map<string, Series>();
  const gaps: string[] = [];

  const need = (scope: string) => ({ role: 'Storage Blob Data Reader', scope, setting: 'containers' });
  const gap = (what: string): void => {
    log.warn({ problem: what }, 'storage blobs: records are missing');
    if (gaps.length < MOST_GAPS) gaps.push(what);
  };

  /** Looks for new series; answers whether everything could be looked at. */
  async function discover(service: BlobService): Promise<boolean> {
    const account = `account ${service.host}`;
    const containers =
      settings.containers ??
      (await tried(`storage ${service.host}`, need(account), () => service.containers()));
    if (containers === undefined) return false;
    let isWhole = true;
    for (const container of containers) {
      const place = `${service.host}/${container}`;
      const found = await tried(place, need(place), () => service.series(container));
      isWhole &&= found !== undefined;
      for (const prefix of found ?? []) {
        const key = `${container}/${prefix}`;
        if (known.has(key) || !isOurs(key, shard)) continue;
        const streamPrefix = `blob/${place}/`;
        const lanes = createLanes({ streamPrefix, durableSequence, startAt, settleMs });
        known.set(key, { container, prefix, lanes, fromDay: undefined, owed: new Map() });
      }
    }
    return isWhole;
  }

  /** The blobs that can have grown; the first time all there are. One call a day that is looked at. */
  async function listed(service: BlobService, series: Series): Promise<readonly ListedBlob[] | undefined> {
    const { container, prefix, fromDay } = series;
    const place = `${service.host}/${container}/${prefix}`;
    const today = Math.floor(clock() / DAY_MS);
    const prefixes =
      fromDay === undefined
        ? [prefix]
        : Array.from({ length: today - fromDay + 1 }, (_, n) => prefix + dayPrefix(fromDay + n));
    const blobs: ListedBlob[] = [];
    for (const one of prefixes) {
      const found = await tried(place, need(place), () => service.blobs(container, one));
      if (found === undefined) return undefined;
      blobs.push(...found);
    }
    return blobs;
  }

  const followParts = (service: BlobService, { container }: Series): FollowParts => ({
    source,
    clock,
    durableSequence,
    blockBytes: settings.blockKib * KIB,
    maxValueBytes: settings.maxValueMib * KIB * KIB,
    settleMs,
    gap: (what) => gap(`${container}/${what}`),
    async read({ name, lane }, offset, count) {
      const place = `${service.host}/${container}/${lane}`;
      let isRefused = false;
      const answer = await tried(place, need(`${service.host}/${container}/${name}`), async () => {
        try {
          return { kind: 'bytes', bytes: await service.read(container, name, offset, count) } as const;
        } catch (thrown) {
          const kind = kindOf(thrown);
          isRefused = kind === 'refused';
          if (kind === undefined || isRefused) throw thrown;
          return { kind } as const;
        }
      });
      return answer ?? { kind: isRefused ? 'refused' : 'failed' };
    },
  });

  async function* readSeries(service: BlobService, series: Series): AsyncGenerator<readonly Capture[]> {
    const { lanes, owed } = series;
    const settled = clock() - settleMs - HOUR_MS;
    const blobs = await listed(service, series);
    if (blobs === undefined) return;
    const unread = await lanes.unread(blobs);
    const names = new Set(blobs.map(({ name }) => name));
    for (const [name, { length }] of owed) {
      owed.delete(name);
      if (!names.has(name))
        gap(`${series.container}/${name} was deleted before it was read: up to ${length} bytes`);
    }
    const following = followParts(service, series);
    const stopped = new Set<string>();
    for (const [index, blob] of unread.entries()) {
      if (signal.aborted) return;
      // The next day of a lane waits for this one: a sequence cannot go back.
      const outcome = stopped.has(blob.lane) ? 'failed' : yield* follow(blob, lanes.laneOf(blob), following);
      if (outcome === 'read') continue;
      if (outcome === 'refused' && unread.slice(index + 1).some(({ lane }) => lane === blob.lane)) {
        gap(`${series.container}/${blob.name} is not given out: up to ${blob.length} bytes are left out`);
        continue;
      }
      stopped.add(blob.lane);
      owed.set(blob.name, blob);
    }
    const oldest = Math.min(settled, ...[...owed.values()].map(({ hour }) => hour));
    series.fromDay = Math.floor(oldest / DAY_MS);
  }

  async function* readAll(service: BlobService, all: readonly Series[]): AsyncGenerator<readonly Capture[]> {
    for (const series of all) {
      if (signal.aborted) return;
      yield* readSeries(service, series);
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
      yield* merged(lots.map((lot) => readAll(service, lot)));
    }
  }

  return { batches, problems: () => [...problems(), ...gaps] };
}

/** What an answer other than bytes says of this one blob; undefined when it is about the service. */
function kindOf(thrown: unknown): 'gone' | 'beyond' | 'refused' | undefined {
  const { statusCode, code } = thrown as { readonly statusCode?: unknown; readonly code?: unknown };
  switch (statusCode) {
    case 404:
      return code === 'ContainerNotFound' ? undefined : 'gone';
    case 416:
      return 'beyond';
    case 409:
    case 412:
      return 'refused';
    default:
      return undefined;
  }
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
