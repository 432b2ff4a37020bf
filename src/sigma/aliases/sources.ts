const elastic = 'https://github.com/elastic/integrations/blob/main/packages/azure/data_stream';
const learn = 'https://learn.microsoft.com';

/** Where field names were read: samples of real records, and the pages that state a schema. */
export const seenIn = {
  commonSchema: `${learn}/azure/azure-monitor/essentials/resource-logs-schema`,
  activitySamples: `${elastic}/activitylogs/_dev/test/pipeline`,
  activityPage: `${learn}/azure/azure-monitor/essentials/activity-log-schema`,
  activityTable: `${learn}/azure/azure-monitor/reference/tables/azureactivity`,
  auditSamples: `${elastic}/auditlogs/_dev/test/pipeline`,
  auditTable: `${learn}/azure/azure-monitor/reference/tables/auditlogs`,
  auditResource: `${learn}/graph/api/resources/directoryaudit`,
  signInSamples: `${elastic}/signinlogs/_dev/test/pipeline`,
  signInTable: `${learn}/azure/azure-monitor/reference/tables/signinlogs`,
  signInResource: `${learn}/graph/api/resources/signin`,
  riskSamples: `${elastic}/identity_protection/_dev/test/pipeline`,
  riskTable: `${learn}/azure/azure-monitor/reference/tables/aaduserriskevents`,
  riskResource: `${learn}/graph/api/resources/riskdetection`,
  sigmahq: 'https://github.com/SigmaHQ/sigma/tree/master/rules/cloud/azure',
  entraOperations: `${learn}/entra/architecture/security-operations-introduction`,
} as const;

/** The top level of what diagnostic settings of a tenant send. */
export const tenantEnvelope =
  'time resourceId operationName operationVersion category tenantId resultType resultSignature resultDescription ' +
  'durationMs callerIpAddress correlationId identity level location properties';
