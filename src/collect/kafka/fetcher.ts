import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../lib/log.ts';
import { describeError } from '../../lib/errors.ts';
import { keyOf } from './client.ts';
import type { Bounds, ClientEvents, Place } from './client.ts';
import type { FetchLimits, FetchResponse, FetchedPartition } from './fetch-protocol.ts';
import { readRecordSet } from './record-set.ts';
import type { DamagedBatch } from './record-set.ts';

/** What the fetcher needs of a connection to a cluster. */
export interface Cluster {
  /** Id of the broker that leads the partition by what is known; undefined when nobody does. */
  of(place: Place): number | undefined;
  /** Asks who leads what. */
  refresh(): Promise<void>;
  fetch(
    broker: number,
    wanted: readonly (Place & { readonly offset: number })[],
    limits: FetchLimits,
  ): Promise<FetchResponse>;
  bounds(places: readonly Place[]): Promise<ReadonlyMap<string, Bounds>>;
}

/** Reads the partitions it was given, until they are taken away. */
export interface Fetcher {
  /** Partitions to read from now on, in all. Those that are new begin where `events.begin` says. */
  assign(places: readonly Place[]): void;
  run(signal: AbortSignal): Promise<void>;
}

interface Position {
  readonly at: Place;
  /** Next offset to ask for; undefined until `begin` has answered. */
  next: number | undefined;
  /** Why `begin` has to be asked (again): the offset that the log does not have. */
  wanted: number | undefined;
  /** Not asked for before this, `performance.now()` ms. */
  heldUntil: number;
  damagedFetches: number;
}

const errors = { none: 0, outOfRange: 1, corrupt: 2, notAuthorised: 29 } as const;
/** How long a fetch without news waits at the broker. Short enough that a partition taken up meanwhile starts soon. */
const MAX_WAIT_MS = 500;
const PAUSE_MS = 250;
/** A partition that cannot be read is looked at again after this. */
const HOLD_MS = 10_000;
/** A checksum that is wrong this often was wrong on disk, not on the way. */
const DAMAGED_FETCHES = 3;
const MOST_BACKOFF_MS = 5000;

