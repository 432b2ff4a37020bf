import { auditPaths } from './entra-audit-paths.ts';
import { seenIn } from './sources.ts';
import { named, words } from './table.ts';
import type { AliasTable } from './table.ts';

const activity = 'properties.message activityType operationName activityDisplayName';
const person = 'Initiatedby Target';

/** The audit log of Entra ID. */
export const auditLogs: AliasTable = {
  product: 'azure',
  service: 'auditlogs',
  paths: auditPaths,
  names: [
    // No audit record has a message: rules look there for the activity, or for what it changed.
    ...named(seenIn.opsApplications, {
      'properties.message':
        'operationName properties.activityDisplayName properties.targetResources.modifiedProperties',
      'ConsentContext.IsAdminConsent': 'properties.targetResources.modifiedProperties',
      failure_status_reason: 'properties.resultReason resultDescription',
    }),
    // Columns of the audit page of the portal.
    ...named(seenIn.opsPrivileged, {
      activityType: 'operationName properties.activityDisplayName',
      Status: 'properties.result properties.resultReason resultDescription',
      Initiatedby: 'properties.initiatedBy properties.initiatedBy.user.userPrincipalName',
      'Initiatied.By': 'properties.initiatedBy properties.initiatedBy.user.userPrincipalName',
      Target: 'properties.targetResources.userPrincipalName properties.targetResources.displayName',
    }),
    ...named(seenIn.sigmahq, {
      // The details are a list of keys and values.
      'additionalDetails.additionalInfo': 'properties.additionalDetails.value',
    }),
    // The record's own category is `AuditLogs` every time; rules mean the activity's.
    ...named(seenIn.auditTable, {
      Category: 'properties.category category',
      AADOperationType: 'properties.operationType',
      AADTenantId: 'tenantId',
      TimeGenerated: 'time',
    }),
  ],
  words: [
    ...words(seenIn.opsPim, activity, {
      'Request Approved/Denied': ['Request approved', 'Request denied', 'Add member to role request *'],
      'Add eligible member (permanent)': ['Add eligible member to role in PIM completed (permanent)'],
      'Add eligible member (eligible)': ['Add eligible member to role in PIM completed (timebound)'],
      'Remove eligible member (permanent)': ['Remove eligible member from role in PIM completed (permanent)'],
      'Remove eligible member (eligible)': ['Remove eligible member from role in PIM completed (timebound)'],
    }),
    ...words(seenIn.auditActivities, activity, {
      'Add member from group': ['Add member to group'],
      'Password reset': ['Reset password*'],
    }),
    ...words(seenIn.localPasswords, activity, {
      'Recover device local administrator password': ['Reveal local administrator password'],
    }),
    ...words(seenIn.elevatedAccess, activity, {
      'Assigns the caller to user access admin': [
        'User has elevated their access to User Access Administrator*',
      ],
    }),
    ...words(seenIn.elevatedAccess, 'Category', {
      Administrative: ['AzureRBACRoleManagementElevateAccess'],
    }),
    // The rules hold fragments of the JSON of one changed property.
    ...words(seenIn.opsApplications, 'properties.message', {
      'Update Application Sucess- Property Name AppAddress': ['{"displayName":"AppAddress",*'],
      '"displayName":"UserType","oldValue":"[\\"Guest\\"]","newValue":"[\\"Member\\"]"': [
        '{"displayName":"UserType","oldValue":"[\\"Guest\\"]","newValue":"[\\"Member\\"]"}',
      ],
    }),
    ...words(seenIn.consentIssues, 'ConsentContext.IsAdminConsent', {
      false: [/"ConsentContext\.IsAdminConsent"[^{}]*"newValue":"(\\")?false/u],
      true: [/"ConsentContext\.IsAdminConsent"[^{}]*"newValue":"(\\")?true/u],
    }),
    ...words(seenIn.consentIssues, 'failure_status_reason', {
      'Microsoft.online.Security.userConsentBlockedForRiskyAppsExceptions': [
        'Microsoft.Online.Security.UserConsentBlockedForRiskyAppsException',
        'Risky application detected',
      ],
    }),
    ...words(seenIn.auditSamples, 'targetResources.type', { 'Service Principal': ['ServicePrincipal'] }),
    // Where a page of Microsoft's says UPN it means any user's name.
    ...words(seenIn.opsPrivileged, person, { UPN: ['*@*'] }),
  ],
};
