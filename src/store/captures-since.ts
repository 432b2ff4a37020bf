import type { StoredCapture } from '../domain/capture.ts';
import type { Queries, QueryRow } from './queries.ts';
import type { LiveFile, Snapshot } from './snapshot.ts';
import { ownerOfFile } from './segment-name.ts';

/** A sealed message, as far as time goes. */
export interface SealedArrival {
  /** Capture id. */
  readonly id: string;
  readonly stream: string;
  /** Epoch ms. */
  readonly receivedAt: number;
  /** Time of its oldest event, epoch ms; undefined when it has none. */
  readonly oldest: number | undefined;
  /** Time of its newest event that lies no further ahead of its receipt than asked, epoch ms; undefined when none does. */
  readonly newest: number | undefined;
}

/** Which events count. */
export interface WantedEvents {
  /** Only those of these classes. (Default: of any) */
  readonly classes?: readonly string[];
  /** Where findings tell more: they take the place of most of the classes. */
  readonly found?: {
    /** Only events that one of these detections found, by its id. */
    readonly detections: readonly string[];
    /** All events of these classes besides. */
    readonly classes: readonly string[];
    /** By writer: from which leaf on findings are to be trusted to tell, asked for leaves that are of interest. */
    readonly from: (least: ReadonlyMap<string, number>) => Promise<ReadonlyMap<string, number>>;
  };
}

/**
 * Reads messages back out of the sealed lake in the order in which they were taken in: each writer's in the order of its
 * log, those of several by when they were received. What is held at once does not grow with the lake.
 */
export interface SealedCaptures {
  /** @param receivedFrom epoch ms, included. @param aheadMs how far ahead of its receipt an event's time may lie. */
  arrivals(receivedFrom: number, aheadMs: number, take: (row: SealedArrival) => void): Promise<void>;
  /** Whole messages with at least one event at or after `since`, epoch ms. */
  captures(
    since: number,
    take: (capture: StoredCapture, leaf: number) => void,
    wanted?: WantedEvents,
  ): Promise<void>;
  /** Messages of one stream that were received since, epoch ms, in the order of their sequences. */
  ofStream(stream: string, receivedFrom: number): Promise<readonly StoredCapture[]>;
  /** When the newest message was received, epoch ms; undefined when there is none. */
  lastReceived(): Promise<number | undefined>;
}

const at = (parameter: string): string => `epoch_ms($${parameter}::BIGINT)::TIMESTAMPTZ`;
const iso = (time: number): string => new Date(time).toISOString();

export function createSealedCaptures(queries: Queries): SealedCaptures {
  /** The files, of messages those received since alone. Most of a large lake is older: it need not even be fetched. */
  const receivedSince = async (from: number): Promise<Snapshot['files']> => {
    const { files } = await queries.snapshot();
    return { ...files, captures: files.captures.filter((file) => reaches(file, 'received_at', from)) };
  };

  return {
    async arrivals(receivedFrom, aheadMs, take) {
      const from = bounded(receivedFrom);
      const rows = inTurn(piecesOf(await receivedSince(from)), ({ captures, events }) =>
        queries.rowsOf(
          { captures: [captures], events },
          `SELECT c.id, c.stream, epoch_ms(c.received_at) AS received_at, epoch_ms(min(e.time)) AS oldest,
             epoch_ms(max(e.time) FILTER (epoch_ms(e.time) <= epoch_ms(c.received_at) + $aheadMs::BIGINT)) AS newest
           FROM captures c LEFT JOIN events e ON e.leaf = c.leaf
           WHERE c.received_at >= ${at('from')}
           GROUP BY c.leaf, c.id, c.stream, c.received_at ORDER BY c.leaf`,
          { from, aheadMs },
        ),
      );
      for await (const row of rows)
        take({
          id: String(row['id']),
          stream: String(row['stream']),
          receivedAt: Number(row['received_at']),
          oldest: row['oldest'] === null ? undefined : Number(row['oldest']),
          newest: row['newest'] === null ? undefined : Number(row['newest']),
        });
    },
    async captures(since, take, { classes, found } = {}) {
      const from = bounded(since);
      const { files } = await queries.snapshot();
      const newer = files.events.filter((file) => reaches(file, 'time', from));
      const pieces = piecesOf({ ...files, events: newer }).filter(({ events }) => events.length > 0);
      const foundFrom = await found?.from(leastLeaves(pieces));
      const leavesIn = async ({ writer, captures, events, findings }: Piece): Promise<number[]> => {
        const isFound = leavesOf(captures)[0] >= (foundFrom?.get(writer) ?? Infinity);
        const leaves: number[] = [];
        const asked = isFound ? found?.classes : classes;
        await queries.eachOf(
          { events, findings: isFound ? findings : [] },
          `SELECT DISTINCT leaf FROM (
             SELECT leaf FROM events WHERE time >= ${at('from')}
               AND ($classes::VARCHAR IS NULL OR list_contains(string_split($classes, ','), class))
             UNION ALL SELECT leaf FROM findings WHERE time >= ${at('from')}
               AND list_contains(string_split($found, ','), detection_id)
           ) ORDER BY leaf`,
          ({ leaf }) => leaves.push(Number(leaf)),
          { from, classes: asked?.join(',') ?? null, found: found?.detections.join(',') ?? '' },
        );
        return leaves;
      };
      const rows = inTurn(pieces, async function* (piece) {
        const leaves = await leavesIn(piece);
        const [first, last] = [leaves[0], leaves.at(-1)];
        if (first === undefined || last === undefined) return;
        const wanted = new Set(leaves);
        const whole = queries.rowsOf(
          { captures: [piece.captures] },
          `SELECT ${WHOLE} FROM captures c WHERE c.leaf BETWEEN $first::BIGINT AND $last::BIGINT`,
          { first, last },
        );
        for await (const row of whole) if (wanted.has(Number(row['leaf']))) yield row;
      });
      for await (const row of rows) take(captureIn(row), Number(row['leaf']));
    },
    async ofStream(stream, receivedFrom) {
      const from = bounded(receivedFrom);
      const found: StoredCapture[] = [];
      for (const captures of (await receivedSince(from)).captures)
        await queries.eachOf(
          { captures: [captures] },
          `SELECT ${WHOLE} FROM captures c WHERE c.stream = $stream AND c.received_at >= ${at('from')}`,
          (row) => found.push(captureIn(row)),
          { stream, from },
        );
      return found.toSorted((a, b) => a.sequence - b.sequence);
    },
    async lastReceived() {
      const [row] = await queries.rows('SELECT epoch_ms(max(received_at)) AS last FROM captures');
      return row === undefined || row['last'] === null ? undefined : Number(row['last']);
    },
  };
}

