import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation } from '../../domain/control.ts';
import type { EvidenceReader, UnsealedReader } from '../../domain/ports.ts';
import type { EvidenceSummary } from '../../domain/report.ts';
import { SECOND_MS } from '../../lib/clock.ts';
import type { Queries } from '../queries.ts';
import type { SealedState, StateOf } from '../sealed-state.ts';
import type { Snapshot } from '../snapshot.ts';
import type { TailMessage } from '../tail/messages.ts';
import { createTailView } from '../tail/tail-view.ts';
import { addedTo, readSums, rowsOf } from './read-sums.ts';
import { sealedParts } from './sealed-parts.ts';
import { createSummaries } from './summaries.ts';
import { emptySums } from './sums.ts';
import type { Sums } from './sums.ts';
import { createSumsReader } from './sums-reader.ts';
import type { Summed } from './sums-reader.ts';
import { createTold } from './told.ts';
import { unsealedReader } from './unsealed.ts';

export interface RollupOptions {
  readonly queries: Queries;
  /** Answers, by scans, what is not summed up. */
  readonly scans: EvidenceReader;
  /** What stands in the log as of a snapshot. */
  readonly stateOf: StateOf;
  /** The title of an event class, by its id. */
  readonly titleOf: (eventClass: string) => string;
  /** Result of the newest verification. (Default: none ran) */
  readonly verified?: () => EvidenceSummary['verified'];
  /**
   * Told of what is observed, each id once: of what came on top, or, where something was taken out, of all there is.
   */
  readonly observed?: (observations: readonly Observation[], isAll: boolean) => void;
  /** Findings above this number are not kept in memory: lists and counts of them are scans. (Default: 250,000) */
  readonly mostFindings?: number;
  /** Asks writers to say all of their tail. (Default: nobody is there to be asked) */
  readonly askAll?: () => void;
}

/** The lake summed up in memory, so that boards are answered without reading files. */
export interface Rollup {
  /**
   * Equal to the scans it stands for, as of the newest refresh, and what waits for a seal on top; the first question waits
   * for that refresh.
   */
  readonly evidence: EvidenceReader;
  /** The same without what waits for a seal. */
  readonly sealed: EvidenceReader;
  /** What of `evidence` waits for a seal. */
  readonly unsealed: UnsealedReader;
  /** Other words for other answers: while it stays the same, so do they. */
  version(): string;
  /** Waits for the first refresh; after that, for nothing. */
  ready(): Promise<void>;
  /** Takes in what was sealed since. Questions never wait for it. */
  refresh(): Promise<void>;
  /** Takes in what a writer says of its tail. */
  take(message: TailMessage): void;
}

/** The sealed side, of one snapshot. */
interface Sealed {
  readonly snapshot: Snapshot;
  readonly state: SealedState;
  readonly sums: Sums;
}

const LOOK_MS = 5;
/** A writer says what it freezes before it begins to write; longer than this is no delay of a message. */
const HEARD_WITHIN_MS = 2 * SECOND_MS;

export function createRollup(options: RollupOptions): Rollup {
  const { queries, scans, stateOf, titleOf, verified, observed, mostFindings = 250_000 } = options;
  const summaries = createSummaries(queries);
  let sealed: Sealed | undefined;
  let changes = 0;
  const told = createTold(observed ?? (() => undefined));

  const tail = createTailView({
    isSealed: (id) => sealed?.sums.findings?.get(id) !== undefined,
    more: ({ observations }) => {
      if (sealed !== undefined) told.more(observations, sealed.sums.observations);
    },
    anew: () => {
      if (sealed !== undefined) told.anew(sealed.sums.observations, tail.parts());
    },
    missed: () => options.askAll?.(),
  });

  /** What is sealed and what waits must not overlap: a seal is looked at once its writer has said what is in it. */
  const heardOf = async ({ writers }: Snapshot): Promise<void> => {
    for (const [origin, { seals }] of writers) {
      for (let waited = 0; !tail.hasHeard(origin, seals); waited += LOOK_MS) {
        if (waited >= HEARD_WITHIN_MS) {
          tail.forget(origin);
          options.askAll?.();
          break;
        }
        await sleep(LOOK_MS);
      }
    }
  };

  const listed = ({ files }: Snapshot): boolean => rowsOf(files.findings) <= mostFindings;

  /** Reads what came on top; the answer adds it. Undefined when something was taken out. */
  const growth = async (from: Sealed, snapshot: Snapshot): Promise<(() => void) | undefined> => {
    const added = addedTo(from.snapshot, snapshot);
    if (added === undefined) return undefined;
    const isListed = listed(snapshot) && from.sums.findings !== undefined;
    const { known, unknown } = sealedParts(added, snapshot, tail.partOf);
    const [add, state] = await Promise.all([readSums(summaries, unknown, isListed), stateOf(snapshot)]);
    return () => {
      if (!isListed) from.sums.findings = undefined;
      const fresh = [...add(from.sums), ...known.flatMap((part) => part.addTo(from.sums))];
      sealed = { ...from, snapshot, state };
      told.sealed(fresh);
    };
  };

  const anew = async (snapshot: Snapshot): Promise<() => void> => {
    const sums = emptySums();
    const isListed = listed(snapshot);
    if (!isListed) sums.findings = undefined;
    const [add, state] = await Promise.all([
      readSums(summaries, snapshot.files, isListed),
      stateOf(snapshot),
    ]);
    add(sums);
    return () => {
      sealed = { snapshot, state, sums };
    };
  };

  const refreshNow = async (): Promise<void> => {
    const snapshot = await queries.snapshot();
    if (sealed?.snapshot.seals === snapshot.seals) return;
    await heardOf(snapshot);
    const grow = sealed === undefined ? undefined : await growth(sealed, snapshot);
    const change = grow ?? (await anew(snapshot));
    // Nothing waits from here on: who asks sees a row either waiting or sealed.
    change();
    for (const [origin, { seals }] of snapshot.writers) tail.sealed(origin, seals);
    changes++;
    if (grow === undefined && sealed !== undefined) told.anew(sealed.sums.observations, tail.parts());
  };
  let refreshing: Promise<unknown> = Promise.resolve();
  const refresh = (): Promise<void> => {
    const next = refreshing.then(refreshNow, refreshNow);
    refreshing = next.catch(() => undefined);
    return next;
  };

  let first: Promise<void> | undefined;
  const ready = async (): Promise<void> => {
    if (sealed !== undefined) return;
    first ??= refresh().finally(() => (first = undefined));
    await first;
  };
  const now = (): Summed => {
    if (sealed === undefined) throw new Error('nothing is summed up yet');
    return { state: sealed.state, sealed: sealed.sums, tail: tail.parts() };
  };
  const reader = { scans, titleOf, verified, ready };

  return {
    evidence: createSumsReader({ ...reader, now }),
    sealed: createSumsReader({ ...reader, now: () => ({ ...now(), tail: [] }) }),
    unsealed: unsealedReader(() => tail.parts()),
    version: () => `${sealed?.snapshot.seals ?? 0}-${changes}`,
    refresh,
    ready,
    take(message) {
      changes++;
      tail.take(message);
    },
  };
}
