import { HOUR_MS } from '../../lib/clock.ts';
import { curves, moments } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { accountList, cluster, gateway, region, storageList, subscription } from './estate.ts';
import { adminList, tenantId, workloads } from './tenant.ts';
import type { Person } from './tenant.ts';
import { guid, iso7, iso7WithoutZone } from './text.ts';

const hub = 'insights-activity-logs';

function policyAudit(hour: Hour, time: number): void {
  const { random } = hour;
  const resource = random.pick(storageList);
  hour.emit(hub, time, {
    time: iso7(time, random),
    resourceId: resource.id.toUpperCase(),
    operationName: 'MICROSOFT.AUTHORIZATION/POLICIES/AUDIT/ACTION',
    category: 'Policy',
    resultType: 'Success',
    resultSignature: 'Succeeded.',
    durationMs: '0',
    callerIpAddress: workloads.terraform.ip,
    correlationId: guid(random),
    identity: {
      authorization: { scope: resource.id, action: 'Microsoft.Storage/storageAccounts/write' },
      claims: { appid: workloads.terraform.appId },
    },
    level: 'Warning',
    properties: {
      isComplianceCheck: 'False',
      resourceLocation: region,
      ancestors: tenantId,
      policies: JSON.stringify([
        {
          policyDefinitionName: '4733ea7b-a883-42fe-8cac-97454c2a9e4a',
          policyDefinitionDisplayName: 'Storage accounts should have infrastructure encryption',
          policyDefinitionEffect: 'Audit',
          policyAssignmentName: 'SecurityCenterBuiltIn',
          policyAssignmentScope: subscription,
        },
      ]),
      eventCategory: 'Policy',
      entity: resource.id,
      message: 'Microsoft.Authorization/policies/audit/action',
      hierarchy: '',
    },
    tenantId,
  });
}

function autoscale(hour: Hour, time: number): void {
  const { random } = hour;
  const before = random.int(2, 6);
  const after = random.chance(0.5) ? before + 1 : before - 1;
  hour.emit(hub, time, {
    Level: 5,
    category: 'Autoscale',
    location: 'global',
    resourceId:
      `${subscription}/resourceGroups/rg-platform/providers/microsoft.insights/autoscalesettings/apim-scale`.toUpperCase(),
    time: iso7(time, random),
    level: 'Informational',
    correlationId: guid(random),
    operationName: `MICROSOFT.INSIGHTS/AUTOSCALESETTINGS/SCALE${after > before ? 'UP' : 'DOWN'}/ACTION`,
    resultType: 'Succeeded',
    properties: {
      Description: `The autoscale engine attempting to scale resource '${gateway.id}' from ${before} instances count to ${after} instances count.`,
      ResourceName: gateway.id,
      OldInstancesCount: String(before),
      NewInstancesCount: String(after),
      LastScaleActionTime: new Date(time).toUTCString(),
    },
    tenantId,
    identity: {
      claims: {
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/spn': 'Microsoft.Insights/autoscaleSettings',
      },
    },
  });
}

function serviceHealth(hour: Hour, time: number): void {
  const { random } = hour;
  const title = 'Planned maintenance for Azure API Management in UK South';
  hour.emit(hub, time, {
    time: iso7WithoutZone(time, random),
    resourceId: subscription,
    operationName: 'Microsoft.ServiceHealth/maintenance/action',
    category: 'ServiceHealth',
    resultType: 'Active',
    resultDescription: `Active: ${title}`,
    correlationId: guid(random),
    level: 'Informational',
    location: 'global',
    properties: {
      title,
      service: 'API Management',
      region: 'UK South',
      incidentType: 'Maintenance',
      trackingId: `NWH${random.int(0, 9)}-${random.int(100, 999)}`,
      impactStartTime: iso7(time + 26 * HOUR_MS, random),
      stage: 'Planned',
      isHIR: false,
      IsSynthetic: 'False',
    },
    tenantId,
  });
}

function resourceHealth(hour: Hour, time: number): void {
  const { random } = hour;
  const resource = random.pick([cluster, gateway, ...accountList]);
  const wentDown = random.chance(0.5);
  hour.emit(hub, time, {
    time: iso7(time, random),
    correlationId: guid(random),
    level: wentDown ? 'Warning' : 'Informational',
    resultType: wentDown ? 'Active' : 'Resolved',
    operationName: `Microsoft.Resourcehealth/healthevent/${wentDown ? 'Activated' : 'Resolved'}/action`,
    resourceId: resource.id.toUpperCase(),
    properties: {
      title: wentDown ? 'Degraded' : 'Available',
      details: '',
      currentHealthStatus: wentDown ? 'Degraded' : 'Available',
      previousHealthStatus: wentDown ? 'Available' : 'Degraded',
      type: 'Downtime',
      cause: 'PlatformInitiated',
    },
    category: 'ResourceHealth',
    location: 'global',
  });
}

const pimEvents = {
  activate: {
    operation: 'Add member to role completed (PIM activation)',
    event: 'ActivateRole',
    action: 'Grant',
  },
  expire: {
    operation: 'Remove member from role (PIM activation expired)',
    event: 'RemoveActivatedRole',
    action: 'Revoke',
  },
} as const;

function pim(hour: Hour, time: number, person: Person, kind: keyof typeof pimEvents): void {
  const { random } = hour;
  const { operation, event, action } = pimEvents[kind];
  hour.emit(hub, time, {
    location: 'global',
    resultType: 'Succeeded',
    time: iso7(time, random),
    ...(kind === 'activate' ? { callerIpAddress: person.ip } : {}),
    resourceId: subscription.toUpperCase(),
    correlationId: guid(random),
    operationName: operation,
    category: 'Administrative',
    properties: {
      SubscriptionID: subscription.slice('/subscriptions/'.length),
      ResourceProviderName: 'azurerbac',
      ResourceType: 'subscription',
      TenantID: tenantId,
      EventName: event,
      ActionType: action,
      RoleDefinition: 'Contributor',
      CallerInfo: JSON.stringify([
        { CallerIdentityType: 'UPN', CallerIdentityValue: person.upn },
        { CallerIdentityType: 'ObjectID', CallerIdentityValue: person.id },
      ]),
      ...(kind === 'activate' ? { Justification: `CHG-${random.int(10_000, 99_999)} release window` } : {}),
      SubjectID: person.id,
      SubjectName: person.name,
    },
  });
}

/** What Azure itself writes into the Activity Log: policy, autoscale, health, privileged identity management. */
export function activityPlatform(hour: Hour): void {
  for (const time of moments(hour, 520, curves.application)) policyAudit(hour, time);
  for (const time of moments(hour, 90, curves.application)) autoscale(hour, time);
  for (const time of moments(hour, 4, curves.steady)) serviceHealth(hour, time);
  for (const time of moments(hour, 12, curves.steady)) resourceHealth(hour, time);
  for (const time of moments(hour, 14, curves.office)) {
    const person = hour.random.pick(adminList);
    pim(hour, time, person, 'activate');
    // Activations last four hours; the expiry belongs to a later hour and simply carries its own time.
    pim(hour, time + 4 * HOUR_MS, person, 'expire');
  }
}
