import type { Actor, Outcome } from '../domain/event.ts';
import { callerIp } from './actor.ts';
import { eventFields, categoryOf, firstTime, properties, readCommon } from './common.ts';
import { asText, fieldsOf, get, newNotes, object, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const categories = new Set([
  'signinlogs',
  'noninteractiveusersigninlogs',
  'serviceprincipalsigninlogs',
  'managedidentitysigninlogs',
  'microsoftserviceprincipalsigninlogs',
  'adfssigninlogs',
]);
/** Rows of Log Analytics carry these as JSON text. */
const embedded = [
  'properties',
  'status',
  'locationDetails',
  'deviceDetail',
  'mfaDetail',
  'authenticationDetails',
  'conditionalAccessPolicies',
  'networkLocationDetails',
] as const;

/** Sign-ins to Entra ID: users, service principals, managed identities, AD FS. */
export const entraSignin: Normaliser = {
  type: 'entra_signin',
  summary: 'Entra ID sign-ins of users, service principals and managed identities, and through AD FS.',
  classes: [
    {
      id: 'entra_signin',
      title: 'Entra ID sign-in',
      logSources: [{ product: 'azure', service: 'signinlogs' }],
    },
  ],
  accepts: (received) => categories.has(categoryOf(fieldsOf(received))),
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), embedded, notes);
    const payload = properties(record);
    // The record's own time is when it was written, minutes after the sign-in.
    const happened = firstTime(payload, ['createdDateTime'], notes);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category'], happened);
    const own = {
      outcome: outcome(record, payload),
      actor: actor(record, payload, notes),
      target: text(payload, 'resourceDisplayName', 'appDisplayName', 'resourceIdentity'),
      correlationId: text(payload, 'correlationId'),
    };
    return { record: record.raw, fields: eventFields('entra_signin', common, own, notes) };
  },
};

/** The error code decides: 0 is a sign-in, anything else is none (interrupts such as a pending MFA included). */
function outcome(record: Fields, payload: Fields): Outcome {
  const code = text(record, 'resultType') ?? asText(get(object(payload, 'status'), 'errorCode'));
  if (code === undefined) return 'unknown';
  return code === '0' ? 'success' : 'failure';
}

function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const ip = callerIp(record, notes, 'callerIpAddress') ?? callerIp(payload, notes, 'ipAddress');
  const category = categoryOf(record);
  if (category === 'managedidentitysigninlogs' || category.endsWith('serviceprincipalsigninlogs')) {
    return {
      id: text(payload, 'servicePrincipalId', 'appId'),
      name: text(payload, 'servicePrincipalName', 'appDisplayName'),
      type: category === 'managedidentitysigninlogs' ? 'managed_identity' : 'service_principal',
      ip,
    };
  }
  return {
    id: text(payload, 'userId'),
    name:
      text(payload, 'userPrincipalName', 'signInIdentifier', 'userDisplayName') ?? text(record, 'identity'),
    type: 'user',
    ip,
  };
}
