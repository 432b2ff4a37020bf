import type { Observation } from '../../domain/control.ts';
import type { EvidenceReader } from '../../domain/ports.ts';
import type { EvidenceSummary } from '../../domain/report.ts';
import { tableNames } from '../../domain/tables.ts';
import type { TableName } from '../../domain/tables.ts';
import type { Queries } from '../queries.ts';
import type { SealedState, StateOf } from '../sealed-state.ts';
import { emptySnapshot } from '../snapshot.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import { createEventTotals } from './event-totals.ts';
import type { EventTotals } from './event-totals.ts';
import { createFindingList } from './finding-list.ts';
import type { FindingList } from './finding-list.ts';
import { createObservationList } from './observation-list.ts';
import type { ObservationList } from './observation-list.ts';
import { createSummaries } from './summaries.ts';

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
}

/** The sealed lake summed up in memory, so that boards are answered without reading files. */
export interface Rollup {
  /** Equal to the scans it stands for, as of the newest refresh; the first question waits for that. */
  readonly evidence: EvidenceReader;
  /** Waits for the first refresh; after that, for nothing. */
  ready(): Promise<void>;
  /** Takes in what was sealed since. Questions never wait for it. */
  refresh(): Promise<void>;
}

/** What is summed up, of one snapshot. */
interface Sums {
  snapshot: Snapshot;
  state: SealedState;
  readonly events: EventTotals;
  findings: FindingList | undefined;
  readonly observations: ObservationList;
  readonly deadLetters: Map<string, number>;
}

type Files = Readonly<Record<TableName, readonly LiveFile[]>>;

/** Files that came since; undefined when some went. */
function addedTo(before: Snapshot, after: Snapshot): Files | undefined {
  const added: Partial<Record<TableName, readonly LiveFile[]>> = {};
  for (const table of tableNames) {
    const [old, live] = [before.files[table], after.files[table]];
    // A snapshot that only grew begins with the very files of the one before.
    if (old.some((file, i) => live[i] !== file)) return undefined;
    added[table] = live.slice(old.length);
  }
  return added as Files;
}

export function createRollup(options: RollupOptions): Rollup {
  const { queries, scans, stateOf, titleOf, verified, observed, mostFindings = 250_000 } = options;
  const summaries = createSummaries(queries);
  let sums: Sums | undefined;

  const emptySums = async (): Promise<Sums> => ({
    snapshot: emptySnapshot(),
    state: await stateOf(emptySnapshot()),
    events: createEventTotals(),
    findings: createFindingList(),
    observations: createObservationList(),
    deadLetters: new Map(),
  });

  const rowsOf = (files: readonly LiveFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);

  /** Reads the files into `into`; what is asked meanwhile sees all of them or none. */
  const take = async (into: Sums, isNew: boolean, files: Files, snapshot: Snapshot): Promise<void> => {
    const changes: (() => void)[] = [];
    const change = isNew ? (now: () => void) => now() : (later: () => void) => changes.push(later);
    const isListed = rowsOf(snapshot.files.findings) <= mostFindings && into.findings !== undefined;
    const [findings, observations, state] = await Promise.all([
      isListed ? summaries.findings(files.findings) : [],
      summaries.observations(files.observations),
      stateOf(snapshot),
      summaries.events(files.events, (minute) => change(() => into.events.add(minute))),
      summaries.deadLetters(files.dead_letters, (reason, count) =>
        change(() => into.deadLetters.set(reason, (into.deadLetters.get(reason) ?? 0) + count)),
      ),
    ]);
    for (const apply of changes) apply();
    if (isListed) into.findings?.add(findings);
    else into.findings = undefined;
    const fresh = into.observations.add(observations);
    if (!isNew) observed?.(fresh, false);
    into.snapshot = snapshot;
    into.state = state;
  };

  const refreshNow = async (): Promise<void> => {
    const snapshot = await queries.snapshot();
    if (sums?.snapshot.seals === snapshot.seals) return;
    const added = sums === undefined ? undefined : addedTo(sums.snapshot, snapshot);
    if (sums !== undefined && added !== undefined) return await take(sums, false, added, snapshot);
    const next = await emptySums();
    await take(next, true, snapshot.files, snapshot);
    const all = next.observations.within({ from: 0, to: Infinity });
    const isGrown = sums === undefined || next.observations.holds(sums.observations);
    observed?.(isGrown ? all.filter(({ id }) => sums?.observations.has(id) !== true) : all, !isGrown);
    sums = next;
  };
  let refreshing: Promise<unknown> = Promise.resolve();
  const refresh = (): Promise<void> => {
    const next = refreshing.then(refreshNow, refreshNow);
    refreshing = next.catch(() => undefined);
    return next;
  };

  let first: Promise<void> | undefined;
  const summed = async (): Promise<Sums> => {
    if (sums === undefined) {
      first ??= refresh().finally(() => (first = undefined));
      await first;
    }
    return sums ?? emptySums();
  };

  return {
    refresh,
    ready: async () => void (await summed()),
    evidence: {
      findings: async (query) => (await summed()).findings?.find(query) ?? scans.findings(query),
      async finding(id) {
        const { findings } = await summed();
        return findings === undefined ? scans.finding(id) : findings.get(id);
      },
      findingCounts: async (range, bucketMs) =>
        (await summed()).findings?.counts.counts(range, bucketMs) ?? scans.findingCounts(range, bucketMs),
      eventCounts: async (range, bucketMs) =>
        (await summed()).events.counts.counts(range, bucketMs) ?? scans.eventCounts(range, bucketMs),
      observations: async (range) => (await summed()).observations.within(range),
      sources: async () =>
        (await summed()).events.sources().map((source) => ({ ...source, title: titleOf(source.eventClass) })),
      async evidence() {
        const { state, deadLetters } = await summed();
        const reasons = Array.from(deadLetters, ([reason, count]) => ({ reason, count }));
        return {
          ...state,
          deadLetters: reasons.toSorted(
            (a, b) => b.count - a.count || (a.reason < b.reason ? -1 : a.reason > b.reason ? 1 : 0),
          ),
          verified: verified?.(),
        };
      },
      eventRange: async () => (await summed()).events.range(),
    },
  };
}
