import type { StoredCapture } from '../domain/capture.ts';
import type { Queries, QueryRow } from './queries.ts';

/** A sealed message, as far as time goes. */
export interface SealedArrival {
  /** Capture id. */
  readonly id: string;
  readonly stream: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Time of its newest event that lies no further ahead of its receipt than asked, epoch ms; undefined when none does. */
  readonly newest: number | undefined;
}

/** Reads messages back out of the sealed lake, in the order in which they were taken in. */
export interface SealedCaptures {
  /** @param receivedFrom epoch ms, included. @param aheadMs how far ahead of its receipt an event's time may lie. */
  arrivals(receivedFrom: number, aheadMs: number, take: (row: SealedArrival) => void): Promise<void>;
  /** Whole messages with at least one event at or after `since`, epoch ms. */
  captures(since: number, take: (capture: StoredCapture, leaf: number) => void): Promise<void>;
  /** Messages of one stream that were received since, epoch ms, in the order of their sequences. */
  ofStream(stream: string, receivedFrom: number): Promise<readonly StoredCapture[]>;
  /** When the newest message was received, epoch ms; undefined when there is none. */
  lastReceived(): Promise<number | undefined>;
}

// Leaves are numbered by each writer for itself; an event's id names its capture whoever wrote it.
const captureOf = "split_part(e.id, '-', 1)";
const at = (parameter: string): string => `epoch_ms($${parameter}::BIGINT)::TIMESTAMPTZ`;

export const createSealedCaptures = (queries: Queries): SealedCaptures => ({
  async arrivals(receivedFrom, aheadMs, take) {
    await queries.each(
      `SELECT c.id, c.stream, epoch_ms(c.received_at) AS received_at, epoch_ms(max(e.time)) AS newest
       FROM captures c LEFT JOIN events e
         ON ${captureOf} = c.id AND epoch_ms(e.time) <= epoch_ms(c.received_at) + $aheadMs::BIGINT
       WHERE c.received_at >= ${at('receivedFrom')}
       GROUP BY c.leaf, c.id, c.stream, c.received_at ORDER BY c.leaf, c.received_at, c.id`,
      { receivedFrom: bounded(receivedFrom), aheadMs },
      (row) =>
        take({
          id: String(row['id']),
          stream: String(row['stream']),
          receivedAt: Number(row['received_at']),
          newest: row['newest'] === null ? undefined : Number(row['newest']),
        }),
    );
  },
  async captures(since, take) {
    for (const { first, last, ids } of await lotsSince(queries, since)) {
      const { files } = await queries.snapshot();
      const holding = files.captures.filter(
        ({ stats: { minValues, maxValues } }) =>
          Number(minValues['leaf'] ?? first) <= last && Number(maxValues['leaf'] ?? last) >= first,
      );
      await queries.eachOf(
        'captures',
        holding,
        `SELECT ${WHOLE} FROM captures c WHERE c.leaf BETWEEN $first AND $last
         ORDER BY c.leaf, c.received_at, c.id`,
        (row) => {
          if (ids.has(String(row['id']))) take(captureIn(row), Number(row['leaf']));
        },
        { first, last },
      );
    }
  },
  async ofStream(stream, receivedFrom) {
    const { files } = await queries.snapshot();
    const from = new Date(bounded(receivedFrom)).toISOString();
    // Most of a large lake is older: its files need not even be fetched.
    const recent = files.captures.filter(
      ({ stats }) => String(stats.maxValues['received_at'] ?? from) >= from,
    );
    const found: StoredCapture[] = [];
    await queries.eachOf(
      'captures',
      recent,
      `SELECT ${WHOLE} FROM captures c
       WHERE c.stream = $stream AND c.received_at >= ${at('receivedFrom')} ORDER BY c.sequence`,
      (row) => found.push(captureIn(row)),
      { stream, receivedFrom: bounded(receivedFrom) },
    );
    return found;
  },
  async lastReceived() {
    const [row] = await queries.rows('SELECT epoch_ms(max(received_at)) AS last FROM captures');
    return row === undefined || row['last'] === null ? undefined : Number(row['last']);
  },
});

/** Captures whose leaves follow each other, and that are sorted together. */
interface Lot {
  readonly first: number;
  last: number;
  readonly ids: Set<string>;
}

/** Bodies beyond this are sorted in lots: all at once, a busy hour would be more than the database may hold. */
const LOT_BYTES = 32 * 1024 * 1024;

/** The captures with an event at or after `since`, in lots of about LOT_BYTES of bodies, in the order of their leaves. */
async function lotsSince(queries: Queries, since: number): Promise<readonly Lot[]> {
  const lots: Lot[] = [];
  let bytes = 0;
  await queries.each(
    `SELECT c.id, c.leaf, octet_length(c.body) AS bytes FROM captures c
     WHERE c.id IN (SELECT ${captureOf} FROM events e WHERE e.time >= ${at('since')})
     ORDER BY c.leaf`,
    { since: bounded(since) },
    (row) => {
      const [id, leaf] = [String(row['id']), Number(row['leaf'])];
      const lot = lots.at(-1);
      bytes += Number(row['bytes']);
      // Several writers number their leaves alike: those of one number stay together.
      if (lot !== undefined && (bytes <= LOT_BYTES || lot.last === leaf)) {
        lot.last = leaf;
        lot.ids.add(id);
        return;
      }
      lots.push({ first: leaf, last: leaf, ids: new Set([id]) });
      bytes = Number(row['bytes']);
    },
  );
  return lots;
}

const WHOLE = 'c.* REPLACE (epoch_ms(c.enqueued_at) AS enqueued_at, epoch_ms(c.received_at) AS received_at)';

const captureIn = (row: QueryRow): StoredCapture => ({
  source: String(row['source']),
  stream: String(row['stream']),
  sequence: Number(row['sequence']),
  enqueuedAt: row['enqueued_at'] === null ? undefined : Number(row['enqueued_at']),
  receivedAt: Number(row['received_at']),
  body: row['body'] as Uint8Array,
  originalSha256: String(row['original_sha256']),
  redactions: String(row['redactions']).split(',').filter(Boolean),
});

/** Infinities have no epoch; these bounds lie beyond any record. */
const bounded = (time: number): number => Math.max(0, Math.min(time, 253_402_300_799_000));
