import { seenIn, tenantEnvelope } from './sources.ts';
import { named, realPaths, words } from './table.ts';
import type { AliasTable } from './table.ts';

/** Sign-ins to Entra ID, in all five categories and AD FS. */
export const signInLogs: AliasTable = {
  product: 'azure',
  service: 'signinlogs',
  paths: [
    ...realPaths(seenIn.signInSamples, tenantEnvelope),
    ...realPaths(
      seenIn.signInSamples,
      'id createdDateTime userDisplayName userPrincipalName userId userType appId appDisplayName ipAddress ' +
        'ipAddressFromResourceProvider status status.errorCode status.failureReason status.additionalDetails ' +
        'clientAppUsed userAgent deviceDetail deviceDetail.deviceId deviceDetail.displayName ' +
        'deviceDetail.operatingSystem deviceDetail.browser deviceDetail.trustType deviceDetail.isCompliant ' +
        'deviceDetail.isManaged location location.city location.state location.countryOrRegion ' +
        'location.geoCoordinates location.geoCoordinates.latitude location.geoCoordinates.longitude mfaDetail ' +
        'mfaDetail.authMethod mfaDetail.authDetail correlationId conditionalAccessStatus ' +
        'appliedConditionalAccessPolicies authenticationContextClassReferences originalRequestId isInteractive ' +
        'tokenIssuerName tokenIssuerType authenticationProcessingDetails networkLocationDetails ' +
        'clientCredentialType processingTimeInMilliseconds riskDetail riskLevelAggregated riskLevelDuringSignIn ' +
        'riskState riskEventTypes riskEventTypes_v2 resourceDisplayName resourceId resourceTenantId homeTenantId ' +
        'homeTenantName tenantId authenticationDetails authenticationRequirementPolicies sessionLifetimePolicies ' +
        'authenticationRequirement authenticationStrengths authenticationProtocol alternateSignInName ' +
        'signInIdentifier signInIdentifierType servicePrincipalId servicePrincipalName ' +
        'servicePrincipalCredentialKeyId servicePrincipalCredentialThumbprint federatedCredentialId ' +
        'flaggedForReview isTenantRestricted autonomousSystemNumber crossTenantAccessType privateLinkDetails ' +
        'uniqueTokenIdentifier incomingTokenType resourceServicePrincipalId resourceOwnerTenantId ' +
        'originalTransferMethod ssoExtensionVersion',
      'properties.',
    ),
  ],
  names: [
    ...named(seenIn.signInTable, {
      ConditionalAccessPolicies: 'properties.appliedConditionalAccessPolicies',
      LocationDetails: 'properties.location',
      ResourceIdentity: 'properties.resourceId',
      AADTenantId: 'tenantId',
      TimeGenerated: 'time',
    }),
    // Columns of the sign-in page of the portal and of the file it exports.
    ...named(seenIn.opsUsers, {
      Status:
        'properties.status properties.status.errorCode properties.status.failureReason ' +
        'properties.status.additionalDetails',
      Username: 'properties.userPrincipalName',
      ClientApp: 'properties.clientAppUsed',
      ActivityDetails: 'operationName',
    }),
    // Rules look here for how somebody signed in.
    ...named(seenIn.opsApplications, {
      'properties.message': 'properties.authenticationProtocol properties.originalTransferMethod',
    }),
  ],
  words: [
    ...words(seenIn.signInResource, 'Status', { Success: ['0'], Failure: [/^[1-9]\d*$/u] }),
    // A sign-in that succeeded has no description.
    ...words(seenIn.signInTable, 'ResultDescription', { Failure: [/\S/u] }),
    ...words(seenIn.signInResource, 'properties.message', {
      'Device Code': ['deviceCode', 'deviceCodeFlow'],
    }),
    ...words(seenIn.signInSamples, 'ActivityDetails', { 'Sign-ins': ['Sign-in activity'] }),
    ...words(seenIn.signInResource, 'ClientApp ClientAppUsed', {
      'Other client': ['Other clients*'],
      IMAP: ['IMAP4'],
      MAPI: ['MAPI Over HTTP'],
      SMTP: ['Authenticated SMTP'],
    }),
    ...words(seenIn.signInCodes, 'ResultDescription', {
      'Blocked by Conditional Access': ['*blocked by Conditional Access*'],
      'Device authentication is required': ['Device authentication is required*'],
      DeviceAuthenticationFailed: ['Device authentication failed*'],
      'ExternalSecurityChallenge - External security challenge was not satisfied': [
        'External security challenge was not satisfied*',
      ],
      'Strong Auth required': ['Strong authentication is required*'],
    }),
    // Where a page of Microsoft's says UPN it means any user's name.
    ...words(seenIn.opsUsers, 'Username', { UPN: ['*@*'] }),
  ],
};
