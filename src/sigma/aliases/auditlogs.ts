import { seenIn, tenantEnvelope } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Entra ID's audit log. */
export const auditLogs: AliasTable = {
  product: 'azure',
  service: 'auditlogs',
  paths: [
    ...realPaths(seenIn.auditSamples, tenantEnvelope),
    ...realPaths(
      seenIn.auditSamples,
      'id category correlationId result resultReason activityDisplayName activityDateTime loggedByService ' +
        'operationType userAgent initiatedBy initiatedBy.user initiatedBy.user.id initiatedBy.user.displayName ' +
        'initiatedBy.user.userPrincipalName initiatedBy.user.ipAddress initiatedBy.user.roles initiatedBy.app ' +
        'initiatedBy.app.appId initiatedBy.app.displayName initiatedBy.app.servicePrincipalId ' +
        'initiatedBy.app.servicePrincipalName targetResources targetResources.id targetResources.displayName ' +
        'targetResources.type targetResources.userPrincipalName targetResources.groupType ' +
        'targetResources.modifiedProperties targetResources.modifiedProperties.displayName ' +
        'targetResources.modifiedProperties.oldValue targetResources.modifiedProperties.newValue ' +
        'targetResources.administrativeUnits additionalDetails additionalDetails.key additionalDetails.value',
      'properties.',
    ),
  ],
  names: [
    // No audit record has a message: the activity's name is what the rules look for there.
    ...named(seenIn.entraOperations, {
      'properties.message':
        'operationName properties.activityDisplayName properties.targetResources.modifiedProperties',
      activityType: 'operationName properties.activityDisplayName',
      Status: 'properties.result properties.resultReason resultDescription',
      Target: 'properties.targetResources.userPrincipalName properties.targetResources.displayName',
      failure_status_reason: 'properties.resultReason resultDescription',
      'Initiated.By': 'properties.initiatedBy',
      'Initiatied.By': 'properties.initiatedBy.user.userPrincipalName properties.initiatedBy.app.displayName',
      'ConsentContext.IsAdminConsent': 'properties.targetResources.modifiedProperties',
      'additionalDetails.additionalInfo':
        'properties.additionalDetails properties.resultReason resultDescription',
    }),
    // The log's own category is `AuditLogs` in every record; rules mean the activity's.
    ...named(seenIn.auditTable, {
      Category: 'properties.category category',
      AADOperationType: 'properties.operationType',
      AADTenantId: 'tenantId',
      TimeGenerated: 'time',
    }),
  ],
};
