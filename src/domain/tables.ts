import { captureId } from './capture.ts';
import type { StoredCapture } from './capture.ts';
import type { Decision, Observation } from './control.ts';
import type { DeadLetter, Event } from './event.ts';
import type { Finding } from './finding.ts';

/** What a column holds: `long` and `int` are whole numbers, `timestamp` is epoch ms in UTC. */
export type ColumnType = 'string' | 'long' | 'int' | 'timestamp' | 'bytes';
export type ColumnValue = string | number | Uint8Array | undefined;

/** One column of a table of the lake, and how it is read out of a row. */
export interface Column<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly isNullable: boolean;
  /** `repeats` when few distinct values make up the column: it is stored as a dictionary without a trial. */
  readonly values: 'repeats' | 'differs';
  /** True when single rows are looked up by it: files say quickly whether they hold a value. */
  readonly isKey?: true;
  readonly of: (row: Row) => ColumnValue;
}

/** A table of the lake. Every table is also partitioned by `day`, which lives in the path alone. */
export interface Table<Row> {
  readonly name: TableName;
  /** One sentence for the docs. */
  readonly description: string;
  readonly columns: readonly Column<Row>[];
}

export const tableNames = [
  'captures',
  'events',
  'findings',
  'observations',
  'decisions',
  'dead_letters',
] as const;
export type TableName = (typeof tableNames)[number];

/** A capture with its place in the evidence log. */
export interface CaptureRow {
  readonly leaf: number;
  readonly capture: StoredCapture;
  /** SHA-256 of the body as stored, hex. */
  readonly storedSha256: string;
  readonly redactions: string;
}

const column =
  (type: ColumnType, isNullable: boolean, values: Column<never>['values']) =>
  <Row>(name: string, of: (row: Row) => ColumnValue): Column<Row> => ({ name, type, isNullable, values, of });

/** A text that repeats (a class, a level, a source), one that does not (an id), and both when they may be absent. */
const word = column('string', false, 'repeats');
const text = column('string', false, 'differs');
const key = <Row>(name: string, of: (row: Row) => string): Column<Row> => ({
  ...text<Row>(name, of),
  isKey: true,
});
const maybeWord = column('string', true, 'repeats');
const maybeText = column('string', true, 'differs');
const time = column('timestamp', false, 'differs');
const maybeTime = column('timestamp', true, 'differs');
const long = column('long', false, 'differs');
const int = column('int', false, 'repeats');
const bytes = column('bytes', false, 'differs');

/** How a list of words stands in one column. */
export const joinWords = (words: readonly string[]): string => (words.length === 0 ? '' : words.join(','));

