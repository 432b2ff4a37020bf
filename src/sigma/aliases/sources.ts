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
  openAiSamples:
    'https://github.com/elastic/integrations/blob/main/packages/azure_openai/data_stream/logs/_dev/test/pipeline',
  diagnosticsTable: `${learn}/azure/azure-monitor/reference/tables/azurediagnostics`,
  vaultPage: `${learn}/azure/key-vault/general/logging`,
  vaultTable: `${learn}/azure/azure-monitor/reference/tables/azkvauditlogs`,
  storageSamples:
    'https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/extension/encoding/azureencodingextension/internal/unmarshaler/logs/testdata/storage',
  storageTable: `${learn}/azure/azure-monitor/reference/tables/storagebloblogs`,
  alertSamples:
    'https://github.com/elastic/integrations/blob/main/packages/microsoft_defender_cloud/data_stream/event/_dev/test/pipeline',
  alertPage: `${learn}/azure/defender-for-cloud/alerts-schemas`,
  alertTable: `${learn}/azure/azure-monitor/reference/tables/securityalert`,
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

/** The top level of what the diagnostic settings of a resource send. */
export const resourceEnvelope =
  'time resourceId operationName operationVersion category resultType resultSignature resultDescription durationMs ' +
  'callerIpAddress correlationId identity level location properties';
