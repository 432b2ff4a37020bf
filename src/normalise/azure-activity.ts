import type { Actor, Outcome } from '../domain/event.ts';
import type { JsonObject } from '../lib/json.ts';
import { callerIp, claimsActor, principalType } from './actor.ts';
import { eventFields, categoryOf, firstOutcome, properties, readCommon } from './common.ts';
import { cleanResourceId, fieldsOf, newNotes, object, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const categories = new Set([
  'administrative',
  'security',
  'servicehealth',
  'alert',
  'recommendation',
  'policy',
  'autoscale',
  'resourcehealth',
]);
/** Before the eight categories were exported, the last part of the operation stood in their place. */
const verbs = new Set(['write', 'delete', 'action']);
/** What Azure itself raises: nobody acted. */
const raisedByAzure = new Set([
  'servicehealth',
  'resourcehealth',
  'alert',
  'recommendation',
  'autoscale',
  'security',
]);

const tenantClaim = 'http://schemas.microsoft.com/identity/claims/tenantid';

export function isActivity(record: Fields): boolean {
  const category = categoryOf(record);
  if (!verbs.has(category)) return categories.has(category);
  return text(record, 'operationName', 'OperationNameValue')?.includes('/') === true;
}

/** Azure Activity Log: diagnostic settings export, REST shape, and rows of the table AzureActivity. */
export const azureActivity: Normaliser = {
  type: 'azure_activity',
  summary: 'Activity Log of subscriptions: who changed which Azure resource, in eight categories.',
  classes: [
    {
      id: 'azure_activity',
      title: 'Azure Activity Log',
      logSources: [{ product: 'azure', service: 'activitylogs' }],
    },
  ],
  accepts: (received) => isActivity(fieldsOf(received)),
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties', 'identity', 'claims', 'authorization'], notes);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const payload = properties(record);
    const entity = cleanResourceId(text(payload, 'entity'));
    const own = {
      tenantId: text(claimsOf(record), tenantClaim) ?? text(payload, 'tenantId'),
      outcome: outcome(record),
      actor: actor(record, payload, notes),
      target: entity === common.resourceId ? undefined : entity,
    };
    return { record: record.raw, fields: eventFields('azure_activity', common, own, notes) };
  },
};

const claimsOf = (record: Fields): Fields | undefined =>
  object(object(record, 'identity'), 'claims', 'claim') ?? object(record, 'claims');

/** `Start` and `Accept` say that the operation is under way: its end is a record of its own. */
function outcome(record: Fields): Outcome {
  const word = text(record, 'resultType', 'ActivityStatusValue', 'status');
  if (word !== undefined && /^(?:start|accept)/i.test(word)) return 'unknown';
  return firstOutcome(word, text(record, 'resultSignature')?.replace(/\..*$/, ''));
}

function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const claims = claimsOf(record);
  const request = object(record, 'httpRequest');
  const ip =
    callerIp(record, notes, 'callerIpAddress') ??
    callerIp(claims, notes, 'ipaddr') ??
    callerIp(request, notes, 'clientIpAddress');
  const evidence = object(object(object(record, 'identity'), 'authorization'), 'evidence');
  const principal = principalType(text(evidence, 'principalType'));
  const caller = text(record, 'caller');
  if (claims !== undefined) {
    const found = claimsActor(claims, ip);
    const type = found.type === 'managed_identity' ? found.type : (principal ?? found.type);
    return {
      ...found,
      id: found.id ?? text(evidence, 'principalId'),
      name: found.name ?? nameOf(caller),
      type,
    };
  }
  const elevated = callerInfo(payload);
  if (elevated.id !== undefined || elevated.name !== undefined) return { ...elevated, ip };
  const id = text(evidence, 'principalId');
  const isAzure = id === undefined && caller === undefined && raisedByAzure.has(categoryOf(record));
  if (isAzure) return { id: undefined, name: undefined, type: 'azure', ip };
  const isUser = caller?.includes('@') === true;
  return {
    id: id ?? (isUser ? undefined : caller),
    name: isUser ? caller : undefined,
    type: principal ?? (isUser ? 'user' : 'unknown'),
    ip,
  };
}

const nameOf = (caller: string | undefined): string | undefined =>
  caller?.includes('@') === true || caller?.includes('/') === true ? caller : undefined;

/** Privileged Identity Management has no claims; it lists the caller as pairs of type and value, as JSON text. */
function callerInfo(payload: Fields): Omit<Actor, 'ip'> {
  const raw = text(payload, 'CallerInfo');
  const pairs = new Map<string, string>();
  if (raw !== undefined) {
    try {
      for (const item of JSON.parse(raw) as readonly JsonObject[]) {
        const pair = fieldsOf(item);
        const value = text(pair, 'CallerIdentityValue');
        if (value !== undefined) pairs.set(text(pair, 'CallerIdentityType') ?? '', value);
      }
    } catch {
      // Not a list of pairs: then nothing is known of the caller.
    }
  }
  return {
    id: pairs.get('ObjectID'),
    name: pairs.get('UPN') ?? pairs.get('Username') ?? pairs.get('Name'),
    type: principalType(pairs.get('ObjectClass')) ?? 'unknown',
  };
}