export const tables: {
  readonly captures: Table<CaptureRow>;
  readonly events: Table<Event>;
  readonly findings: Table<Finding>;
  readonly observations: Table<Observation>;
  readonly decisions: Table<Decision>;
  readonly dead_letters: Table<DeadLetter>;
} = {
  captures: {
    name: 'captures',
    description: 'Messages as received, secrets cut out, one row a message.',
    columns: [
      long('leaf', (row) => row.leaf),
      key('id', (row) => captureId(row.capture)),
      word('source', (row) => row.capture.source),
      word('stream', (row) => row.capture.stream),
      long('sequence', (row) => row.capture.sequence),
      maybeTime('enqueued_at', (row) => row.capture.enqueuedAt),
      time('received_at', (row) => row.capture.receivedAt),
      text('original_sha256', (row) => row.capture.originalSha256),
      key('stored_sha256', (row) => row.storedSha256),
      word('redactions', (row) => row.redactions),
      bytes('body', (row) => row.capture.body),
    ],
  },
  events: {
    name: 'events',
    description: 'Normalised records, one row a record; the record itself is in its capture.',
    columns: [
      text('id', (row) => row.id),
      time('time', (row) => row.time),
      word('class', (row) => row.class),
      maybeWord('category', (row) => row.category),
      maybeWord('tenant_id', (row) => row.tenantId),
      maybeWord('subscription_id', (row) => row.subscriptionId),
      maybeWord('resource_id', (row) => row.resourceId),
      maybeWord('operation', (row) => row.operation),
      word('outcome', (row) => row.outcome),
      maybeWord('actor_id', (row) => row.actor.id),
      maybeWord('actor_name', (row) => row.actor.name),
      word('actor_type', (row) => row.actor.type),
      maybeWord('actor_ip', (row) => row.actor.ip),
      maybeWord('target', (row) => row.target),
      word('severity', (row) => row.severity),
      maybeText('correlation_id', (row) => row.correlationId),
      word('source', (row) => row.source),
      long('leaf', (row) => row.evidence.leaf),
      int('record', (row) => row.evidence.record),
      word('missing', (row) => joinWords(row.missing)),
      word('coerced', (row) => joinWords(row.coerced)),
    ],
  },
  findings: {
    name: 'findings',
    description: 'Recorded matches of detections, with the fields that matched.',
    columns: [
      key('id', (row) => row.id),
      time('time', (row) => row.time),
      word('detection_id', (row) => row.detectionId),
      word('detection_name', (row) => row.detectionName),
      word('detection_version', (row) => row.detectionVersion),
      word('title', (row) => row.title),
      word('level', (row) => row.level),
      word('assertion', (row) => row.assertion),
      text('event_id', (row) => row.eventId),
      word('event_class', (row) => row.eventClass),
      long('leaf', (row) => row.evidence.leaf),
      int('record', (row) => row.evidence.record),
      word('source', (row) => row.source),
      maybeWord('tenant_id', (row) => row.tenantId),
      maybeWord('subscription_id', (row) => row.subscriptionId),
      maybeWord('resource_id', (row) => row.resourceId),
      maybeWord('operation', (row) => row.operation),
      maybeWord('actor_id', (row) => row.actor.id),
      maybeWord('actor_name', (row) => row.actor.name),
      word('actor_type', (row) => row.actor.type),
      maybeWord('actor_ip', (row) => row.actor.ip),
      maybeText('target', (row) => row.target),
      maybeText('correlation_id', (row) => row.correlationId),
      text('matched', (row) => JSON.stringify(row.matched)),
      word('techniques', (row) => JSON.stringify(row.techniques)),
    ],
  },
  observations: {
    name: 'observations',
    description: 'What one piece of evidence says about one assertion on one resource.',
    columns: [
      text('id', (row) => row.id),
      time('time', (row) => row.time),
      word('assertion', (row) => row.assertion),
      word('resource', (row) => row.resource),
      word('result', (row) => row.result),
      time('valid_until', (row) => row.validUntil),
      word('on_expiry', (row) => row.onExpiry),
      word('by', (row) => row.by),
      word('level', (row) => row.level),
      long('leaf', (row) => row.evidence.leaf),
      int('record', (row) => row.evidence.record),
      word('detail', (row) => row.detail),
    ],
  },
  decisions: {
    name: 'decisions',
    description: 'Approved exceptions and attestations, as people made them.',
    columns: [
      text('id', (row) => row.id),
      word('kind', (row) => row.kind),
      word('subject', (row) => row.subject),
      word('resource', (row) => row.resource),
      text('reason', (row) => row.reason),
      word('requested_by', (row) => row.requestedBy),
      word('approved_by', (row) => row.approvedBy),
      time('valid_from', (row) => row.from),
      time('expires', (row) => row.expires),
    ],
  },
  dead_letters: {
    name: 'dead_letters',
    description: 'Messages and records that could not be read, with their bytes and the reason.',
    columns: [
      word('source', (row) => row.source),
      word('stream', (row) => row.stream),
      long('sequence', (row) => row.sequence),
      long('leaf', (row) => row.evidence.leaf),
      int('record', (row) => row.evidence.record),
      time('received_at', (row) => row.receivedAt),
      word('reason', (row) => row.reason),
      text('detail', (row) => row.detail),
      bytes('bytes', (row) => row.bytes),
    ],
  },
};
