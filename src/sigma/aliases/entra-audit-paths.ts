import { seenIn, tenantEnvelope } from './sources.ts';
import { realPaths } from './table.ts';

/** What records of the audit log of Entra ID have. */
export const auditPaths = [
  ...realPaths(seenIn.auditSamples, tenantEnvelope),
  ...realPaths(
    seenIn.auditSamples,
    'id category correlationId result resultReason resultDescription activityDisplayName activityDateTime ' +
      'loggedByService operationType userAgent initiatedBy targetResources additionalDetails additionalDetails.key ' +
      'additionalDetails.value',
    'properties.',
  ),
  ...realPaths(
    seenIn.auditSamples,
    'user user.id user.displayName user.userPrincipalName user.ipAddress user.roles app app.appId app.displayName ' +
      'app.servicePrincipalId app.servicePrincipalName',
    'properties.initiatedBy.',
  ),
  ...realPaths(
    seenIn.auditSamples,
    'id displayName type userPrincipalName groupType modifiedProperties modifiedProperties.displayName ' +
      'modifiedProperties.oldValue modifiedProperties.newValue administrativeUnits',
    'properties.targetResources.',
  ),
];
