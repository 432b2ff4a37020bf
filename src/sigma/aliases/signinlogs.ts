import { seenIn, tenantEnvelope } from './sources.ts';
import { named, realPaths } from './table.ts';
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
        'correlationId conditionalAccessStatus appliedConditionalAccessPolicies ' +
        'authenticationContextClassReferences originalRequestId isInteractive tokenIssuerName tokenIssuerType ' +
        'authenticationProcessingDetails networkLocationDetails clientCredentialType processingTimeInMilliseconds ' +
        'riskDetail riskLevelAggregated riskLevelDuringSignIn riskState riskEventTypes riskEventTypes_v2 ' +
        'resourceDisplayName resourceId resourceTenantId homeTenantId homeTenantName tenantId ' +
        'authenticationDetails authenticationRequirementPolicies sessionLifetimePolicies ' +
        'authenticationRequirement authenticationStrengths authenticationProtocol alternateSignInName ' +
        'signInIdentifier signInIdentifierType servicePrincipalId servicePrincipalName ' +
        'servicePrincipalCredentialKeyId servicePrincipalCredentialThumbprint federatedCredentialId ' +
        'flaggedForReview isTenantRestricted autonomousSystemNumber crossTenantAccessType privateLinkDetails ' +
        'uniqueTokenIdentifier incomingTokenType resourceServicePrincipalId resourceOwnerTenantId ' +
        'originalTransferMethod isThroughGlobalSecureAccess globalSecureAccessIpAddress sessionId',
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
    // Columns of the sign-in page of the portal, and of the file it exports.
    ...named(seenIn.entraOperations, {
      Status: 'properties.status resultType resultDescription',
      Username: 'properties.userPrincipalName',
      ClientApp: 'properties.clientAppUsed',
      ActivityDetails: 'operationName category',
      // Rules look here for how somebody signed in.
      'properties.message': 'properties.authenticationProtocol properties.originalTransferMethod',
    }),
  ],
};
