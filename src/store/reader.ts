import type { Observation } from '../domain/control.ts';
import type { Bucketed, EvidenceReader, TimeRange } from '../domain/ports.ts';
import type { EvidenceSummary } from '../domain/report.ts';
import type { LookUp } from './look-up/look-up.ts';
import { createRowsByKey } from './look-up/rows-by-key.ts';
import { hasOwnTime } from './rollups/summaries.ts';
import type { Queries } from './queries.ts';
import { findingOf, observationReader } from './rows.ts';
import type { StateOf } from './sealed-state.ts';

export interface ReaderOptions {
  readonly queries: Queries;
  readonly stateOf: StateOf;
  readonly lookUp: LookUp;
  /** The title of an event class, by its id. */
  readonly titleOf: (eventClass: string) => string;
  /** Result of the newest verification. (Default: none ran) */
  readonly verified?: () => EvidenceSummary['verified'];
}

// Times become epoch ms once a row is chosen, so that the choice itself can use the statistics of the files.
const inRange = 'time >= epoch_ms($from::BIGINT)::TIMESTAMPTZ AND time < epoch_ms($to::BIGINT)::TIMESTAMPTZ';
const bounds = ({ from, to }: TimeRange): { from: number; to: number } => ({ from, to });

const bucketed = (rows: readonly Readonly<Record<string, unknown>>[]): Bucketed[] =>
  rows.map((row) => ({
    time: Number(row['bucket']),
    key: row['key'] as string,
    count: Number(row['count']),
  }));

/** The sealed lake as reports, dashboards and the API read it. Equal rows written twice count once. */
export function createEvidenceReader({
  queries,
  stateOf,
  lookUp,
  titleOf,
  verified,
}: ReaderOptions): EvidenceReader {
  const rowsByKey = createRowsByKey(lookUp);
  const counts = async (
    table: string,
    key: string,
    count: string,
    range: TimeRange,
    bucketMs: number,
  ): Promise<Bucketed[]> =>
    bucketed(
      await queries.rows(
        `SELECT epoch_ms(time) // $bucket::BIGINT * $bucket::BIGINT AS bucket, ${key} AS key, ${count} AS count
         FROM ${table} WHERE ${inRange} GROUP BY ALL ORDER BY ALL`,
        { ...bounds(range), bucket: bucketMs },
      ),
    );

  return {
    async findings({ level, assertion, limit, offset, ...range }) {
      const rows = await queries.rows(
        `SELECT * REPLACE (epoch_ms(time) AS time) FROM (
           SELECT DISTINCT ON (id) * FROM findings
           WHERE ${inRange} AND ($level IS NULL OR level = $level) AND ($assertion IS NULL OR assertion = $assertion)
           ORDER BY id, leaf, record)
         ORDER BY time DESC, id LIMIT $limit::BIGINT OFFSET $offset::BIGINT`,
        {
          ...bounds(range),
          level: level ?? null,
          assertion: assertion ?? null,
          limit: limit,
          offset: offset,
        },
      );
      return rows.map(findingOf);
    },
    finding: (id) => rowsByKey.finding(id),
    findingCounts: (range, bucketMs) => counts('findings', 'level', 'count(DISTINCT id)', range, bucketMs),
    eventCounts: (range, bucketMs) => counts('events', 'class', 'count(*)', range, bucketMs),
    async observations(range) {
      const found: Observation[] = [];
      const read = observationReader();
      await queries.each(
        `SELECT * REPLACE (epoch_ms(time) AS time, epoch_ms(valid_until) AS valid_until)
         FROM observations WHERE ${inRange} ORDER BY time, id, leaf, record`,
        bounds(range),
        (row) => {
          // Equal ids stand side by side; leaving them out here spares DuckDB a hash of every row.
          if (row['id'] !== found.at(-1)?.id) found.push(read(row));
        },
      );
      return found;
    },
    async sources() {
      const rows = await queries.rows(
        `SELECT source, class, count(*) AS events, epoch_ms(min(time)) AS first, epoch_ms(max(time)) AS last,
           count(*) FILTER (missing <> '') AS missing, count(*) FILTER (coerced <> '') AS coerced
         FROM events GROUP BY source, class ORDER BY source, class`,
      );
      return rows.map((row) => ({
        source: row['source'] as string,
        eventClass: row['class'] as string,
        title: titleOf(row['class'] as string),
        events: Number(row['events']),
        firstEvent: Number(row['first']),
        lastEvent: Number(row['last']),
        missing: Number(row['missing']),
        coerced: Number(row['coerced']),
      }));
    },
    async evidence() {
      const state = await stateOf(await queries.snapshot());
      const reasons = await queries.rows(
        'SELECT reason, count(*) AS count FROM dead_letters GROUP BY reason ORDER BY count DESC, reason',
      );
      return {
        ...state,
        deadLetters: reasons.map((row) => ({ reason: row['reason'] as string, count: Number(row['count']) })),
        verified: verified?.(),
      };
    },
    async eventRange() {
      const [row] = await queries.rows(
        `SELECT epoch_ms(min(time)) AS first, epoch_ms(max(time)) AS last FROM events WHERE ${hasOwnTime}`,
      );
      if (row === undefined || row['first'] === null) return undefined;
      return { from: Number(row['first']), to: Number(row['last']) };
    },
  };
}
