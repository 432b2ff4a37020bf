import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import { createClaimWatch, partitionsToTake } from './claims.ts';
import type { Claim, ClaimStore } from './claims.ts';

export interface ShareParts {
  readonly store: ClaimStore;
  readonly me: string;
  readonly partitions: () => readonly string[];
  /** Reads a partition until the signal aborts; resolves when it is done with it, and never rejects. */
  readonly carry: (partition: string, signal: AbortSignal) => Promise<void>;
  readonly renewMs: number;
  readonly expireMs: number;
  readonly now: () => number;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Share {
  /** Claims, renews and gives up until the signal aborts and every reader is done. */
  run(): Promise<void>;
  /** Asks the store whether a partition is still ours. */
  isOurs(partition: string): Promise<boolean>;
  /** Lets others have a partition at once. */
  giveUp(partition: string): Promise<void>;
}

interface Lease {
  claim: Claim;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Keeps a fair share of the partitions, as one member of a consumer group. */
export function createShare(parts: ShareParts): Share {
  const { store, me, log, signal } = parts;
  const leases = new Map<string, Lease>();
  const held = new Map<string, Claim>();
  const holding = createClaimWatch(parts.expireMs);

  const start = (claim: Claim): void => {
    const { partition } = claim;
    const stop = new AbortController();
    const done = parts.carry(partition, stop.signal).finally(() => {
      if (leases.get(partition)?.stop === stop) leases.delete(partition);
    });
    held.set(partition, claim);
    leases.set(partition, { claim, stop, done });
  };

  const lose = (partition: string, why: string): void => {
    log.info({ partition, why }, 'event hubs: a partition is ours no more');
    held.delete(partition);
    leases.get(partition)?.stop.abort();
  };

  async function renew(): Promise<void> {
    for (const [partition, lease] of leases) {
      if (lease.stop.signal.aborted) continue;
      const claim = await store.put(partition, me, lease.claim.version);
      if (claim === undefined) lose(partition, 'another member claimed it');
      else {
        lease.claim = claim;
        held.set(partition, claim);
      }
    }
  }

  async function round(): Promise<void> {
    await renew();
    const partitions = parts.partitions();
    const claims = await store.list();
    const versions = new Map(claims.map(({ partition, version }) => [partition, version]));
    const all = holding(claims, partitions, parts.now()).map((at) =>
      // A claim in our name that nobody here reads by is one from before a restart, or one we are done with.
      at.owner === me && !leases.has(at.partition) ? { ...at, owner: undefined } : at,
    );
    for (const partition of partitionsToTake(all, me)) {
      if (signal.aborted) return;
      if (leases.has(partition)) continue;
      const claim = await store.put(partition, me, versions.get(partition));
      if (claim !== undefined) start(claim);
    }
  }

  return {
    async run() {
      let readyAt = parts.now();
      while (!signal.aborted) {
        try {
          await round();
          readyAt = parts.now();
        } catch (thrown) {
          if (!signal.aborted) log.warn({ problem: describeError(thrown) }, 'event hubs: claims not renewed');
          // Others may think us dead by now, and read what we read.
          if (parts.now() - readyAt > parts.expireMs)
            for (const partition of leases.keys()) lose(partition, 'claims could not be renewed');
        }
        await sleep(parts.renewMs, undefined, { signal }).catch(() => undefined);
      }
      for (const { stop } of leases.values()) stop.abort();
      await Promise.all([...leases.values()].map(({ done }) => done));
    },
    async isOurs(partition) {
      const claim = held.get(partition);
      if (claim === undefined) return false;
      const claims = await store.list();
      return claims.some(
        (at) => at.partition === partition && at.owner === me && at.version === held.get(partition)?.version,
      );
    },
    async giveUp(partition) {
      const claim = held.get(partition);
      if (claim === undefined) return;
      held.delete(partition);
      await store.put(partition, '', claim.version);
    },
  };
}
