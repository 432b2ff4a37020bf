import type { Capture } from './domain/capture.ts';
import { iso } from './lib/clock.ts';
import type { JsonObject } from './lib/json.ts';
import type { Metrics } from './lib/metrics.ts';

/** What became of the messages of one stream, since the ledger was opened. */
export interface StreamAccount {
  readonly source: string;
  fetched: number;
  /** In the lake, with events or without any record. */
  sealed: number;
  /** In the lake, but nothing in them could be read: each record is in the dead letters. */
  deadLettered: number;
  /** Had been taken before. */
  deduplicated: number;
  /** Let go before their seal, because another writer carries the stream now. */
  dropped: number;
  /** Waiting for their seal. */
  pending: number;
  /** Sequences that never came, of a stream that numbers without gaps. */
  missing: number;
}

export type Outcome = 'sealed' | 'deadLettered';

/** What lies between two sequences that came one after the other. */
export interface Missing {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
}

/** Counts every message once on each side: fetched = sealed + deadLettered + deduplicated + dropped + pending. */
export interface Ledger {
  fetched(capture: Capture): void;
  deduplicated(capture: Capture): void;
  /** @param durable the last sequence of the stream that the lake has, by whichever writer. */
  kept(capture: Capture, outcome: Outcome, durable: number | undefined): void;
  /** What waits now is what the next seal takes; to be called once before it, however often it is tried. */
  cut(): void;
  /** The seal is durable. */
  settle(): void;
  /** Everything unsealed was let go. */
  drop(): void;
  accounts(): ReadonlyMap<string, Readonly<StreamAccount>>;
  gaps(): readonly Missing[];
  /** The figures as a note for the evidence log: of what is sealed by now. */
  note(now: number): JsonObject;
}

/** A note has to fit into one entry of the log, of 64 KiB: streams and gaps beyond these bytes are counted, not named. */
const STREAM_BYTES = 40_000;
const GAP_BYTES = 10_000;
/** Gaps that are remembered. */
const MOST_GAPS = 1000;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value)) + 1;

/** The first of `items` that have room in so many bytes. */
function fitting<T>(items: readonly T[], mostBytes: number): T[] {
  let bytes = 0;
  return items.filter((item) => (bytes += sizeOf(item)) <= mostBytes);
}

export function createLedger(metrics: Metrics, openedAt: number): Ledger {
  const accounts = new Map<string, StreamAccount>();
  const newest = new Map<string, number>();
  const gaps: Missing[] = [];
  /** Streams that something was sealed of since the last note: a note is about those. */
  let touched = new Set<string>();
  let waiting = new Map<string, Record<Outcome, number>>();
  let beforeSeal: typeof waiting | undefined;

  const accountOf = ({ stream, source }: Capture): StreamAccount => {
    let account = accounts.get(stream);
    if (account === undefined) {
      account = { source, ...nothing };
      accounts.set(stream, account);
    }
    return account;
  };
  const count = (source: string, outcome: string, messages = 1): void => {
    if (messages > 0) metrics.messages.inc({ source, outcome }, messages);
  };

  return {
    fetched(capture) {
      accountOf(capture).fetched++;
      count(capture.source, 'fetched');
    },
    deduplicated(capture) {
      accountOf(capture).deduplicated++;
      count(capture.source, 'deduplicated');
    },
    kept(capture, outcome, durable) {
      const { stream, sequence, source } = capture;
      const account = accountOf(capture);
      account.pending++;
      const held = waiting.get(stream) ?? { sealed: 0, deadLettered: 0 };
      held[outcome]++;
      waiting.set(stream, held);
      if (capture.isContiguous !== true) return;
      const before = Math.max(newest.get(stream) ?? -Infinity, durable ?? -Infinity);
      newest.set(stream, sequence);
      if (before === -Infinity || sequence <= before + 1) return;
      const missing = sequence - before - 1;
      account.missing += missing;
      metrics.missing.inc({ source }, missing);
      gaps.push({ stream, first: before + 1, last: sequence - 1 });
      if (gaps.length > MOST_GAPS) gaps.shift();
    },
    cut() {
      if (beforeSeal !== undefined) return;
      beforeSeal = waiting;
      waiting = new Map();
    },
    settle() {
      for (const [stream, held] of beforeSeal ?? []) {
        const account = accounts.get(stream);
        if (account === undefined) continue;
        account.sealed += held.sealed;
        account.deadLettered += held.deadLettered;
        account.pending -= held.sealed + held.deadLettered;
        count(account.source, 'sealed', held.sealed);
        count(account.source, 'dead_lettered', held.deadLettered);
        touched.add(stream);
      }
      beforeSeal = undefined;
    },
    drop() {
      for (const [stream, account] of accounts) {
        if (account.pending === 0) continue;
        count(account.source, 'dropped', account.pending);
        account.dropped += account.pending;
        account.pending = 0;
        newest.delete(stream);
      }
      beforeSeal = undefined;
      waiting = new Map();
    },
    accounts: () => accounts,
    gaps: () => gaps,
    note(now) {
      const streams = [...touched]
        .toSorted()
        .map((stream) => ({ stream, ...figures([accounts.get(stream)]) }));
      touched = new Set();
      const named = fitting(streams, STREAM_BYTES);
      const namedGaps = fitting(gaps, GAP_BYTES);
      return {
        since: iso(openedAt),
        until: iso(now),
        total: figures([...accounts.values()]),
        streams: named,
        streamsNotNamed: streams.length - named.length,
        gaps: namedGaps.map((gap) => ({ ...gap })),
        gapsNotNamed: gaps.length - namedGaps.length,
      };
    },
  };
}

const nothing = {
  fetched: 0,
  sealed: 0,
  deadLettered: 0,
  deduplicated: 0,
  dropped: 0,
  pending: 0,
  missing: 0,
};

function figures(accounts: readonly (StreamAccount | undefined)[]): Record<keyof typeof nothing, number> {
  const sum = { ...nothing };
  for (const account of accounts)
    for (const key of Object.keys(nothing) as (keyof typeof nothing)[]) sum[key] += account?.[key] ?? 0;
  return sum;
}
