import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { guid, tenant } from './case.ts';
import type { RuleCase, RuleCases } from './case.ts';

interface Changed {
  readonly name: string;
  readonly from?: string;
  readonly to: string;
}

interface Audit {
  readonly operation: string;
  readonly category: string;
  readonly service?: string;
  readonly result?: string;
  readonly reason?: string;
  readonly target?: { readonly type: string; readonly name: string; readonly id?: string };
  readonly changed?: readonly Changed[];
  readonly details?: Readonly<Record<string, string>>;
}

/** One record of the audit log as diagnostic settings send it. Values of changed properties are JSON in strings. */
export function audit({
  operation,
  category,
  service = 'Core Directory',
  result = 'success',
  reason = '',
  ...more
}: Audit): JsonObject {
  const { target = { type: 'User', name: 'grace@example.com' }, changed = [], details = {} } = more;
  const isUser = target.type === 'User';
  const targets: JsonValue = [
    {
      id: target.id ?? guid(0xa0ff),
      displayName: isUser ? null : target.name,
      type: target.type,
      ...(isUser && { userPrincipalName: target.name }),
      modifiedProperties: changed.map(({ name, from, to }) => ({
        displayName: name,
        oldValue: from ?? null,
        newValue: to,
      })),
      administrativeUnits: [],
    },
  ];
  return {
    time: '2026-03-02T08:41:50.2200000Z',
    resourceId: `/tenants/${tenant}/providers/Microsoft.aadiam`,
    operationName: operation,
    operationVersion: '1.0',
    category: 'AuditLogs',
    tenantId: tenant,
    resultSignature: 'None',
    ...(reason !== '' && { resultDescription: reason }),
    durationMs: 0,
    callerIpAddress: '192.0.2.10',
    correlationId: guid(0xc020),
    identity: 'Ada Example',
    Level: 4,
    properties: {
      id: `Directory_${guid(0xc020)}_0AAAA_1`,
      category,
      correlationId: guid(0xc020),
      result,
      resultReason: reason,
      activityDisplayName: operation,
      activityDateTime: '2026-03-02T08:41:50.2200000+00:00',
      loggedByService: service,
      operationType: 'Update',
      userAgent: null,
      initiatedBy: {
        user: {
          id: guid(0xa001),
          displayName: null,
          userPrincipalName: 'ada@example.com',
          ipAddress: '192.0.2.10',
          roles: [],
        },
      },
      targetResources: targets,
      additionalDetails: Object.entries(details).map(([key, value]) => ({ key, value })),
    },
  };
}

const application = { type: 'Application', name: 'Payroll' };
const principal = { type: 'ServicePrincipal', name: 'Payroll' };
const device = { type: 'Device', name: 'LAPTOP-01' };
const policy = { type: 'Policy', name: 'Require MFA' };

/** Records of one category that differ in their operation; the first fires, the second does not. */
const between = (
  category: string,
  fires: string,
  misses: string,
  more: Omit<Audit, 'operation' | 'category'> = {},
): RuleCase => ({
  fires: [audit({ operation: fires, category, ...more })],
  misses: [audit({ operation: misses, category, ...more })],
});
const pair = (fires: Audit, misses: Partial<Audit>): RuleCase => ({
  fires: [audit(fires)],
  misses: [audit({ ...fires, ...misses })],
});

const applications = 'ApplicationManagement';
const users = 'UserManagement';
const roles = 'RoleManagement';
const inPim = { service: 'PIM', target: { type: 'Role', name: 'Security Administrator' } };
const roleChange = (name: string): readonly Changed[] => [
  { name: 'Role.ObjectID', to: JSON.stringify(guid(0x10)) },
  { name: 'Role.DisplayName', to: JSON.stringify(name) },
];