/** One file of messages, and the files with what was made of them. */
interface Piece {
  readonly writer: string;
  readonly captures: LiveFile;
  readonly events: readonly LiveFile[];
  readonly findings: readonly LiveFile[];
}

/** True unless all that a file has in a column of times lies before `from`, epoch ms. */
const reaches = ({ stats }: LiveFile, column: string, from: number): boolean =>
  String(stats.maxValues[column] ?? iso(from)) >= iso(from);

const leavesOf = ({ stats }: LiveFile): readonly [number, number] => [
  Number(stats.minValues['leaf'] ?? 0),
  Number(stats.maxValues['leaf'] ?? Infinity),
];

/** Each writer's files in the order of its log. Leaves are numbered by each writer for itself. */
function piecesOf(files: Pick<Snapshot['files'], 'captures' | 'events' | 'findings'>): readonly Piece[] {
  const events = byOwner(files.events);
  const findings = byOwner(files.findings);
  return files.captures
    .toSorted((a, b) => leavesOf(a)[0] - leavesOf(b)[0])
    .map((captures) => {
      const writer = ownerOfFile(captures.path)?.writer ?? '';
      const [first, last] = leavesOf(captures);
      const isAbout = (file: LiveFile): boolean => {
        const [least, most] = leavesOf(file);
        return least <= last && most >= first;
      };
      return {
        writer,
        captures,
        events: (events.get(writer) ?? []).filter(isAbout),
        findings: (findings.get(writer) ?? []).filter(isAbout),
      };
    });
}

const byOwner = (files: readonly LiveFile[]): Map<string | undefined, LiveFile[]> =>
  Map.groupBy(files, ({ path }) => ownerOfFile(path)?.writer);

/** By writer, the first leaf of its messages. */
function leastLeaves(pieces: readonly Piece[]): ReadonlyMap<string, number> {
  const least = new Map<string, number>();
  for (const { writer, captures } of pieces)
    least.set(writer, Math.min(leavesOf(captures)[0], least.get(writer) ?? Infinity));
  return least;
}

/** Rows of all pieces: of one writer piece after piece, of several whichever was received first. */
async function* inTurn(
  pieces: readonly Piece[],
  read: (piece: Piece) => AsyncGenerator<QueryRow>,
): AsyncGenerator<QueryRow> {
  const byWriter = [...Map.groupBy(pieces, ({ writer }) => writer)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const sources = byWriter.map(async function* ([, own]) {
    for (const piece of own) yield* read(piece);
  });
  const heads = await Promise.all(sources.map((source) => source.next()));
  try {
    for (;;) {
      let [next, earliest] = [-1, Infinity];
      for (const [index, { done, value }] of heads.entries()) {
        const receivedAt = done === true ? Infinity : Number(value['received_at']);
        if (receivedAt < earliest) [next, earliest] = [index, receivedAt];
      }
      const [source, head] = [sources[next], heads[next]];
      if (source === undefined || head === undefined || head.done === true) return;
      yield head.value;
      heads[next] = await source.next();
    }
  } finally {
    for (const source of sources) await source.return(undefined);
  }
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
