import type { EventFields, Outcome } from '../domain/event.ts';
import { unknownActor } from './actor.ts';
import { defenderLevel, firstTime } from './common.ts';
import { alertBody, readAlert } from './defender-alert.ts';
import {
  cleanResourceId,
  fieldsOf,
  get,
  idSegment,
  newNotes,
  noteCoerced,
  object,
  opened,
  text,
} from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { NormaliseContext, Normaliser } from './normaliser.ts';

type PostureClass =
  | 'defender_assessment'
  | 'defender_subassessment'
  | 'defender_regulatory'
  | 'defender_secure_score'
  | 'defender_pricing';

/** Resource types of what continuous export sends, lower-cased. Singular and plural were both seen. */
const postureTypes: readonly (readonly [type: RegExp, id: PostureClass])[] = [
  [/\/regulatorycompliance(?:standard|control|assessment)s?$/, 'defender_regulatory'],
  [/^microsoft\.security\/pricings$/, 'defender_pricing'],
  [/\/securescores?\/securescorecontrols?$/, 'defender_secure_score'],
  [/^microsoft\.security\/securescores$/, 'defender_secure_score'],
  [/\/assessments\/subassessments$/, 'defender_subassessment'],
  [/^microsoft\.security\/assessments$/, 'defender_assessment'],
];

const typeOf = (record: Fields): string => text(record, 'type')?.toLowerCase() ?? '';
const postureClass = (record: Fields): PostureClass | undefined => {
  const type = typeOf(record);
  return postureTypes.find(([pattern]) => pattern.test(type))?.[1];
};

const service = (name: string) => [{ product: 'azure', service: name }];

/** Microsoft Defender for Cloud: alerts and the kinds of posture, PascalCase or camelCase. */
export const defender: Normaliser = {
  type: 'defender',
  summary:
    'Defender for Cloud, exported or read: alerts, assessments, regulatory compliance, secure score, plans.',
  classes: [
    { id: 'defender_alert', title: 'Defender for Cloud alert', logSources: service('defender_alert') },
    {
      id: 'defender_assessment',
      title: 'Defender for Cloud assessment',
      logSources: service('defender_assessment'),
    },
    {
      id: 'defender_subassessment',
      title: 'Defender for Cloud sub-assessment',
      logSources: service('defender_subassessment'),
    },
    {
      id: 'defender_regulatory',
      title: 'Defender for Cloud regulatory compliance',
      logSources: service('defender_regulatory'),
    },
    {
      id: 'defender_secure_score',
      title: 'Defender for Cloud secure score control',
      logSources: service('defender_secure_score'),
    },
    {
      id: 'defender_pricing',
      title: 'Defender for Cloud plan',
      logSources: service('defender_pricing'),
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    return postureClass(record) !== undefined || (get(record, 'category') === undefined && isAlert(record));
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(
      fieldsOf(received),
      ['properties', 'entities', 'extendedProperties', 'resourceIdentifiers'],
      notes,
    );
    const kind = postureClass(record);
    if (kind !== undefined) return { record: record.raw, fields: readPosture(kind, record, context, notes) };
    return { record: record.raw, fields: readAlert(record, alertBody(record) ?? record, context, notes) };
  },
};

/** The body of an alert may be JSON text still. */
const isAlert = (record: Fields): boolean =>
  typeOf(record).endsWith('/alerts') || alertBody(record) !== undefined;

function readPosture(id: PostureClass, record: Fields, context: NormaliseContext, notes: Notes): EventFields {
  const payload = object(record, 'properties') ?? fieldsOf({});
  const status = object(payload, 'status');
  const ownId = cleanResourceId(text(record, 'id'));
  const resourceId = assessedResource(payload, ownId);
  if (resourceId === undefined) notes.missing.push('resourceId');
  const severity = get(object(payload, 'metadata'), 'severity') ?? get(status, 'severity');
  const action = text(enrichment(record), 'action')?.toLowerCase();
  // A deletion carries the last state of something that is no longer assessed.
  const outcome = action === 'delete' ? 'unknown' : postureOutcome(payload, status);
  return {
    class: id,
    time: postureTime(record, payload, status, context, notes),
    category: text(record, 'type'),
    tenantId: text(record, 'tenantId'),
    subscriptionId: idSegment(ownId, 'subscriptions') ?? idSegment(resourceId, 'subscriptions'),
    resourceId,
    operation: [text(record, 'type'), action].filter((part) => part !== undefined).join('/'),
    outcome,
    actor: { ...unknownActor(undefined), type: 'azure' },
    target: text(payload, 'displayName', 'description') ?? text(record, 'name'),
    // A healthy resource is no finding, however severe the assessment would be if it failed.
    severity: outcome === 'failure' ? defenderLevel(severity) : 'informational',
    correlationId: undefined,
    ...notes,
  };
}

const enrichment = (record: Fields): Fields | undefined =>
  object(
    record,
    'securityEventDataEnrichment',
    'assessmentEventDataEnrichment',
    'subAssessmentEventDataEnrichment',
  );

/**
 * The resource that was assessed, not the assessment: named in the details, or what the id hangs below. A
 * regulatory or secure-score record is about a whole subscription and keeps its own id.
 */
function assessedResource(payload: Fields, ownId: string | undefined): string | undefined {
  const named = text(object(payload, 'resourceDetails'), 'id', 'nativeResourceId');
  const parent = /^(\/.+)\/providers\/microsoft\.security\/assessments\//.exec(ownId ?? '')?.[1];
  return cleanResourceId(named) ?? parent ?? ownId;
}

/**
 * A change is dated by its status; a weekly snapshot, or a record of a kind that has no time, says how things
 * stand on receipt.
 */
function postureTime(
  record: Fields,
  payload: Fields,
  status: Fields | undefined,
  context: NormaliseContext,
  notes: Notes,
): number {
  const isSnapshot = get(enrichment(record), 'isSnapshot') === true;
  const read = isSnapshot
    ? undefined
    : (firstTime(status, ['statusChangeDate'], notes) ?? firstTime(payload, ['timeGenerated'], notes));
  if (read !== undefined) return read;
  noteCoerced(notes, isSnapshot ? 'time:snapshot-received-at' : 'time:received-at');
  return context.receivedAt;
}

function postureOutcome(payload: Fields, status: Fields | undefined): Outcome {
  const word = text(status, 'code') ?? text(payload, 'state', 'pricingTier');
  const unhealthy = get(payload, 'unhealthyResourceCount');
  switch (word?.toLowerCase()) {
    case 'healthy':
    case 'passed':
    case 'standard':
      return 'success';
    case 'unhealthy':
    case 'failed':
    case 'free':
      return 'failure';
    case undefined:
      if (typeof unhealthy !== 'number') return 'unknown';
      return unhealthy > 0 ? 'failure' : 'success';
    default:
      return 'unknown';
  }
}