export const auditCases: RuleCases = {
  azure_aad_secops_ca_policy_removedby_bad_actor: between(
    'Policy',
    'Delete Conditional Access policy',
    'Delete named location',
    { service: 'Conditional Access', target: policy },
  ),
  azure_aad_secops_ca_policy_updatedby_bad_actor: between(
    'Policy',
    'Update Conditional Access policy',
    'Update named location',
    { service: 'Conditional Access', target: policy },
  ),
  azure_aad_secops_new_ca_policy_addedby_bad_actor: between(
    'Policy',
    'Add Conditional Access policy',
    'Add named location',
    { service: 'Conditional Access', target: policy },
  ),
  azure_ad_account_created_deleted: pair(
    { operation: 'Delete user', category: users },
    { result: 'failure', reason: 'Insufficient privileges to complete the operation.' },
  ),
  azure_ad_bitlocker_key_retrieval: between('KeyManagement', 'Read BitLocker key', 'Add BitLocker key', {
    service: 'Device Registration Service',
    target: device,
  }),
  azure_ad_certificate_based_authencation_enabled: pair(
    {
      operation: 'Authentication Methods Policy Update',
      category: applications,
      service: 'Authentication Methods',
      target: { type: 'Policy', name: 'Authentication Methods Policy' },
      changed: [
        {
          name: 'AuthenticationMethodsPolicy',
          from: '{"x509Certificate":{"state":"disabled"}}',
          to: '{"x509Certificate":{"state":"enabled"}}',
        },
      ],
    },
    { changed: [{ name: 'RegistrationCampaign', to: '"enabled"' }] },
  ),
  azure_ad_device_registration_policy_changes: between(
    'Policy',
    'Set device registration policies',
    'Update security defaults',
    { service: 'Device Registration Service', target: policy },
  ),
  azure_ad_new_root_ca_added: pair(
    {
      operation: 'Set Company Information',
      category: 'DirectoryManagement',
      target: { type: 'Directory', name: 'Example Health' },
      changed: [
        {
          name: 'TrustedCAsForPasswordlessAuth',
          from: '[]',
          to: '[{"TrustedCAsForPasswordlessAuth":["CN=Example Root"]}]',
        },
      ],
    },
    { changed: [{ name: 'TechnicalNotificationMail', from: '[]', to: '["ops@example.com"]' }] },
  ),
  azure_ad_user_added_to_admin_role: pair(
    { operation: 'Add member to role', category: roles, changed: roleChange('Exchange Administrator') },
    { changed: roleChange('Reports Reader') },
  ),
  azure_ad_users_added_to_device_admin_roles: pair(
    {
      operation: 'Add eligible member to role',
      category: roles,
      target: { type: 'Role', name: 'Device Administrators', id: '7698a772-787b-4ac8-901f-60d6b08affd2' },
    },
    { target: { type: 'Role', name: 'Reports Reader', id: guid(0x11) } },
  ),
  azure_app_appid_uri_changes: between(applications, 'Update service principal', 'Add service principal', {
    target: principal,
  }),
  // As Azure writes it: with an en dash, and a space at the end.
  azure_app_credential_added: between(
    applications,
    'Update application – Certificates and secrets management ',
    'Update application with safe rollout',
    { target: application },
  ),
  azure_app_delegated_permissions_all_users: between(
    applications,
    'Add delegated permission grant',
    'Remove delegated permission grant',
    { target: principal },
  ),
  azure_app_end_user_consent: pair(
    {
      operation: 'Consent to application',
      category: applications,
      target: principal,
      changed: [
        { name: 'ConsentContext.IsAdminConsent', to: '"False"' },
        { name: 'ConsentContext.OnBehalfOfAll', to: '"False"' },
      ],
    },
    {
      changed: [
        { name: 'ConsentContext.IsAdminConsent', to: '"True"' },
        { name: 'ConsentContext.IsAppOnly', to: '"False"' },
      ],
    },
  ),
  azure_app_end_user_consent_blocked: pair(
    {
      operation: 'Consent to application',
      category: applications,
      target: principal,
      result: 'failure',
      reason: 'Microsoft.Online.Security.UserConsentBlockedForRiskyAppsException',
    },
    { reason: 'Microsoft.Online.Security.UserConsentDisabledException' },
  ),
  azure_app_owner_added: between(applications, 'Add owner to application', 'Add owner to service principal', {
    target: application,
  }),
  azure_app_permissions_msft: between(
    applications,
    'Add app role assignment to service principal',
    'Remove app role assignment from service principal',
    { target: principal },
  ),
  azure_app_privileged_permissions: between(
    applications,
    'Add app role assignment to service principal',
    'Add delegated permission grant',
    { target: principal },
  ),
  azure_app_role_added: pair(
    { operation: 'Add member to role', category: roles, target: principal },
    { target: { type: 'User', name: 'grace@example.com' } },
  ),
  azure_app_uri_modifications: pair(
    {
      operation: 'Update application',
      category: applications,
      target: application,
      changed: [
        { name: 'AppAddress', from: '[]', to: '[{"AddressType":0,"Address":"https://payroll.example.com"}]' },
      ],
    },
    { changed: [{ name: 'DisplayName', from: '["Payroll"]', to: '["Payroll 2"]' }] },
  ),
  azure_application_deleted: between(applications, 'Hard Delete application', 'Restore application', {
    target: application,
  }),
  azure_auditlogs_laps_credential_dumping: pair(
    {
      operation: 'Recover device local administrator password',
      category: 'Device',
      service: 'Device Registration Service',
      target: device,
      details: { AdditionalInfo: 'Successfully recovered local credential by device id' },
    },
    { operation: 'Update device local administrator password' },
  ),
  azure_change_to_authentication_method: between(
    users,
    'User registered security info',
    'User reviewed security info',
    {
      service: 'Authentication Methods',
    },
  ),
  azure_device_no_longer_managed_or_compliant: between(
    'Device',
    'Device no longer compliant',
    'Update device',
    {
      target: device,
    },
  ),
  azure_federation_modified: between(
    'DirectoryManagement',
    'Set federation settings on domain',
    'Verify domain',
    {
      target: { type: 'Domain', name: 'example.com' },
    },
  ),
  azure_group_user_addition_ca_modification: between(
    'GroupManagement',
    'Add member to group',
    'Add owner to group',
  ),
  azure_group_user_removal_ca_modification: between(
    'GroupManagement',
    'Remove member from group',
    'Remove owner from group',
  ),
  azure_guest_invite_failure: pair(
    {
      operation: 'Invite external user',
      category: users,
      service: 'Invited Users',
      result: 'failure',
      reason: 'The user is not allowed to invite.',
    },
    { result: 'success', reason: '' },
  ),
  azure_guest_to_member: pair(
    {
      operation: 'Update user',
      category: users,
      changed: [{ name: 'UserType', from: '["Guest"]', to: '["Member"]' }],
    },
    { changed: [{ name: 'UserType', from: '["Member"]', to: '["Guest"]' }] },
  ),
  azure_mfa_disabled: between(users, 'Disable Strong Authentication', 'Enable Strong Authentication'),
  azure_owner_removed_from_application_or_service_principal: between(
    applications,
    'Remove owner from service principal',
    'Add owner to service principal',
    { target: principal },
  ),
  azure_pim_activation_approve_deny: between(users, 'Request approved', 'Request expired', {
    service: 'Access Reviews',
  }),
  azure_pim_alerts_disabled: between(roles, 'Disable PIM alert', 'Enable PIM alert', inPim),
  azure_pim_change_settings: between(roles, 'Update role setting in PIM', 'PIM policy removed', inPim),
  azure_priviledged_role_assignment_add: between(
    roles,
    'Add eligible member to role in PIM completed (permanent)',
    'Add eligible member to role in PIM canceled (permanent)',
    inPim,
  ),
  azure_priviledged_role_assignment_bulk_change: between(
    roles,
    'Remove eligible member from role in PIM completed (timebound)',
    'Remove eligible member from role in PIM requested (timebound)',
    inPim,
  ),
  azure_service_principal_created: between(
    applications,
    'Add service principal',
    'Update service principal',
    {
      target: principal,
    },
  ),
  azure_service_principal_removed: between(
    applications,
    'Remove service principal',
    'Restore service principal',
    {
      target: principal,
    },
  ),
  azure_subscription_permissions_elevation_via_auditlogs: between(
    'AzureRBACRoleManagementElevateAccess',
    'User has elevated their access to User Access Administrator for their Azure Resources',
    'The role assignment of User Access Administrator has been removed from the user',
    { service: 'Azure RBAC (Elevated Access)' },
  ),
  azure_tap_added: pair(
    {
      operation: 'Admin registered security info',
      category: users,
      service: 'Authentication Methods',
      reason: 'Admin registered temporary access pass method for user',
    },
    { reason: 'Admin registered phone method for user' },
  ),
  azure_update_risk_and_mfa_registration_policy: between(
    'Policy',
    'Update User Risk and MFA Registration Policy',
    'Update Sign-In Risk Policy',
    { service: 'AAD Management UX', target: policy },
  ),
  azure_user_account_mfa_disable: pair(
    {
      operation: 'Update user',
      category: users,
      changed: [
        {
          name: 'StrongAuthenticationRequirement',
          from: '[{"RelyingParty":"*","State":1}]',
          to: '[{"RelyingParty":"*","State":0}]',
        },
      ],
    },
    {
      changed: [
        {
          name: 'StrongAuthenticationRequirement',
          from: '[{"RelyingParty":"*","State":0}]',
          to: '[{"RelyingParty":"*","State":1}]',
        },
      ],
    },
  ),
  azure_user_password_change: between(users, 'Reset password (by admin)', 'Change user password', {
    service: 'Self-service Password Management',
  }),
};

const triggered = (title: string): JsonObject =>
  audit({
    operation: 'Triggered PIM alert',
    category: roles,
    service: 'PIM',
    target: { type: 'Other', name: title },
  });
const pimAlert = (title: string): RuleCase => ({
  fires: [triggered(title)],
  misses: [triggered('Eligible administrators are not using their role')],
});

/** The titles that the page on security alerts of Privileged Identity Management gives. */
export const pimCases: RuleCases = {
  azure_pim_account_stale: pimAlert('Potential stale accounts in a privileged role'),
  azure_pim_invalid_license: pimAlert(
    "The organization doesn't have Microsoft Entra ID P2 or Microsoft Entra ID Governance",
  ),
  azure_pim_role_assigned_outside_of_pim: pimAlert(
    'Roles are being assigned outside of Privileged Identity Management',
  ),
  azure_pim_role_frequent_activation: pimAlert('Roles are being activated too frequently'),
  azure_pim_role_no_mfa_required: pimAlert("Roles don't require multifactor authentication for activation"),
  azure_pim_role_not_used: pimAlert("Administrators aren't using their privileged roles"),
  azure_pim_too_many_global_admins: pimAlert('There are too many global administrators'),
};
