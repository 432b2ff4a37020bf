import type { Actor, EventFields, Outcome } from '../domain/event.ts';
import type { Level } from '../domain/severity.ts';
import type { JsonValue } from '../lib/json.ts';
import { asText, cleanResourceId, get, idSegment, keyOf, noteCoerced, object, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { NormaliseContext } from './normaliser.ts';
import { readTime } from './time.ts';

/** The part of an event that the common schema of Azure Monitor says the same way for every source. */
export type CommonFields = Pick<
  EventFields,
  | 'time'
  | 'category'
  | 'tenantId'
  | 'subscriptionId'
  | 'resourceId'
  | 'operation'
  | 'severity'
  | 'correlationId'
>;

/** Fields that the schema of a source requires, by the name the schema gives them. */
export type Required = 'resourceId' | 'operationName' | 'category';

/**
 * Names of the time in the order they are trusted. All but the first are what was met in its place: gateways,
 * Event Hubs' own logs, the Activity Log's REST shape, Log Analytics rows.
 */
const timeNames = [
  'time',
  'timeStamp',
  'eventTimestamp',
  'EventTimeString',
  'TimeGenerated',
  'createdDateTime',
  'eventTime',
] as const;

/** Reads the common schema; `happened` is the time when the source says it better than the record does. */
export function readCommon(
  record: Fields,
  context: NormaliseContext,
  notes: Notes,
  required: readonly Required[],
  happened?: number,
): CommonFields {
  const time = happened ?? readEventTime(record, context, notes);
  const resourceId = cleanResourceId(
    text(record, 'resourceId', '_ResourceId', 'targetResourceID', 'flowLogResourceID', 'resourceUri'),
  );
  const operation = text(record, 'operationName', 'OperationNameValue');
  const category = text(record, 'category', 'CategoryValue', 'type');
  const found = { resourceId, operationName: operation, category };
  for (const name of required) if (found[name] === undefined) notes.missing.push(name);
  noteDuration(record, notes);
  return {
    time,
    category,
    tenantId: text(record, 'tenantId', 'AADTenantId') ?? idSegment(resourceId, 'tenants'),
    subscriptionId: idSegment(resourceId, 'subscriptions') ?? text(record, 'subscriptionId'),
    resourceId,
    operation,
    severity: readLevel(record, notes),
    correlationId: text(record, 'correlationId'),
  };
}

/** The category in lower case: what tells the sources apart. */
export const categoryOf = (record: Fields): string =>
  (text(record, 'category', 'CategoryValue') ?? '').toLowerCase();

/** When the event happened; the time of receipt when the record says nothing that can be read. */
function readEventTime(record: Fields, context: NormaliseContext, notes: Notes): number {
  return (
    firstTime(record, timeNames, notes) ??
    firstTime(
      properties(record),
      ['createdDateTime', 'activityDateTime', 'eventTime'],
      notes,
      'properties.',
    ) ??
    receivedTime(context, notes)
  );
}

/** The first of the names that holds a readable time. Any but the first, or one found elsewhere, is noted. */
export function firstTime(
  record: Fields | undefined,
  names: readonly string[],
  notes: Notes,
  elsewhere = '',
): number | undefined {
  if (record === undefined) return undefined;
  for (const name of names) {
    const value = get(record, name);
    if (value === undefined || value === null || value === '') continue;
    const read = readTime(value);
    if (read === undefined) noteCoerced(notes, 'time:unreadable');
    else {
      if (elsewhere !== '' || name !== names[0]) noteCoerced(notes, `time:from-${elsewhere}${name}`);
      if (read.how !== undefined) noteCoerced(notes, `time:${read.how}`);
      return read.ms;
    }
  }
  return undefined;
}

export function receivedTime(context: NormaliseContext, notes: Notes): number {
  notes.missing.push('time');
  noteCoerced(notes, 'time:received-at');
  return context.receivedAt;
}

/** The payload: `properties` when it is an object, else the record, since Log Analytics rows are flat. */
export const properties = (record: Fields): Fields => object(record, 'properties') ?? record;

function noteDuration(record: Fields, notes: Notes): void {
  const duration = get(record, 'durationMs');
  if (typeof duration === 'string' && duration !== '') noteCoerced(notes, 'durationMs:string-number');
  if (typeof duration !== 'object' && Number(duration) < 0) noteCoerced(notes, 'durationMs:negative');
}

/**
 * The level as text or as the number of Windows event tracing. An Activity Log error says that an operation
 * failed, not that someone attacks: it stays in the middle of Sigma's scale.
 */
const levelNames: ReadonlyMap<string, Level> = new Map([
  ['critical', 'critical'],
  ['error', 'medium'],
  ['warning', 'low'],
  ['1', 'critical'],
  ['2', 'medium'],
  ['3', 'low'],
]);

function readLevel(record: Fields, notes: Notes): Level {
  const key = keyOf(record, 'level');
  if (key === undefined) return 'informational';
  const value = record.raw[key];
  if (key !== 'level') noteCoerced(notes, 'level:case');
  if (typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))) {
    noteCoerced(notes, 'level:number');
  }
  return levelNames.get((asText(value) ?? '').toLowerCase()) ?? 'informational';
}

