import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { HOUR_MS, iso } from '../../lib/clock.ts';
import { curves, moments, someoneAtWork } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { places } from './sign-in-facts.ts';
import { entraResource } from './sign-ins.ts';
import { adminList, tenantId, workloadList } from './tenant.ts';
import type { Identity } from './tenant.ts';
import { fixedGuid, guid, hexText, iso7, usDate } from './text.ts';

export interface DirectoryChange {
  readonly time: number;
  readonly activity: string;
  readonly category:
    'UserManagement' | 'GroupManagement' | 'RoleManagement' | 'ApplicationManagement' | 'Device';
  readonly by: Identity;
  readonly target: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly upn?: string;
  };
  readonly changes?: readonly {
    readonly property: string;
    readonly from: string | null;
    readonly to: string;
  }[];
  readonly ip?: string;
  readonly correlationId?: string;
  readonly service?: string;
}

function initiator({ by, ip }: DirectoryChange): JsonObject {
  if (by.kind !== 'user') {
    return {
      app: { appId: null, displayName: by.name, servicePrincipalId: by.id, servicePrincipalName: null },
    };
  }
  return {
    user: { id: by.id, displayName: null, userPrincipalName: by.upn, ipAddress: ip ?? by.ip, roles: [] },
  };
}

/** One entry of the directory's audit log. */
export function directoryChange(change: DirectoryChange, random: Random): JsonObject {
  const { time, activity, by, target } = change;
  const correlationId = change.correlationId ?? guid(random);
  return {
    time: iso7(time, random),
    resourceId: entraResource,
    operationName: activity,
    operationVersion: '1.0',
    category: 'AuditLogs',
    tenantId,
    resultSignature: 'None',
    durationMs: 0,
    callerIpAddress: change.ip ?? by.ip,
    correlationId,
    identity: by.name,
    Level: 4,
    properties: {
      id: `Directory_${correlationId}_${hexText(random, 5).toUpperCase()}_${random.int(1_000_000, 99_999_999)}`,
      category: change.category,
      correlationId,
      result: 'success',
      resultReason: '',
      activityDisplayName: activity,
      activityDateTime: iso7(time, random).replace('Z', '+00:00'),
      loggedByService: change.service ?? 'Core Directory',
      operationType: 'Update',
      userAgent: null,
      initiatedBy: initiator(change),
      targetResources: [
        {
          id: target.id,
          displayName: target.name,
          type: target.type,
          ...(target.upn === undefined ? {} : { userPrincipalName: target.upn }),
          modifiedProperties: (change.changes ?? []).map(({ property, from, to }) => ({
            displayName: property,
            oldValue: from,
            newValue: to,
          })),
          administrativeUnits: [],
        },
      ],
      additionalDetails: [],
    },
  };
}

const everyday = [
  ['Update user', 'UserManagement'],
  ['Add member to group', 'GroupManagement'],
  ['Remove member from group', 'GroupManagement'],
  ['Update device', 'Device'],
  ['Change user password', 'UserManagement'],
  ['User registered security info', 'UserManagement'],
  ['Update StsRefreshTokenValidFrom Timestamp', 'UserManagement'],
] as const;

const managed = workloadList.filter(({ kind }) => kind === 'managed_identity');

/** A privileged role taken for a few hours and given back, as its three entries. */
function activation(hour: Hour, time: number): void {
  const { random } = hour;
  const person = random.pick(adminList);
  const role = random.pick(['Security Reader', 'Application Administrator', 'User Administrator']);
  const target = { id: person.id, name: person.name, type: 'User', upn: person.upn };
  const steps = [
    [0, 'Add member to role requested (PIM activation)'],
    [2_000, 'Add member to role completed (PIM activation)'],
    [4 * HOUR_MS, 'Remove member from role (PIM activation expired)'],
  ] as const;
  for (const [after, activity] of steps) {
    const change: DirectoryChange = {
      time: time + after,
      activity,
      category: 'RoleManagement',
      by: person,
      target,
      service: 'PIM',
      changes: [{ property: 'Role.DisplayName', from: null, to: JSON.stringify(role) }],
    };
    hour.emit('entra', change.time, directoryChange(change, random));
  }
}

/** Risk events carry US dates without a zone: the one Entra record that does. */
function riskEvent(hour: Hour, time: number): void {
  const { random } = hour;
  const person = someoneAtWork(hour);
  const id = hexText(random, 64);
  hour.emit('entra', time, {
    time: usDate(time),
    resourceId: entraResource.toLowerCase(),
    operationName: 'User Risk Detection',
    operationVersion: '1.0',
    category: 'UserRiskEvents',
    tenantId,
    resultSignature: 'None',
    durationMs: 0,
    callerIpAddress: person.ip,
    correlationId: id,
    identity: person.name.toLowerCase(),
    Level: 4,
    location: places[person.zone].country.toLowerCase(),
    properties: {
      id,
      riskType: 'unfamiliarFeatures',
      riskEventType: 'unfamiliarFeatures',
      riskState: 'dismissed',
      riskLevel: 'low',
      riskDetail: 'none',
      source: 'IdentityProtection',
      detectionTimingType: 'realtime',
      activity: 'signin',
      ipAddress: person.ip,
      activityDateTime: iso(time - 90_000),
      detectedDateTime: iso(time - 60_000),
      lastUpdatedDateTime: iso(time),
      userId: person.id,
      userDisplayName: person.name,
      userPrincipalName: person.upn,
      homeTenantId: tenantId,
      userType: 'member',
    },
  });
}

/** Azure renews the certificates behind managed identities by itself, and logs it like anybody's new credential. */
function certificateRotation(hour: Hour, time: number): void {
  const { random } = hour;
  const identity = random.pick(managed);
  const change: DirectoryChange = {
    time,
    activity: 'Add service principal credentials',
    category: 'ApplicationManagement',
    by: {
      kind: 'service_principal',
      id: fixedGuid('e0f2'),
      appId: fixedGuid('f0f2'),
      name: 'Managed Service Identity',
      ip: '',
    },
    target: { id: identity.id, name: identity.name, type: 'ServicePrincipal' },
    changes: [{ property: 'Included Updated Properties', from: null, to: '"KeyDescription"' }],
  };
  hour.emit('entra', time, directoryChange(change, random));
}

/** Group changes, devices, passwords, role activations: the directory's ordinary day. */
export function directoryTraffic(hour: Hour): void {
  const { random } = hour;
  for (const time of moments(hour, 520, curves.office)) {
    const [activity, category] = random.pick(everyday);
    const person = someoneAtWork(hour);
    const by = activity.startsWith('Change') || activity.startsWith('User') ? person : random.pick(adminList);
    const target = { id: person.id, name: person.name, type: 'User', upn: person.upn };
    hour.emit('entra', time, directoryChange({ time, activity, category, by, target }, random));
  }
  for (const time of moments(hour, 14, curves.office)) activation(hour, time);
  for (const time of moments(hour, 12, curves.office)) riskEvent(hour, time);
  for (const time of moments(hour, 2, curves.night)) certificateRotation(hour, time);
}
