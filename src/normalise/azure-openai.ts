import type { Actor, ActorType } from '../domain/event.ts';
import { callerIp } from './actor.ts';
import { isActivity } from './azure-activity.ts';
import { eventFields, categoryOf, httpOutcome, properties, readCommon } from './common.ts';
import { fieldsOf, get, newNotes, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const provider = '/microsoft.cognitiveservices/';
/** Categories that no other service has, for records that lost their resource id. */
const ownCategories = new Set(['requestresponse', 'azureopenairequestusage']);

/** Azure OpenAI, AI Services, Cognitive Services and Foundry: they share one resource provider and one schema. */
export const azureOpenai: Normaliser = {
  type: 'azure_openai',
  summary: 'Azure OpenAI, AI Services and Foundry accounts: audit, requests, traces, usage.',
  classes: [
    {
      id: 'azure_openai',
      title: 'Azure OpenAI and AI Services',
      logSources: [{ product: 'azure', service: 'openai' }],
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    const category = categoryOf(record);
    if (category === '' || isActivity(record)) return false;
    const resourceId = text(record, 'resourceId');
    return resourceId === undefined
      ? ownCategories.has(category)
      : resourceId.toLowerCase().includes(provider);
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties'], notes);
    const payload = properties(record);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const own = {
      outcome: httpOutcome(text(record, 'resultSignature'), text(record, 'resultType')),
      actor: actor(record, payload, notes),
      target: text(payload, 'modelDeploymentName', 'modelName'),
    };
    return { record: record.raw, fields: eventFields('azure_openai', common, own, notes) };
  },
};

/**
 * The object id of the caller is empty when a key was used; who holds the key is not recorded. The last octet of
 * the address is masked. `Tenant` in these records is a region, not a tenant.
 */
function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const ip = callerIp(record, notes, 'callerIpAddress');
  const id = text(payload, 'objectId');
  return { id, name: undefined, type: actorType(id, get(payload, 'objectId')), ip };
}

const actorType = (id: string | undefined, raw: unknown): ActorType =>
  id === undefined && raw === '' ? 'key' : 'unknown';
