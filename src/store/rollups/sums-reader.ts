import type { Finding } from '../../domain/finding.ts';
import type { Bucketed, EvidenceReader, FindingQuery, TimeRange } from '../../domain/ports.ts';
import type { EvidenceSummary, SourceCoverage } from '../../domain/report.ts';
import type { SealedState } from '../sealed-state.ts';
import type { SourceTotals } from './event-totals.ts';
import { countsIn } from './count-ladder.ts';
import type { CountLadder } from './count-ladder.ts';
import { newestFirst } from './finding-list.ts';
import { oldestFirst } from './observation-list.ts';
import { countsOf } from './unsealed.ts';
import type { Sums } from './sums.ts';

/** What is answered from: sums of the sealed lake, and of what waits for a seal. */
export interface Summed {
  readonly state: SealedState;
  readonly sealed: Sums;
  readonly tail: readonly Sums[];
}

export interface SumsReaderOptions {
  /** Waits until there are sums. */
  readonly ready: () => Promise<void>;
  /** The sums as they are now. They change: what is made of them has to be made in the same turn. */
  readonly now: () => Summed;
  /** Answers, by scans of the sealed lake, what is not summed up. */
  readonly scans: EvidenceReader;
  /** The title of an event class, by its id. */
  readonly titleOf: (eventClass: string) => string;
  /** Result of the newest verification. (Default: none ran) */
  readonly verified?: (() => EvidenceSummary['verified']) | undefined;
}

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Neighbours of one id are one thing, told twice. */
const onceEach = <T extends { readonly id: string }>(ordered: readonly T[]): T[] =>
  ordered.filter(({ id }, i) => ordered[i - 1]?.id !== id);

/** Counts of what is sealed and of what waits; undefined where the sealed part is not counted, or not by the minute. */
const countsOver = (
  sealed: CountLadder | undefined,
  waiting: readonly CountLadder[],
  range: TimeRange,
  bucketMs: number,
): readonly Bucketed[] | undefined =>
  sealed === undefined ? undefined : countsIn([sealed, ...waiting], range, bucketMs);

function mergeCounts(all: readonly (readonly Bucketed[])[]): readonly Bucketed[] {
  const [only, ...others] = all.filter((counts) => counts.length > 0);
  if (only === undefined || others.length === 0) return only ?? [];
  const sums = new Map<string, Bucketed>();
  for (const { time, key, count } of [only, ...others].flat()) {
    const at = `${time} ${key}`;
    sums.set(at, { time, key, count: count + (sums.get(at)?.count ?? 0) });
  }
  return [...sums.values()].toSorted((a, b) => a.time - b.time || textOrder(a.key, b.key));
}

function mergeSources(all: readonly Readonly<SourceTotals>[]): readonly Readonly<SourceTotals>[] {
  const merged = new Map<string, Readonly<SourceTotals>>();
  for (const more of all) {
    const key = `${more.source}\n${more.eventClass}`;
    const known = merged.get(key);
    merged.set(
      key,
      known === undefined
        ? more
        : {
            ...more,
            events: known.events + more.events,
            firstEvent: Math.min(known.firstEvent, more.firstEvent),
            lastEvent: Math.max(known.lastEvent, more.lastEvent),
            missing: known.missing + more.missing,
            coerced: known.coerced + more.coerced,
          },
    );
  }
  return [...merged.values()].toSorted(
    (a, b) => textOrder(a.source, b.source) || textOrder(a.eventClass, b.eventClass),
  );
}

/** A port answered from sums. A window that cuts a minute is counted in the sealed lake alone. */
export function createSumsReader({
  ready,
  now,
  scans,
  titleOf,
  verified,
}: SumsReaderOptions): EvidenceReader {
  const found = async (query: FindingQuery): Promise<readonly Finding[]> => {
    await ready();
    const { sealed, tail } = now();
    const search = async (page: FindingQuery): Promise<readonly Finding[]> =>
      sealed.findings?.find(page) ?? scans.findings(page);
    const first = { ...query, offset: 0, limit: query.offset + query.limit };
    const waiting = tail.flatMap(({ findings }) => findings?.find(first) ?? []);
    if (waiting.length === 0) return search(query);
    const all = [...(await search(first)), ...waiting].toSorted(newestFirst);
    return onceEach(all).slice(query.offset, query.offset + query.limit);
  };

  const source = (totals: Readonly<SourceTotals>): SourceCoverage => ({
    ...totals,
    title: titleOf(totals.eventClass),
  });

  return {
    findings: found,
    async finding(id) {
      await ready();
      const { sealed, tail } = now();
      const known = sealed.findings === undefined ? await scans.finding(id) : sealed.findings.get(id);
      return known ?? tail.flatMap(({ findings }) => findings?.get(id) ?? [])[0];
    },
    async findingCounts(range, bucketMs) {
      await ready();
      const { sealed, tail } = now();
      const waiting = tail.flatMap(({ findings }) => findings?.counts ?? []);
      return (
        countsOver(sealed.findings?.counts, waiting, range, bucketMs) ??
        mergeCounts([await scans.findingCounts(range, bucketMs), countsIn(waiting, range, bucketMs) ?? []])
      );
    },
    async eventCounts(range, bucketMs) {
      await ready();
      const { sealed, tail } = now();
      const waiting = tail.map(({ events }) => events.counts);
      return (
        countsOver(sealed.events.counts, waiting, range, bucketMs) ??
        mergeCounts([await scans.eventCounts(range, bucketMs), countsIn(waiting, range, bucketMs) ?? []])
      );
    },
    async observations(range) {
      await ready();
      const { sealed, tail } = now();
      const waiting = tail.flatMap(({ observations }) => observations.within(range));
      const known = sealed.observations.within(range);
      return waiting.length === 0 ? known : onceEach([...known, ...waiting].toSorted(oldestFirst));
    },
    async sources() {
      await ready();
      const { sealed, tail } = now();
      return mergeSources([sealed, ...tail].flatMap(({ events }) => events.sources())).map(source);
    },
    async evidence() {
      await ready();
      const { state, sealed, tail } = now();
      const reasons = Array.from(sealed.deadLetters, ([reason, count]) => ({ reason, count }));
      return {
        ...state,
        deadLetters: reasons.toSorted((a, b) => b.count - a.count || textOrder(a.reason, b.reason)),
        verified: verified?.(),
        unsealed: countsOf(tail),
      };
    },
    async eventRange() {
      await ready();
      const { sealed, tail } = now();
      const ranges = [sealed, ...tail].flatMap(({ events }) => events.range() ?? []);
      return ranges.length === 0 ? undefined : around(ranges);
    },
  };
}

const around = (ranges: readonly TimeRange[]): TimeRange => ({
  from: Math.min(...ranges.map(({ from }) => from)),
  to: Math.max(...ranges.map(({ to }) => to)),
});
