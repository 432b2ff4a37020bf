import { seenIn, tenantEnvelope } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Risk detections of Entra ID Protection, of users and of workloads. */
export const riskDetection: AliasTable = {
  product: 'azure',
  service: 'riskdetection',
  paths: [
    ...realPaths(seenIn.riskSamples, tenantEnvelope),
    ...realPaths(
      seenIn.riskSamples,
      'id requestId correlationId riskType riskEventType riskState riskLevel riskDetail source ' +
        'detectionTimingType activity ipAddress location location.city location.state location.countryOrRegion ' +
        'location.geoCoordinates activityDateTime detectedDateTime lastUpdatedDateTime userId userDisplayName ' +
        'userPrincipalName additionalInfo tokenIssuerType resourceTenantId homeTenantId userType ' +
        'crossTenantAccessType isDeleted isProcessing riskLastUpdatedDateTime',
      'properties.',
    ),
    ...realPaths(
      seenIn.workloadRiskTable,
      'appId servicePrincipalId servicePrincipalDisplayName keyIds',
      'properties.',
    ),
  ],
  names: named(seenIn.riskTable, { TimeGenerated: 'time' }),
  words: [],
};
