import { callerIp, claimsActor, unknownActor } from './actor.ts';
import { eventFields, categoryOf, httpOutcome, properties, readCommon } from './common.ts';
import { fieldsOf, get, newNotes, object, opened, text } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const categories = new Set(['auditevent', 'azurepolicyevaluationdetails']);
const provider = /\/microsoft\.keyvault\//i;
const host = /^https:\/\/[^/]*\.(?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net)(?:[:/]|$)/i;

/** Key Vault and Managed HSM: every request to keys, secrets, certificates and the vault itself. */
export const keyVault: Normaliser = {
  type: 'key_vault',
  summary: 'Key Vault audit events: requests to keys, secrets, certificates and vaults.',
  classes: [
    {
      id: 'key_vault',
      title: 'Key Vault audit event',
      logSources: [{ product: 'azure', service: 'keyvault' }],
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    return categories.has(categoryOf(record)) && isVault(record);
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties', 'identity'], notes);
    const payload = properties(record);
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category']);
    const ip = callerIp(record, notes, 'callerIpAddress');
    const claims = object(object(record, 'identity'), 'claim', 'claims');
    const own = {
      // A refused request is still of result type `Success`: only the HTTP status tells.
      outcome: httpOutcome(
        text(payload, 'httpStatusCode'),
        text(record, 'resultSignature'),
        text(record, 'resultType'),
      ),
      actor: claims === undefined ? unknownActor(ip) : claimsActor(claims, ip),
      target: text(payload, 'id') ?? pathOf(text(payload, 'requestUri')),
    };
    return { record: record.raw, fields: eventFields('key_vault', common, own, notes) };
  },
};

/** Other services have a category AuditEvent too. A record without resource id is known by the address asked. */
function isVault(record: Fields): boolean {
  const resourceId = text(record, 'resourceId');
  if (resourceId !== undefined) return provider.test(resourceId);
  const raw = get(record, 'properties');
  if (typeof raw === 'string') return /\.(?:vault|managedhsm)\.azure\.net/i.test(raw);
  const payload = object(record, 'properties');
  return host.test(text(payload, 'id') ?? '') || host.test(text(payload, 'requestUri') ?? '');
}

/** An address without its query, which names nothing. */
const pathOf = (uri: string | undefined): string | undefined => uri?.replace(/[?#].*$/s, '');
