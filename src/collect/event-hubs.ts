import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { TokenCredential } from '@azure/identity';
import type { Capture } from '../domain/capture.ts';
import { MINUTE_MS, SECOND_MS } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { PipelineError, describeError } from '../lib/errors.ts';
import { createAzureCredential } from './azure-credential.ts';
import { defineCollector } from './collector.ts';
import type { Collector, CollectorContext, Shard } from './collector.ts';
import { blobClaims } from './event-hubs/blob-claims.ts';
import { carryPartition } from './event-hubs/carry.ts';
import type { Pace } from './event-hubs/carry.ts';
import { memoryClaims } from './event-hubs/claims.ts';
import type { ClaimStore } from './event-hubs/claims.ts';
import { createHandOver } from './event-hubs/hand-over.ts';
import { closeSoon, openHub } from './event-hubs/hub.ts';
import type { Hub } from './event-hubs/hub.ts';
import { EventHubsSettings, placeOf, streamOf } from './event-hubs/settings.ts';
import type { HubPlace } from './event-hubs/settings.ts';
import { createShare } from './event-hubs/share.ts';
import { behindOf, settle } from './event-hubs/standing.ts';
import type { Standing } from './event-hubs/standing.ts';
import { explainTrouble } from './event-hubs/trouble.ts';
import { watchPartitions } from './event-hubs/watch.ts';
import { probeHub } from './event-hubs/probe.ts';

/** What a hub is read with besides its settings; tests bring their own. */
export interface EventHubsParts {
  readonly pace: Pace;
  /** Names this process among the members of the consumer group. */
  readonly member: () => string;
  /** Instead of the one that the settings name. */
  readonly credential?: TokenCredential;
  /** Instead of those that the settings name. */
  readonly claims?: ClaimStore;
  /** Instead of the periods in the settings, ms. */
  readonly roundMs?: number;
  readonly expireMs?: number;
  /** What is not durable so long after it was handed over, ms, is read again. (Default: 10 minutes) */
  readonly settleMs?: number;
}

const realParts: EventHubsParts = {
  pace: { firstDelayMs: 200, maxDelayMs: 30 * SECOND_MS, jitter: Math.random },
  member: () => `${hostname()}-${randomUUID().slice(0, 8)}`,
};

const SETTLE_MS = 10 * MINUTE_MS;
/** How often the hub is asked which partitions it has; one can get more, never fewer. */
const PARTITIONS_MS = MINUTE_MS;

/** A process alone still looks now and then whether the hub has got more partitions. */
const ALONE_RENEW_SECONDS = 60;
const ALONE_EXPIRE_SECONDS = 24 * 60 * 60;

