import type { JsonObject } from '../../../src/lib/json.ts';
import { guid, tenant } from './case.ts';
import type { RuleCase, RuleCases } from './case.ts';

/** What differs from an ordinary sign-in; what is below `properties` in the record is below it here. */
interface SignIn {
  readonly category?: string;
  /** Error code; Azure writes it as text at the top, as number in the status. */
  readonly code?: number;
  readonly description?: string;
  readonly details?: string;
  readonly properties?: JsonObject;
}

export function signIn({
  category = 'SignInLogs',
  code = 0,
  description,
  details,
  properties = {},
}: SignIn): JsonObject {
  return {
    time: '2026-03-02T09:45:48.0729893Z',
    resourceId: `/tenants/${tenant}/providers/Microsoft.aadiam`,
    operationName: 'Sign-in activity',
    operationVersion: '1.0',
    category,
    tenantId: tenant,
    resultType: String(code),
    resultSignature: 'None',
    ...(description !== undefined && { resultDescription: description }),
    durationMs: 0,
    callerIpAddress: '198.51.100.7',
    correlationId: guid(0xc001),
    identity: 'Ada Example',
    Level: 4,
    location: 'DE',
    properties: {
      id: guid(0xd001),
      createdDateTime: '2026-03-02T09:45:48.0729893+00:00',
      userDisplayName: 'Ada Example',
      userPrincipalName: 'ada@example.com',
      userId: guid(0xa001),
      appId: guid(0xf001),
      appDisplayName: 'Office 365',
      ipAddress: '198.51.100.7',
      status: {
        errorCode: code,
        ...(description !== undefined && { failureReason: description }),
        ...(details !== undefined && { additionalDetails: details }),
      },
      clientAppUsed: 'Browser',
      userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)',
      deviceDetail: {
        deviceId: guid(0xe001),
        displayName: 'LAPTOP-01',
        operatingSystem: 'Windows 10',
        browser: 'Edge 18.19042',
        isCompliant: true,
        isManaged: true,
        trustType: 'Azure AD joined',
      },
      location: { city: 'Berlin', state: 'Berlin', countryOrRegion: 'DE' },
      correlationId: guid(0xc001),
      conditionalAccessStatus: 'success',
      appliedConditionalAccessPolicies: [],
      isInteractive: true,
      tokenIssuerType: 'AzureAD',
      networkLocationDetails: [{ networkType: 'trustedNamedLocation', networkNames: ['Office'] }],
      riskDetail: 'none',
      riskLevelAggregated: 'none',
      riskLevelDuringSignIn: 'none',
      riskState: 'none',
      riskEventTypes: [],
      riskEventTypes_v2: [],
      resourceDisplayName: 'Microsoft Graph',
      resourceTenantId: tenant,
      homeTenantId: tenant,
      authenticationRequirement: 'multiFactorAuthentication',
      authenticationProtocol: 'none',
      userType: 'Member',
      ...properties,
    },
  };
}

const pair = (fires: SignIn, misses: SignIn): RuleCase => ({
  fires: [signIn(fires)],
  misses: [signIn(misses)],
});

const single = { authenticationRequirement: 'singleFactorAuthentication' };
const unknownDevice = { deviceId: '', operatingSystem: 'Windows 10', browser: 'Edge 18.19042' };
const disabled = {
  code: 50057,
  description: 'User account is disabled. The account has been disabled by an administrator.',
};
const blocked = {
  code: 53003,
  description:
    'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
};
const badPassword = {
  code: 50126,
  description: 'Error validating credentials due to invalid username or password.',
};

export const signInCases: RuleCases = {
  azure_account_lockout: pair(
    { code: 50053, description: 'The account is locked, you have tried to sign in too many times.' },
    badPassword,
  ),
  azure_ad_azurehound_discovery: pair(
    { properties: { userAgent: 'azurehound/v2.1.8' } },
    { ...badPassword, properties: { userAgent: 'azurehound/v2.1.8' } },
  ),
  azure_ad_device_registration_or_join_without_mfa: pair(
    { properties: { ...single, resourceDisplayName: 'Device Registration Service' } },
    { properties: { resourceDisplayName: 'Device Registration Service' } },
  ),
  azure_ad_only_single_factor_auth_required: {
    fires: [
      signIn({ properties: single }),
      signIn({ category: 'NonInteractiveUserSignInLogs', properties: { ...single, isInteractive: false } }),
    ],
    misses: [signIn({ ...badPassword, properties: single }), signIn({})],
  },
  azure_ad_risky_sign_ins_with_singlefactorauth_from_unknown_devices: pair(
    { properties: { ...single, riskState: 'atRisk', deviceDetail: unknownDevice } },
    { properties: { ...single, riskState: 'atRisk' } },
  ),
  azure_ad_sign_ins_from_noncompliant_devices: pair(
    {
      properties: {
        deviceDetail: { ...unknownDevice, deviceId: guid(0xe002), isCompliant: false, isManaged: true },
      },
    },
    {},
  ),
  azure_ad_sign_ins_from_unknown_devices: pair(
    { properties: { ...single, networkLocationDetails: [], deviceDetail: unknownDevice } },
    { properties: { ...single, deviceDetail: unknownDevice } },
  ),
  azure_ad_suspicious_signin_bypassing_mfa: pair(
    { properties: { userAgent: 'BAV2ROPC', clientAppUsed: 'Authenticated SMTP' } },
    { ...badPassword, properties: { userAgent: 'BAV2ROPC' } },
  ),
  azure_app_device_code_authentication: pair(
    { properties: { authenticationProtocol: 'deviceCode', originalTransferMethod: 'deviceCodeFlow' } },
    { properties: { authenticationProtocol: 'oAuth2', originalTransferMethod: 'none' } },
  ),
  azure_app_ropc_authentication: pair(
    { properties: { authenticationProtocol: 'ropc' } },
    { properties: { authenticationProtocol: 'oAuth2' } },
  ),
  azure_blocked_account_attempt: pair(disabled, badPassword),
  azure_conditional_access_failure: pair(blocked, {
    code: 53000,
    description: 'Device is not in required device state.',
  }),
  azure_legacy_authentication_protocols: pair(
    { properties: { clientAppUsed: 'IMAP4' } },
    { properties: { clientAppUsed: 'Mobile Apps and Desktop clients' } },
  ),
  azure_login_to_disabled_account: pair(disabled, badPassword),
  azure_mfa_denies: pair(
    {
      code: 500121,
      description: 'Authentication failed during strong authentication request.',
      details: 'MFA denied; user declined the authentication',
    },
    { details: 'MFA completed in Azure AD' },
  ),
  azure_mfa_interrupted: {
    fires: [
      signIn({ code: 500121, description: 'Authentication failed during strong authentication request.' }),
      signIn({ code: 50074, description: 'Strong Authentication is required.' }),
    ],
    misses: [signIn(badPassword)],
  },
  azure_unusual_authentication_interruption: {
    fires: [
      signIn({ code: 50097, description: 'Device authentication is required.' }),
      signIn({ code: 50155, description: 'Device authentication failed for this user.' }),
      signIn({ code: 50158, description: 'External security challenge was not satisfied.' }),
    ],
    misses: [
      signIn({ code: 50097, description: 'Other' }),
      signIn({ code: 50074, description: 'Device authentication is required.' }),
    ],
  },
  azure_user_login_blocked_by_conditional_access: pair(blocked, {
    code: 530032,
    description: 'Blocked by security policy.',
  }),
};
