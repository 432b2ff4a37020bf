import { auditPaths } from './entra-audit-paths.ts';
import { seenIn } from './sources.ts';
import { named, words } from './table.ts';
import type { AliasTable } from './table.ts';

/**
 * Alerts of Privileged Identity Management. They reach the log as audit records `Triggered PIM alert` whose target is
 * the alert, by its title; rules name the type that Microsoft Graph has for it.
 */
export const pim: AliasTable = {
  product: 'azure',
  service: 'pim',
  paths: auditPaths,
  names: named(seenIn.pimAlerts, { riskEventType: 'properties.targetResources.displayName' }),
  words: words(seenIn.pimAlerts, 'riskEventType', {
    staleSignInAlertIncident: ['Potential stale accounts in a privileged role'],
    invalidLicenseAlertIncident: ['The organization doesn?t have *'],
    rolesAssignedOutsidePrivilegedIdentityManagementAlertConfiguration: [
      'Roles are being assigned outside of Privileged Identity Management',
      'Role assigned outside of PIM',
    ],
    sequentialActivationRenewalsAlertIncident: ['Roles are being activated too frequently'],
    noMfaOnRoleActivationAlertIncident: ['Roles don?t require multi*factor authentication for activation'],
    redundantAssignmentAlertIncident: ['Administrators aren?t using their privileged roles'],
    tooManyGlobalAdminsAssignedToTenantAlertIncident: ['There are too many global administrators'],
  }),
};
