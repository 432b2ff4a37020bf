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
  ['operationName', 'OperationNameValue', 'EventName', 'metricName'],
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
      operation: text(record, 'EventName', 'metricName'),
      outcome: httpOutcome(
        text(record, 'statusCode') ?? text(payload, 'httpStatusCode', 'httpStatus'),
        status,
        firstOutcome(text(record, 'resultSignature'), text(payload, 'result')),
      ),
      actor: actor(record, payload, notes),
      target: undefined,
    };
    return { record: record.raw, fields: eventFields('azure_resource', common, own, notes) };
  },
};

function actor(record: Fields, payload: Fields, notes: Notes): Actor {
  const ip =
    callerIp(record, notes, 'callerIpAddress') ??
    callerIp(
      payload,
      notes,
      'ipAddress',
      'clientIp',
      'clientIpAddress',
      'callerIpAddress',
      'ip',
      'client_ip',
    );
  const claims = object(object(record, 'identity'), 'claims', 'claim');
  if (claims !== undefined) return claimsActor(claims, ip);
  const userId = text(payload, 'userId', 'userObjectId');
  const userName =
    text(payload, 'userPrincipalName', 'userDisplayName', 'user', 'server_principal_name') ??
    text(record, 'identity');
  if (userId !== undefined || userName !== undefined) return { id: userId, name: userName, type: 'user', ip };
  const id = text(payload, 'servicePrincipalId', 'appId');
  const name = text(payload, 'servicePrincipalName') ?? text(record, 'caller');
  const isApp = id !== undefined && get(payload, 'servicePrincipalId') !== undefined;
  return { id, name, type: isApp ? 'service_principal' : 'unknown', ip };
}
