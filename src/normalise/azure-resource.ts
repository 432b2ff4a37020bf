import type { Actor } from '../domain/event.ts';
import { callerIp, claimsActor } from './actor.ts';
import { eventFields, firstOutcome, httpOutcome, properties, readCommon } from './common.ts';
import { fieldsOf, get, newNotes, object, opened, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const timeNames = [
  'time',
  'timeStamp',
  'eventTimestamp',
  'EventTimeString',
  'TimeGenerated',
  'createdDateTime',
];
const identityNames = [
  ['resourceId', '_ResourceId', 'targetResourceID', 'flowLogResourceID', 'resourceUri'],
  ['category', 'CategoryValue', 'type'],
  ['operationName', 'OperationNameValue', 'EventName', 'ActivityName', 'metricName'],
] as const;

/** Metrics share hubs with logs and have neither category nor operation. */
const ofMetrics = ['resourceId'] as const;
const ofLogs = ['resourceId', 'operationName', 'category'] as const;

const has = (record: Fields, names: readonly string[]): boolean =>
  names.some((name) => text(record, name) !== undefined);

/**
 * Any other record that follows the common schema, so that nothing is lost: risk events, firewalls, gateways,
 * clusters, databases, metrics, Defender XDR tables. Last in the registry.
 */
export const azureResource: Normaliser = {
  type: 'azure_resource',
  summary: 'Any other record with the common schema of Azure Monitor.',
  classes: [
    {
      id: 'azure_resource',
      title: 'Azure resource log',
      logSources: [{ product: 'azure', service: 'resource' }],
    },
  ],
  accepts: (received) => {
    const record = fieldsOf(received);
    const said = identityNames.filter((names) => has(record, names)).length;
    return said >= 2 || (said === 1 && has(record, timeNames));
  },
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties', 'identity'], notes);
    const payload = properties(record);
    const isMetric = get(record, 'metricName') !== undefined;
    const common = readCommon(record, context, notes, isMetric ? ofMetrics : ofLogs);
    const status = text(record, 'resultType', 'status', 'result');
    const own = {
      operation: text(record, 'EventName', 'ActivityName', 'metricName'),
      outcome: httpOutcome(
        text(record, 'statusCode') ?? text(payload, 'httpStatusCode', 'httpStatus', 'ScStatus'),
        status,
        firstOutcome(text(record, 'resultSignature'), text(payload, 'result')),
      ),
      actor: actor(record, payload, notes),
      target: undefined,
    };
    return { record: record.raw, fields: eventFields('azure_resource', common, own, notes) };
  },
};

/** Names of the caller's address, most telling first; gateways and brokers have one of their own. */
function address(record: Fields, payload: Fields, notes: Notes): string | undefined {
  return (
    callerIp(record, notes, 'callerIpAddress', 'clientIp') ??
    callerIp(
      payload,
      notes,
      'ipAddress',
      'clientIp',
      'clientIpAddress',
      'callerIpAddress',
      'client_ip',
      'ip',
      'CIp',
    )
  );
}

function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const ip = address(record, payload, notes);
  const claims = object(object(record, 'identity'), 'claims', 'claim');
  if (claims !== undefined) return claimsActor(claims, ip);
  const userId = text(payload, 'userId', 'userObjectId');
  const userName = text(payload, 'userPrincipalName', 'userDisplayName', 'user', 'server_principal_name');
  if (userId !== undefined || userName !== undefined) return { id: userId, name: userName, type: 'user', ip };
  const principal = text(payload, 'servicePrincipalId');
  // Event Hubs and Service Bus name the shared access policy that was used.
  const policy = text(record, 'authType')?.toLowerCase() === 'sas' ? text(record, 'authId') : undefined;
  return {
    id: principal ?? policy ?? text(payload, 'appId'),
    name: text(payload, 'servicePrincipalName') ?? text(record, 'identity', 'caller'),
    type: principal === undefined ? (policy === undefined ? 'unknown' : 'key') : 'service_principal',
    ip,
  };
}
