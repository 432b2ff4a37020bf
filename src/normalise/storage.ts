import type { Actor, ActorType } from '../domain/event.ts';
import { callerIp, principalType } from './actor.ts';
import { eventFields, categoryOf, httpOutcome, properties, readCommon } from './common.ts';
import { fieldsOf, newNotes, object, objects, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const categories = new Set(['storageread', 'storagewrite', 'storagedelete']);
const service = /\/storageaccounts\/[^/]+\/(?:blob|file|queue|table)services\//i;

/** Blob, file, queue and table storage: every request that reads, writes or deletes. */
export const storage: Normaliser = {
  type: 'storage',
  summary: 'Storage accounts: reads, writes and deletes of blobs, files, queues and tables.',
  classes: [
    { id: 'storage', title: 'Storage request', logSources: [{ product: 'azure', service: 'storage' }] },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    const category = categoryOf(record);
    return category === '' ? isRequest(record) : categories.has(category);
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties', 'identity'], notes);
    const payload = properties(record);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const identity = object(record, 'identity');
    const own = {
      tenantId: text(object(identity, 'requester'), 'tenantId') ?? text(record, 'requesterTenantId'),
      outcome: httpOutcome(text(record, 'statusCode'), text(record, 'statusText')),
      actor: actor(record, identity, notes),
      target: text(payload, 'objectKey'),
    };
    return { record: record.raw, fields: eventFields('storage', common, own, notes) };
  },
};

/** A request that lost its category still names the service of the account and an operation; a metric does not. */
const isRequest = (record: Fields): boolean =>
  service.test(text(record, 'resourceId') ?? '') && text(record, 'operationName') !== undefined;

/**
 * With a key or a SAS nobody is named. The token hash still tells one key or one SAS from another, and is no
 * secret. A SAS signed by delegation does name the user who delegated.
 */
function actor(record: Fields, identity: Fields | undefined, notes: Notes): Actor {
  const ip = callerIp(record, notes, 'callerIpAddress');
  const requester = object(identity, 'requester');
  const [authorization] = objects(identity, 'authorization');
  const [principal] = objects(authorization, 'principals');
  const kind = text(identity, 'type') ?? text(record, 'authenticationType');
  const type = actorType(kind) ?? principalType(text(principal, 'type')) ?? 'unknown';
  const objectId = text(requester, 'objectId') ?? text(record, 'requesterObjectId') ?? text(principal, 'id');
  return {
    id: objectId ?? text(requester, 'appId') ?? text(identity, 'tokenHash'),
    name: text(requester, 'upn') ?? text(record, 'requesterUpn'),
    type,
    ip,
  };
}

function actorType(kind: string | undefined): ActorType | undefined {
  switch (kind?.toLowerCase()) {
    case 'sas':
    case 'delegationsas':
    case 'accountkey':
    case 'sharedkey':
      return 'key';
    case 'anonymous':
      return 'anonymous';
    case 'trustedaccess':
      return 'azure';
    default:
      return undefined;
  }
}
