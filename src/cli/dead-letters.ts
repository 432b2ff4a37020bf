import { createObserver } from '../assess/observe.ts';
import type { Config } from '../config.ts';
import { findingOf } from '../detect/finding.ts';
import { captureId } from '../domain/capture.ts';
import type { Observation } from '../domain/control.ts';
import { eventsOf } from '../domain/event.ts';
import type { Event } from '../domain/event.ts';
import type { Finding } from '../domain/finding.ts';
import { iso } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { sha256Hex } from '../lib/hash.ts';
import { createNormalise } from '../normalise/normalise.ts';
import { normalisers } from '../normalise/registry.ts';
import { originOf } from '../proof/commits.ts';
import { loadOrCreateSigner } from '../store/keys.ts';
import { lakeAt } from '../store/place.ts';
import type { Queries } from '../store/queries.ts';
import type { Content } from './content.ts';
import { foldersIn } from './folders.ts';
import { openConfiguredLake } from './payload.ts';

/** A dead letter as people are shown it. */
export interface Letter {
  /** The id that its event would have. */
  readonly id: string;
  readonly source: string;
  readonly stream: string;
  readonly sequence: number;
  readonly record: number;
  readonly receivedAt: string;
  readonly reason: string;
  readonly detail: string;
  readonly sha256: string;
  readonly bytes: number;
  /** True when it has become an event since. */
  readonly isReplayed: boolean;
}

const decisionId = (letter: string): string => `replay-${letter}`;

/** Every dead letter, oldest first. One that was sealed twice counts once. */
export async function readLetters(queries: Queries): Promise<readonly Letter[]> {
  const letters = new Map<string, Letter>();
  const done = new Set<string>();
  await queries.each(
    `SELECT id FROM decisions WHERE starts_with(id, 'replay-')`,
    {},
    (row) => void done.add(String(row['id'])),
  );
  await queries.each(
    `SELECT leaf, source, stream, sequence, record, epoch_ms(received_at) AS received, reason, detail, bytes
     FROM dead_letters ORDER BY received_at, stream, sequence, record`,
    {},
    (row) => {
      const stream = String(row['stream']);
      const sequence = Number(row['sequence']);
      const id = `${captureId({ stream, sequence })}-${Number(row['record'])}`;
      const bytes = row['bytes'] as Uint8Array;
      letters.set(id, {
        id,
        source: String(row['source']),
        stream,
        sequence,
        record: Number(row['record']),
        receivedAt: iso(Number(row['received'])),
        reason: String(row['reason']),
        detail: String(row['detail']),
        sha256: sha256Hex(bytes),
        bytes: bytes.length,
        isReplayed: done.has(decisionId(id)),
      });
    },
  );
  return [...letters.values()];
}

/** The bytes of a dead letter; undefined when it is not there. */
export async function bytesOf(
  queries: Queries,
  { stream, sequence, record }: Letter,
): Promise<Uint8Array | undefined> {
  const [row] = await queries.rows(
    'SELECT leaf, record, sequence, bytes FROM dead_letters WHERE stream = $stream AND sequence = $sequence::BIGINT AND record = $record::INTEGER LIMIT 1',
    { stream, sequence, record },
  );
  return row?.['bytes'] as Uint8Array | undefined;
}

export interface Reread {
  readonly events: readonly Event[];
  readonly findings: readonly Finding[];
  readonly observations: readonly Observation[];
}

/**
 * Reads the messages of dead letters again with today's normalisers. What becomes readable is an event that points to
 * the leaf its message has had all along; an event that the lake has already is left out.
 */
export async function reread(
  queries: Queries,
  letters: readonly Letter[],
  content: Content,
): Promise<Reread> {
  const normalise = createNormalise(normalisers);
  const observer = createObserver(content.assertions);
  const wanted = Map.groupBy(letters, ({ stream, sequence }) => captureId({ stream, sequence }));
  const events: Event[] = [];
  const findings: Finding[] = [];
  const observations: Observation[] = [];
  for (const [id, ofMessage] of wanted) {
    const [row] = await queries.rows(
      'SELECT leaf, source, stream, sequence, body, epoch_ms(received_at) AS received FROM captures WHERE id = $id LIMIT 1',
      { id },
    );
    // Its body may be gone after its retention; the letter's own bytes stay where they are.
    if (row === undefined || row['body'] === null) continue;
    const known = await queries.rows('SELECT id FROM events WHERE starts_with(id, $id)', { id: `${id}-` });
    const have = new Set(known.map((event) => String(event['id'])));
    const asked = new Set(ofMessage.map(({ record }) => record));
    const message = {
      source: String(row['source']),
      stream: String(row['stream']),
      sequence: Number(row['sequence']),
      receivedAt: Number(row['received']),
      body: row['body'] as Uint8Array,
    };
    const items = normalise(message).items.filter(({ index }) => asked.has(index));
    for (const event of eventsOf(message, Number(row['leaf']), items)) {
      if (have.has(event.id)) continue;
      events.push(event);
      observations.push(...observer.fromEvent(event, undefined));
      for (const match of content.detector.detect(event)) {
        if (content.correlations.silent.has(match.detection.id)) continue;
        const finding = findingOf(match);
        const observation = observer.fromMatch(match, finding);
        if (observation !== undefined) observations.push(observation);
        if (match.detection.observes === 'fail') findings.push(finding);
      }
    }
  }
  return { events, findings, observations };
}

/** No decision outlives this: one that says what happened does not expire. */
const NEVER = Date.UTC(9999, 0, 1);

/**
 * Seals what was read again, and for each letter a decision that says so, under a writer's name of its own: the service
 * may go on meanwhile.
 *
 * @throws PipelineError LAKE_CONFLICT when another replay is under way; STORE_FAILED when nothing could be written.
 */
export async function sealReread(config: Config, clock: Clock, read: Reread): Promise<void> {
  const folders = foldersIn(config.data);
  const { origin, container } = config.lake;
  const writer = `${config.lake.writer}-replay`;
  const signer = await loadOrCreateSigner(folders.signingKey, originOf(origin, writer));
  const at = await lakeAt({ folder: folders.lake, container, writer, jitter: Math.random });
  const lake = await openConfiguredLake(config, { ...at, origin, writer, signer, clock });
  try {
    const ids = read.events.map(({ id }) => id);
    lake.addEvents(read.events);
    lake.addFindings(read.findings);
    lake.addObservations(read.observations);
    lake.addDecisions(
      ids.map((id) => ({
        id: decisionId(id),
        kind: 'attestation',
        subject: `dead-letter:${id}`,
        resource: '*',
        reason: 'read again by normalisers that know its shape; it is an event now',
        requestedBy: 'plumbline dead-letter replay',
        approvedBy: 'plumbline dead-letter replay',
        from: clock(),
        expires: NEVER,
      })),
    );
    lake.addNote('dead-letter-replay', { letters: ids.length, sha256: sha256Hex(ids.join('\n')) });
    await lake.seal();
  } finally {
    await lake.close();
  }
}
