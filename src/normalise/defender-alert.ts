import type { Actor, EventFields } from '../domain/event.ts';
import { callerIp } from './actor.ts';
import { defenderLevel, firstTime, receivedTime } from './common.ts';
import { cleanResourceId, get, idSegment, object, objects, text } from './fields.ts';
import type { Fields, Notes } from './fields.ts';
import type { NormaliseContext } from './normaliser.ts';

/** The alert itself: the record when it is flat (continuous export), its properties in the shape of the API. */
export const alertBody = (record: Fields): Fields | undefined => {
  const nested = object(record, 'properties');
  if (isAlertBody(nested)) return nested;
  return isAlertBody(record) ? record : undefined;
};

/** Rows of the table SecurityAlert count too: they are flat and named as the export is. */
function isAlertBody(body: Fields | undefined): boolean {
  if (body === undefined || text(body, 'alertType', 'alertDisplayName', 'alertName') === undefined)
    return false;
  return get(body, 'systemAlertId') !== undefined || get(body, 'compromisedEntity') !== undefined;
}

export function readAlert(
  record: Fields,
  alert: Fields,
  context: NormaliseContext,
  notes: Notes,
): EventFields {
  const resourceId = cleanResourceId(alertResource(record, alert));
  const operation = text(alert, 'alertType', 'alertName', 'alertDisplayName');
  const time =
    firstTime(alert, ['timeGenerated'], notes) ??
    firstTime(alert, ['timeGeneratedUtc'], notes) ??
    firstTime(alert, ['startTimeUtc'], notes) ??
    firstTime(alert, ['startTime'], notes) ??
    receivedTime(context, notes);
  if (resourceId === undefined) notes.missing.push('resourceId');
  return {
    class: 'defender_alert',
    time,
    category: text(alert, 'intent', 'tactics'),
    tenantId: tenantOf(alert) ?? text(record, 'tenantId'),
    subscriptionId:
      idSegment(resourceId, 'subscriptions') ?? idSegment(text(record, 'id')?.toLowerCase(), 'subscriptions'),
    resourceId,
    operation,
    // An alert says what was seen; whether it succeeded is for the analyst.
    outcome: 'unknown',
    actor: alertActor(alert, notes),
    target: text(alert, 'compromisedEntity'),
    severity: defenderLevel(get(alert, 'severity') ?? get(alert, 'alertSeverity')),
    correlationId: text(alert, 'correlationKey', 'systemAlertId') ?? text(record, 'name'),
    ...notes,
  };
}

const identifiers = (alert: Fields): readonly Fields[] => objects(alert, 'resourceIdentifiers');

const alertResource = (record: Fields, alert: Fields): string | undefined =>
  text(alert, 'azureResourceId') ??
  identifiers(alert)
    .map((item) => text(item, 'azureResourceId'))
    .find((id) => id !== undefined) ??
  text(alert, 'resourceId', '_resourceId') ??
  text(record, 'resourceId');

const tenantOf = (alert: Fields): string | undefined =>
  identifiers(alert)
    .map((item) => text(item, 'azureResourceTenantId', 'aadTenantId'))
    .find((id) => id !== undefined);

/** The first account and the first address among the entities; failing these, what the alert adds in words. */
function alertActor(alert: Fields, notes: Notes): Actor {
  const entities = objects(alert, 'entities');
  const ofType = (type: string): Fields | undefined =>
    entities.find((entity) => text(entity, 'type')?.toLowerCase() === type);
  const account = ofType('account');
  const extended = object(alert, 'extendedProperties');
  const user = text(account, 'name') ?? text(extended, 'Client principal name', 'User name');
  const suffix = text(account, 'upnSuffix');
  const ip = callerIp(ofType('ip'), notes, 'address') ?? callerIp(extended, notes, 'Client IP address');
  const id = text(account, 'aadUserId', 'sid');
  return {
    id,
    name: user !== undefined && suffix !== undefined && !user.includes('@') ? `${user}@${suffix}` : user,
    type: id === undefined && user === undefined ? 'unknown' : 'user',
    ip,
  };
}
