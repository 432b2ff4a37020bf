import type { JsonObject } from '../../../src/lib/json.ts';
import { guid, tenant } from './case.ts';
import type { RuleCase, RuleCases } from './case.ts';

/** One detection of Entra ID Protection as diagnostic settings send it, with a date of the United States. */
export const riskEvent = (riskEventType: string): JsonObject => ({
  time: '3/2/2026 6:07:16 PM',
  resourceId: `/tenants/${tenant}/providers/microsoft.aadiam`,
  operationName: 'User Risk Detection',
  operationVersion: '1.0',
  category: 'UserRiskEvents',
  tenantId: tenant,
  resultSignature: 'None',
  durationMs: 0,
  callerIpAddress: '198.51.100.7',
  correlationId: guid(0xc001),
  identity: 'ada example',
  Level: 4,
  location: 'de',
  properties: {
    id: guid(0xd001),
    requestId: guid(0xd002),
    correlationId: guid(0xc002),
    riskType: riskEventType,
    riskEventType,
    riskState: 'atRisk',
    riskLevel: 'high',
    riskDetail: 'none',
    source: 'IdentityProtection',
    detectionTimingType: 'realtime',
    activity: 'signin',
    ipAddress: '198.51.100.7',
    location: { city: 'Berlin', state: 'Berlin', countryOrRegion: 'DE' },
    activityDateTime: '2026-03-02T18:05:06.133Z',
    detectedDateTime: '2026-03-02T18:05:06.133Z',
    lastUpdatedDateTime: '2026-03-02T18:07:16.894Z',
    userId: guid(0xa001),
    userDisplayName: 'Ada Example',
    userPrincipalName: 'ada@example.com',
    additionalInfo: '[{"Key":"userAgent","Value":"Mozilla/5.0"}]',
    tokenIssuerType: 'AzureAD',
    homeTenantId: tenant,
    userType: 'member',
  },
});

const detected = (riskEventType: string): RuleCase => ({
  fires: [riskEvent(riskEventType)],
  misses: [riskEvent('generic')],
});

/** The kinds that the Graph resource `riskDetection` lists. */
export const riskCases: RuleCases = {
  azure_identity_protection_anomalous_token: detected('anomalousToken'),
  azure_identity_protection_anomalous_user: detected('anomalousUserActivity'),
  azure_identity_protection_anonymous_ip_activity: detected('riskyIPAddress'),
  azure_identity_protection_anonymous_ip_address: detected('anonymizedIPAddress'),
  azure_identity_protection_atypical_travel: detected('unlikelyTravel'),
  azure_identity_protection_impossible_travel: detected('impossibleTravel'),
  azure_identity_protection_inbox_forwarding_rule: detected('suspiciousInboxForwarding'),
  azure_identity_protection_inbox_manipulation: detected('mcasSuspiciousInboxManipulationRules'),
  azure_identity_protection_leaked_credentials: detected('leakedCredentials'),
  azure_identity_protection_malicious_ip_address: detected('maliciousIPAddress'),
  azure_identity_protection_malicious_ip_address_suspicious: detected('suspiciousIPAddress'),
  azure_identity_protection_malware_linked_ip: detected('malwareInfectedIPAddress'),
  azure_identity_protection_new_coutry_region: detected('newCountry'),
  azure_identity_protection_password_spray: detected('passwordSpray'),
  azure_identity_protection_prt_access: detected('attemptedPrtAccess'),
  azure_identity_protection_suspicious_browser: detected('suspiciousBrowser'),
  azure_identity_protection_threat_intel: detected('investigationsThreatIntelligence'),
  azure_identity_protection_token_issuer_anomaly: detected('tokenIssuerAnomaly'),
  azure_identity_protection_unfamilar_sign_in: detected('unfamiliarFeatures'),
};