export function createFetcher(
  cluster: Cluster,
  events: ClientEvents,
  settings: { readonly fetchBytes: number; readonly log: Logger; readonly jitter: () => number },
): Fetcher {
  const positions = new Map<string, Position>();
  const limits: FetchLimits = {
    maxWaitMs: MAX_WAIT_MS,
    maxBytes: settings.fetchBytes,
    maxPartitionBytes: Math.min(settings.fetchBytes, 2 * 1024 * 1024),
  };
  /** Partitions that may not be read. */
  const refused = new Set<string>();
  let turn = 0;

  /** Asks where positions without an offset begin. A position may be taken away at any await. */
  async function locate(): Promise<void> {
    const now = performance.now();
    const open = [...positions.values()].filter(
      ({ next, heldUntil }) => next === undefined && heldUntil <= now,
    );
    if (open.length === 0) return;
    const bounds = await cluster.bounds(open.map(({ at }) => at));
    for (const position of open) {
      const found = bounds.get(keyOf(position.at));
      if (found === undefined || !isCurrent(position)) continue;
      const next = await events.begin(position.at, found, position.wanted);
      if (next === undefined) hold(position, HOLD_MS);
      else {
        position.next = next;
        position.wanted = undefined;
      }
    }
  }

  const isCurrent = (position: Position): boolean => positions.get(keyOf(position.at)) === position;
  const hold = (position: Position, forMs: number): void => {
    position.heldUntil = performance.now() + forMs;
  };

  const inFlight = new Map<number, Promise<void>>();

  /** Starts a fetch from every broker that leads something of ours and has none to answer; ends with the first answer. */
  async function round(signal: AbortSignal): Promise<void> {
    await locate();
    const now = performance.now();
    const byLeader = Map.groupBy(
      [...positions.values()].filter(({ next, heldUntil }) => next !== undefined && heldUntil <= now),
      ({ at }) => cluster.of(at),
    );
    if (byLeader.has(undefined)) await cluster.refresh();
    turn++;
    for (const [leader, led] of byLeader) {
      if (leader === undefined || inFlight.has(leader)) continue;
      const first = turn % led.length;
      const rotated = [...led.slice(first), ...led.slice(0, first)];
      inFlight.set(
        leader,
        fetchFrom(leader, rotated)
          .then(
            () => succeeded(leader),
            (thrown: unknown) => (signal.aborted ? undefined : failed(leader, rotated, thrown)),
          )
          .finally(() => inFlight.delete(leader)),
      );
    }
    await firstOf(inFlight.values(), PAUSE_MS, signal);
  }

  const failures = new Map<number, number>();
  /** A fetcher before this one, of a membership that was lost, may have told of what is over by now. */
  let isTold = true;

  function tell(what: string): void {
    isTold = true;
    events.trouble(what);
  }

  function succeeded(leader: number): void {
    failures.delete(leader);
    if (!isTold || failures.size > 0) return;
    isTold = false;
    events.trouble(undefined);
  }

  /** Leaves the broker alone for a while, longer each time, and asks who leads now. */
  async function failed(leader: number, led: readonly Position[], thrown: unknown): Promise<void> {
    const count = (failures.get(leader) ?? 0) + 1;
    failures.set(leader, count);
    const delayMs = Math.min(MOST_BACKOFF_MS, PAUSE_MS * 2 ** count) * (0.5 + settings.jitter() / 2);
    for (const position of led) hold(position, delayMs);
    tell(`broker ${leader}: fetching failed, trying again: ${describeError(thrown)}`);
    await cluster.refresh().catch(() => undefined);
  }

  async function fetchFrom(leader: number, led: readonly Position[]): Promise<void> {
    const asked = new Map(
      led.map((position) => [keyOf(position.at), { position, offset: position.next ?? 0 }]),
    );
    const wanted = led.map(({ at, next }) => ({ ...at, offset: next ?? 0 }));
    const response = await cluster.fetch(leader, wanted, limits);
    let needsRefresh = false;
    for (const fetched of response.partitions) {
      const { position, offset } = asked.get(keyOf(fetched)) ?? {};
      if (position === undefined || offset === undefined || !isCurrent(position)) continue;
      needsRefresh = (await accept(position, offset, fetched)) || needsRefresh;
    }
    if (needsRefresh) {
      await sleep(PAUSE_MS);
      await cluster.refresh();
    }
  }

  /** True when who leads the partition has to be asked again. */
  async function accept(position: Position, asked: number, fetched: FetchedPartition): Promise<boolean> {
    switch (fetched.errorCode) {
      case errors.none:
      case errors.corrupt:
        if (refused.delete(keyOf(position.at))) events.trouble(undefined, position.at);
        await read(position, asked, fetched);
        return false;
      case errors.outOfRange:
        position.next = undefined;
        position.wanted = asked;
        return false;
      case errors.notAuthorised:
        refused.add(keyOf(position.at));
        events.trouble(`${keyOf(position.at)}: not allowed to read it; grant Read on the topic`, position.at);
        hold(position, HOLD_MS);
        return false;
      default:
        settings.log.debug({ at: keyOf(position.at), errorCode: fetched.errorCode }, 'kafka: fetch refused');
        hold(position, PAUSE_MS);
        return true;
    }
  }

  async function read(position: Position, asked: number, fetched: FetchedPartition): Promise<void> {
    const { at } = position;
    const { lastStableOffset: endOffset } = fetched;
    let damaged: DamagedBatch | undefined;
    for (const piece of readRecordSet(fetched.records, asked, fetched.aborted)) {
      // Taken away while the piece before this one waited for room.
      if (!isCurrent(position)) return;
      const { records, nextOffset } = piece;
      ({ damaged } = piece);
      if (nextOffset <= (position.next ?? asked)) continue;
      position.next = nextOffset;
      position.damagedFetches = 0;
      await events.take({ at, records, nextOffset, endOffset });
    }
    if (fetched.errorCode === errors.corrupt)
      damaged ??= {
        firstOffset: asked,
        lastOffset: asked,
        reason: 'the broker says that its log is corrupt here',
      };
    if (damaged === undefined || !isCurrent(position)) return;
    position.damagedFetches++;
    if (position.damagedFetches < DAMAGED_FETCHES) return hold(position, PAUSE_MS);
    const next = events.damaged(at, damaged);
    if (next === undefined) return hold(position, HOLD_MS);
    position.next = next;
    position.damagedFetches = 0;
  }

  return {
    assign(places) {
      const keys = new Set(places.map(keyOf));
      for (const key of positions.keys()) if (!keys.has(key)) positions.delete(key);
      for (const at of places) {
        const key = keyOf(at);
        if (positions.has(key)) continue;
        positions.set(key, { at, next: undefined, wanted: undefined, heldUntil: 0, damagedFetches: 0 });
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (thrown) {
          if (signal.aborted) break;
          tell(`asking the cluster failed, trying again: ${describeError(thrown)}`);
          await sleep(PAUSE_MS + settings.jitter() * PAUSE_MS, undefined, { signal }).catch(() => undefined);
        }
      }
      await Promise.all(inFlight.values());
    },
  };
}

/** Resolves with the first of them, after `limitMs` or when the signal aborts, whichever comes first. */
async function firstOf(
  promises: Iterable<Promise<void>>,
  limitMs: number,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const within = AbortSignal.any([signal, done.signal]);
  const waited = sleep(limitMs, undefined, { signal: within }).catch(() => undefined);
  await Promise.race([waited, ...promises]);
  done.abort();
}