/** Defender's severity words; anything else is informational. */
export function defenderLevel(value: JsonValue | undefined): Level {
  switch ((asText(value) ?? '').toLowerCase()) {
    case 'critical':
      return 'critical';
    case 'high':
      return 'high';
    case 'medium':
      return 'medium';
    case 'low':
      return 'low';
    default:
      return 'informational';
  }
}

const succeeded = /^(?:succeeded|ok|passed|0)\.?$|success\.?$/i;
const failed =
  /^(?:fail|error|denied|unauthorized|forbidden|not ?found|bad ?request|conflict|timeout|blocked?)/i;

/** Success or failure by the words Azure uses for it, an HTTP status or `0`; anything in between is unknown. */
export function outcomeOf(value: string | undefined): Outcome {
  if (value === undefined) return 'unknown';
  if (value === '200' || value === 'Success') return 'success';
  if (/^\d{3}$/.test(value)) return Number(value) >= 400 ? 'failure' : 'success';
  if (succeeded.test(value)) return 'success';
  return failed.test(value) ? 'failure' : 'unknown';
}

/** The first value that says success or failure. */
export function firstOutcome(...values: readonly (string | undefined)[]): Outcome {
  for (const value of values) {
    const outcome = outcomeOf(value);
    if (outcome !== 'unknown') return outcome;
  }
  return 'unknown';
}

/** Azure's own status word wins over what it wraps: a failed HTTP status in a record marked `Success` is a failure. */
export const httpOutcome = (
  status: string | undefined,
  ...words: readonly (string | undefined)[]
): Outcome => (status !== undefined && /^\d{3}$/.test(status) ? outcomeOf(status) : firstOutcome(...words));

/** What a normaliser reads itself. Tenant, operation and correlation id fill in where the common schema has none. */
interface OwnFields {
  readonly outcome: Outcome;
  readonly actor: Actor;
  readonly target: string | undefined;
  readonly tenantId?: string | undefined;
  readonly operation?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** Every event is made here, member by member in one order: spreading objects costs more than reading a record. */
export const eventFields = (
  eventClass: string,
  common: CommonFields,
  own: OwnFields,
  notes: Notes,
): EventFields => ({
  class: eventClass,
  time: common.time,
  category: common.category,
  tenantId: common.tenantId ?? own.tenantId,
  subscriptionId: common.subscriptionId,
  resourceId: common.resourceId,
  operation: common.operation ?? own.operation,
  outcome: own.outcome,
  actor: own.actor,
  target: own.target,
  severity: common.severity,
  correlationId: common.correlationId ?? own.correlationId,
  missing: notes.missing,
  coerced: notes.coerced,
});
