import type { Observation } from '../../domain/control.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Queries, QueryRow } from '../queries.ts';
import { findingOf, observationReader } from '../rows.ts';
import type { LiveFile } from '../snapshot.ts';
import type { EventMinute } from './event-totals.ts';

/** What is read out of sealed files to sum them up: events by the minute, findings and observations whole. */
export interface Summaries {
  events(files: readonly LiveFile[], take: (minute: EventMinute) => void): Promise<void>;
  findings(files: readonly LiveFile[]): Promise<readonly Finding[]>;
  /** Equal ids may come again. */
  observations(files: readonly LiveFile[]): Promise<readonly Observation[]>;
  deadLetters(files: readonly LiveFile[], take: (reason: string, count: number) => void): Promise<void>;
}

const maybeNumber = (value: unknown): number | undefined => (value === null ? undefined : Number(value));

const minuteOf = (row: QueryRow): EventMinute => ({
  source: String(row['source']),
  eventClass: String(row['class']),
  events: Number(row['events']),
  first: Number(row['first']),
  last: Number(row['last']),
  missing: Number(row['missing']),
  coerced: Number(row['coerced']),
  ownFirst: maybeNumber(row['own_first']),
  ownLast: maybeNumber(row['own_last']),
});

/**
 * True of a record with a time of its own. One without carries the time it was received, which says nothing about a window:
 * the normalisers note it as `time`, `time:received-at` or `time:snapshot-received-at`.
 */
export const hasOwnTime =
  "NOT list_contains(string_split(missing, ','), 'time') AND NOT contains(coerced, 'received-at')";

export const createSummaries = (queries: Queries): Summaries => ({
  events: (files, take) =>
    queries.eachOf(
      { events: files },
      `SELECT source, class, count(*) AS events, epoch_ms(min(time)) AS first, epoch_ms(max(time)) AS last,
         count(*) FILTER (missing <> '') AS missing, count(*) FILTER (coerced <> '') AS coerced,
         epoch_ms(min(time) FILTER (${hasOwnTime})) AS own_first,
         epoch_ms(max(time) FILTER (${hasOwnTime})) AS own_last
       FROM events GROUP BY source, class, epoch_ms(time) // 60000`,
      (row) => take(minuteOf(row)),
    ),
  async findings(files) {
    const found: Finding[] = [];
    await queries.eachOf(
      { findings: files },
      'SELECT * REPLACE (epoch_ms(time) AS time) FROM findings',
      (row) => found.push(findingOf(row)),
    );
    return found;
  },
  async observations(files) {
    const found: Observation[] = [];
    const read = observationReader();
    await queries.eachOf(
      { observations: files },
      `SELECT * REPLACE (epoch_ms(time) AS time, epoch_ms(valid_until) AS valid_until)
       FROM observations ORDER BY time, id, leaf, record`,
      (row) => found.push(read(row)),
    );
    return found;
  },
  deadLetters: (files, take) =>
    queries.eachOf(
      { dead_letters: files },
      'SELECT reason, count(*) AS count FROM dead_letters GROUP BY reason',
      (row) => take(String(row['reason']), Number(row['count'])),
    ),
});
