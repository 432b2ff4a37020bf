import type { Actor } from '../domain/event.ts';
import { callerIp } from './actor.ts';
import { eventFields, categoryOf, firstOutcome, properties, readCommon } from './common.ts';
import { fieldsOf, get, newNotes, object, objects, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

/** Changes in the Entra directory, exported by diagnostic settings or as rows of the table AuditLogs. */
export const entraAudit: Normaliser = {
  type: 'entra_audit',
  summary: 'Entra ID audit log: changes to users, groups, applications, roles and policies.',
  classes: [
    {
      id: 'entra_audit',
      title: 'Entra ID audit log',
      // Alerts of Privileged Identity Management are audit records too (`Triggered PIM alert`).
      logSources: [
        { product: 'azure', service: 'auditlogs' },
        { product: 'azure', service: 'pim' },
      ],
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    return (categoryOf(record) === 'auditlogs' && isEntra(record)) || hasInitiator(properties(record));
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(
      fieldsOf(received),
      ['properties', 'initiatedBy', 'targetResources', 'additionalDetails'],
      notes,
    );
    const payload = properties(record);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const [target] = objects(payload, 'targetResources');
    const own = {
      operation: text(payload, 'activityDisplayName'),
      outcome: firstOutcome(
        text(payload, 'result'),
        text(record, 'resultType'),
        text(record, 'resultSignature'),
      ),
      actor: actor(record, payload, notes),
      target: text(target, 'userPrincipalName', 'displayName', 'id'),
      correlationId: text(payload, 'correlationId'),
    };
    return { record: record.raw, fields: eventFields('entra_audit', common, own, notes) };
  },
};

/** `AuditLogs` is a category of other services too (FHIR, for one): theirs name an ARM resource. */
function isEntra(record: Fields): boolean {
  const resourceId = text(record, 'resourceId');
  return resourceId === undefined || !/^\/subscriptions\//i.test(resourceId);
}

/** By its content: table rows and some forwarders put the kind of change in the place of the category. */
const hasInitiator = (payload: Fields): boolean =>
  (payload.raw['initiatedBy'] ?? payload.raw['InitiatedBy']) !== undefined &&
  get(payload, 'activityDateTime') !== undefined &&
  get(payload, 'loggedByService') !== undefined;

function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const initiator = object(payload, 'initiatedBy');
  const user = object(initiator, 'user');
  const app = object(initiator, 'app');
  const ip = callerIp(user, notes, 'ipAddress') ?? callerIp(record, notes, 'callerIpAddress');
  const identity = text(record, 'identity');
  if (user !== undefined && text(user, 'id', 'userPrincipalName', 'displayName') !== undefined) {
    const name = text(user, 'userPrincipalName', 'displayName') ?? identity;
    return { id: text(user, 'id'), name, type: 'user', ip };
  }
  if (app !== undefined) {
    const id = text(app, 'servicePrincipalId', 'appId');
    const name = text(app, 'displayName', 'servicePrincipalName') ?? identity;
    return { id, name, type: id === undefined && name === undefined ? 'unknown' : 'service_principal', ip };
  }
  return { id: undefined, name: identity, type: 'unknown', ip };
}
