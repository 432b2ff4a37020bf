import type { Level } from '../domain/severity.ts';
import { callerIp } from './actor.ts';
import { categoryOf, eventFields, firstTime, properties, readCommon } from './common.ts';
import { fieldsOf, newNotes, opened, text } from './fields.ts';
import type { Normaliser } from './normaliser.ts';

const categories = new Set([
  'userriskevents',
  'riskyusers',
  'serviceprincipalriskevents',
  'riskyserviceprincipals',
]);

/** How high Entra ID rates the risk; `hidden` is what a licence does not show. */
const levels: ReadonlyMap<string, Level> = new Map([
  ['high', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
]);

/**
 * Risk detections of Entra ID Protection and the risk of users and workloads they add up to. Entra sends a detection
 * again whenever its state changes, so one is known by `properties.id` and `lastUpdatedDateTime` together.
 */
export const entraRisk: Normaliser = {
  type: 'entra_risk',
  summary: 'Entra ID Protection: risk detections, risky users and risky workloads.',
  classes: [
    {
      id: 'entra_risk',
      title: 'Entra ID risk',
      logSources: [{ product: 'azure', service: 'riskdetection' }],
    },
  ],
  accepts: (received) => categories.has(categoryOf(fieldsOf(received))),
  normalise: (received, context) => {
    const notes = newNotes();
    const record = opened(fieldsOf(received), ['properties', 'location'], notes);
    const payload = properties(record);
    // The record's own time is when it was written; a detection may be made days after what it is about.
    const happened = firstTime(
      payload,
      ['activityDateTime', 'detectedDateTime', 'riskLastUpdatedDateTime'],
      notes,
    );
    const common = readCommon(record, context, notes, ['resourceId', 'operationName', 'category'], happened);
    const severity = levels.get((text(payload, 'riskLevel') ?? '').toLowerCase()) ?? 'informational';
    const isUser = categoryOf(record).endsWith('userriskevents') || categoryOf(record) === 'riskyusers';
    const id = isUser ? text(payload, 'userId') : text(payload, 'servicePrincipalId', 'appId');
    const name = isUser
      ? (text(payload, 'userPrincipalName', 'userDisplayName') ?? text(record, 'identity'))
      : text(payload, 'servicePrincipalDisplayName', 'displayName');
    const own = {
      outcome: 'unknown',
      actor: {
        id: id ?? text(payload, 'id'),
        name,
        type: isUser ? 'user' : 'service_principal',
        ip: callerIp(payload, notes, 'ipAddress') ?? callerIp(record, notes, 'callerIpAddress'),
      },
      target: text(payload, 'riskEventType', 'riskState'),
      correlationId: text(payload, 'correlationId'),
    } as const;
    return { record: record.raw, fields: eventFields('entra_risk', { ...common, severity }, own, notes) };
  },
};