/** Reads a hub as one member of its consumer group. */
export function createEventHubs(
  settings: EventHubsSettings,
  context: CollectorContext,
  parts: EventHubsParts = realParts,
): Collector {
  const place = mustBePlace(settings, context.source);
  const problems = new Set<string>();
  const standings = new Map<string, Standing>();
  let claims = parts.claims;
  /** Gives up the claims on partitions of which nothing is left to seal. */
  let release: (() => Promise<void>) | undefined;

  const credentialOf = async (): Promise<TokenCredential | undefined> =>
    parts.credential ??
    (settings.credential && (await createAzureCredential(settings.credential, context.clock)));

  const standingOf = (partition: string): Standing => {
    const stream = streamOf(place, settings.generation, partition);
    const standing: Standing = {
      partition,
      stream,
      last: undefined,
      enqueuedAt: undefined,
      marks: [],
      arrived: 0,
      isOffering: false,
      newest: undefined,
      renew: () => undefined,
    };
    standings.set(partition, standing);
    return standing;
  };

  async function* batches(): AsyncGenerator<readonly Capture[]> {
    if (context.signal.aborted) return;
    const stop = new AbortController();
    const signal = AbortSignal.any([context.signal, stop.signal]);
    const credential = await credentialOf();
    const hub = await openHub(settings, place, credential);
    const offered = createHandOver<readonly Capture[]>();
    signal.addEventListener('abort', () => offered.end(), { once: true });
    // Asked to end while the hub was opened: nobody will say so again.
    if (signal.aborted) offered.end();
    claims ??= settings.claims === undefined ? memoryClaims() : await blobClaims(settings, place, credential);
    const ids = await reach(hub, place, signal);
    const share = createShare({
      store: claims,
      me: parts.member(),
      partitions: shareOf(
        settings.claims === undefined ? context.shard : undefined,
        knownPartitions(ids, () => hub.partitions(signal), context.clock),
      ),
      carry: async (partition, leaseSignal) => {
        const standing = standingOf(partition);
        const ours = AbortSignal.any([signal, leaseSignal]);
        try {
          await carryPartition({
            hub,
            context,
            standing,
            pace: parts.pace,
            signal: ours,
            give: (captures, withdrawn) => offered.give(captures, withdrawn),
            isStillOurs: () => share.isOurs(partition),
            tell: (problem) => problems.add(problem),
          });
        } catch (thrown) {
          offered.fail(thrown);
        } finally {
          if (standings.get(partition) === standing && !signal.aborted) standings.delete(partition);
        }
      },
      renewMs: parts.roundMs ?? (settings.claims?.renewSeconds ?? ALONE_RENEW_SECONDS) * SECOND_MS,
      expireMs: parts.expireMs ?? (settings.claims?.expireSeconds ?? ALONE_EXPIRE_SECONDS) * SECOND_MS,
      now: () => performance.now(),
      log: context.log,
      signal,
    });
    release = async () => {
      for (const { partition, marks } of standings.values())
        if (marks.length === 0) await share.giveUp(partition);
    };
    const everyMs = settings.watchSeconds * SECOND_MS;
    const watching = watchPartitions({
      hub,
      standings: () => standings.values(),
      everyMs,
      settleMs: parts.settleMs ?? SETTLE_MS,
      clock: context.clock,
      log: context.log,
      signal,
    });
    const running = Promise.all([share.run(), watching]);
    try {
      yield* offered.items();
    } finally {
      stop.abort();
      await closeSoon(running);
      await closeSoon(hub.close());
      // Left in the middle: what was yielded may never be sealed here.
      if (!context.signal.aborted) for (const { marks } of standings.values()) marks.length = 0;
      await closeSoon(release());
    }
  }

  return {
    batches,
    async acknowledge(durable) {
      for (const standing of standings.values()) {
        const sequence = durable.get(standing.stream);
        const mark = sequence === undefined ? undefined : settle(standing, sequence);
        if (mark === undefined) continue;
        await claims?.checkpoint?.(standing.partition, mark).catch((thrown: unknown) => {
          context.log.warn(
            { problem: describeError(thrown) },
            'event hubs: checkpoint for others not written',
          );
        });
      }
      if (context.signal.aborted) await release?.();
    },
    problems: () => [...problems],
    lag: () =>
      new Map(
        [...standings.values()].flatMap((standing) => {
          const behind = behindOf(standing);
          if (behind === undefined) return [];
          return [[standing.stream, { behind, enqueuedAt: standing.enqueuedAt }] as const];
        }),
      ),
  };
}

function mustBePlace(settings: EventHubsSettings, source: string): HubPlace {
  const place = placeOf(settings);
  if (place !== undefined) return place;
  throw new PipelineError(
    'CONFIG_INVALID',
    `source ${source}`,
    'the connection string names no hub, or no endpoint; add `hub: NAME`, and copy the string whole',
  );
}

/** Says early, and in words, why a hub cannot be read; answers with its partitions. */
async function reach(
  hub: Hub,
  { namespace, hub: name }: HubPlace,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    return await hub.partitions(signal);
  } catch (thrown) {
    if (signal.aborted) return [];
    throw new PipelineError('SOURCE_UNAVAILABLE', `event_hubs ${namespace}/${name}`, explainTrouble(thrown), {
      cause: thrown,
    });
  }
}

/** Threads without claims to agree by read every so-manieth partition each. */
const shareOf =
  (shard: Shard | undefined, partitions: () => readonly string[]): (() => readonly string[]) =>
  () =>
    shard === undefined ? partitions() : partitions().filter((_, at) => at % shard.count === shard.index);

/** The partitions as last known, asked for again now and then beside the claims, which a slow answer must not hold up. */
function knownPartitions(
  first: readonly string[],
  ask: () => Promise<readonly string[]>,
  clock: Clock,
): () => readonly string[] {
  let known = first;
  let askedAt = clock();
  const askAgain = async (): Promise<void> => {
    askedAt = clock();
    known = await ask().catch(() => known);
  };
  return () => {
    if (clock() - askedAt > PARTITIONS_MS) void askAgain();
    return known;
  };
}

export const eventHubs = defineCollector({
  type: 'event_hubs',
  isShared: true,
  summary: 'Reads an event hub over AMQP, sharing its partitions with other processes of the consumer group.',
  settings: EventHubsSettings,
  create: createEventHubs,
  probe: probeHub,
});
