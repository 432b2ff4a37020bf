const elastic = 'https://github.com/elastic/integrations/blob/main/packages/azure/data_stream';
const learn = 'https://learn.microsoft.com';
const entra = `${learn}/entra/architecture`;

/** Where field names and words were read: samples of real records, and the pages that state them. */
export const seenIn = {
  activitySamples: `${elastic}/activitylogs/_dev/test/pipeline`,
  activityTable: `${learn}/azure/azure-monitor/reference/tables/azureactivity`,
  auditSamples: `${elastic}/auditlogs/_dev/test/pipeline`,
  auditTable: `${learn}/azure/azure-monitor/reference/tables/auditlogs`,
  auditActivities: `${learn}/entra/identity/monitoring-health/reference-audit-activities`,
  signInSamples: `${elastic}/signinlogs/_dev/test/pipeline`,
  signInTable: `${learn}/azure/azure-monitor/reference/tables/signinlogs`,
  signInResource: `${learn}/graph/api/resources/signin`,
  signInCodes: `${learn}/entra/identity-platform/reference-error-codes`,
  riskSamples: `${elastic}/identity_protection/_dev/test/pipeline`,
  riskTable: `${learn}/azure/azure-monitor/reference/tables/aaduserriskevents`,
  workloadRiskTable: `${learn}/azure/azure-monitor/reference/tables/aadserviceprincipalriskevents`,
  pimAlerts: `${learn}/entra/id-governance/privileged-identity-management/pim-how-to-configure-security-alerts`,
  elevatedAccess: `${learn}/azure/role-based-access-control/elevate-access-global-admin`,
  localPasswords: `${learn}/entra/identity/devices/howto-manage-local-admin-passwords`,
  consentIssues: `${learn}/troubleshoot/entra/entra-id/app-integration/troubleshoot-consent-issues`,
  opsApplications: `${entra}/security-operations-applications`,
  opsPrivileged: `${entra}/security-operations-privileged-accounts`,
  opsPim: `${entra}/security-operations-privileged-identity-management`,
  opsUsers: `${entra}/security-operations-user-accounts`,
  sigmahq: 'https://github.com/SigmaHQ/sigma/tree/master/rules/cloud/azure',
} as const;

/** The top level of what the diagnostic settings of a tenant send. */
export const tenantEnvelope =
  'time resourceId operationName operationVersion category tenantId resultType resultSignature resultDescription ' +
  'durationMs callerIpAddress correlationId identity level location properties';
