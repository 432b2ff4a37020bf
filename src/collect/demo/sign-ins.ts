import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { places } from './sign-in-facts.ts';
import type { App, Place, SignInFailure } from './sign-in-facts.ts';
import { tenantId } from './tenant.ts';
import type { Person, Workload } from './tenant.ts';
import { guid, hexText, iso7 } from './text.ts';

export const entraResource = `/tenants/${tenantId}/providers/Microsoft.aadiam`;

const locationOf = (place: Place): JsonObject => ({
  city: place.city,
  state: place.state,
  countryOrRegion: place.country,
  geoCoordinates: { latitude: place.latitude, longitude: place.longitude },
});

export interface UserSignIn {
  readonly time: number;
  readonly person: Person;
  readonly app: App;
  readonly isInteractive: boolean;
  readonly authentication: 'multiFactorAuthentication' | 'singleFactorAuthentication';
  readonly failure?: SignInFailure;
  readonly ip?: string;
  readonly place?: Place;
  readonly userAgent?: string;
  readonly risk?: 'none' | 'low' | 'medium' | 'high';
}

const edge =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36 Edg/134.0.0.0';

const policy = (id: number, displayName: string, control: string, result: string): JsonObject => ({
  id: `00000000-0000-0000-0000-0000000ca${String(id).padStart(3, '0')}`,
  displayName,
  enforcedGrantControls: [control],
  enforcedSessionControls: [],
  result,
});

function header(category: string, time: number, errorCode: number, random: Random): JsonObject {
  return {
    time: iso7(time, random),
    resourceId: entraResource,
    operationName: 'Sign-in activity',
    operationVersion: '1.0',
    category,
    tenantId,
    resultType: String(errorCode),
    resultSignature: 'None',
    durationMs: 0,
    correlationId: guid(random),
    // A number mostly; some stamps write it as text.
    Level: random.chance(0.9) ? 4 : '4',
  };
}

function device(person: Person): JsonObject {
  if (person.device === '')
    return { deviceId: '', displayName: '', operatingSystem: 'Linux', browser: 'Firefox 136.0' };
  return {
    deviceId: person.id.replace(/^0{8}/, '0000dddd'),
    displayName: person.device,
    operatingSystem: 'Windows 11',
    browser: 'Edge 134.0.0',
    isCompliant: true,
    isManaged: true,
    trustType: 'Azure AD joined',
  };
}

/** A person's sign-in, interactive or by a token they hold. */
export function userSignIn(signIn: UserSignIn, random: Random): JsonObject {
  const { time, person, failure } = signIn;
  const ip = signIn.ip ?? person.ip;
  const place = signIn.place ?? places[person.zone];
  const isMfa = signIn.authentication === 'multiFactorAuthentication';
  const base = header(
    signIn.isInteractive ? 'SignInLogs' : 'NonInteractiveUserSignInLogs',
    time,
    failure?.code ?? 0,
    random,
  );
  const satisfied = signIn.isInteractive
    ? 'MFA completed in Azure AD'
    : 'MFA requirement satisfied by claim in the token';
  return {
    ...base,
    ...(failure === undefined ? {} : { resultDescription: failure.reason }),
    callerIpAddress: ip,
    identity: person.name,
    location: place.country,
    properties: {
      id: guid(random),
      createdDateTime: iso7(time, random).replace('Z', '+00:00'),
      userDisplayName: person.name,
      userPrincipalName: person.upn,
      userId: person.id,
      appId: signIn.app.id,
      appDisplayName: signIn.app.name,
      ipAddress: ip,
      status:
        failure === undefined
          ? { errorCode: 0, additionalDetails: isMfa ? satisfied : null }
          : { errorCode: failure.code, failureReason: failure.reason },
      clientAppUsed: signIn.isInteractive ? 'Browser' : 'Mobile Apps and Desktop clients',
      userAgent: signIn.userAgent ?? edge,
      deviceDetail: device(person),
      location: locationOf(place),
      correlationId: base['correlationId'],
      conditionalAccessStatus:
        failure === undefined && isMfa ? 'success' : failure === undefined ? 'notApplied' : 'failure',
      appliedConditionalAccessPolicies: [
        policy(1, 'Require MFA for administrators', 'Mfa', isMfa ? 'success' : 'notApplied'),
        policy(2, 'Block legacy authentication', 'Block', 'notApplied'),
      ],
      authenticationDetails: [
        {
          authenticationStepDateTime: iso7(time, random).replace('Z', '+00:00'),
          authenticationMethod: signIn.isInteractive ? 'Password' : 'Previously satisfied',
          succeeded: failure === undefined,
          authenticationStepRequirement: isMfa ? 'Multi-factor authentication' : 'Primary authentication',
        },
      ],
      authenticationRequirement: signIn.authentication,
      isInteractive: signIn.isInteractive,
      tokenIssuerType: 'AzureAD',
      processingTimeInMilliseconds: random.int(40, 420),
      riskDetail: 'none',
      riskLevelAggregated: signIn.risk ?? 'none',
      riskLevelDuringSignIn: signIn.risk ?? 'none',
      riskState: (signIn.risk ?? 'none') === 'none' ? 'none' : 'atRisk',
      resourceDisplayName: signIn.app.resource,
      resourceId: signIn.app.resourceId,
      resourceTenantId: tenantId,
      homeTenantId: tenantId,
      uniqueTokenIdentifier: hexText(random, 32),
      userType: 'Member',
      crossTenantAccessType: 'none',
      flaggedForReview: false,
    },
  };
}

export interface WorkloadSignIn {
  readonly time: number;
  readonly workload: Workload;
  readonly resource: string;
  readonly resourceId: string;
  readonly category:
    'ServicePrincipalSignInLogs' | 'ManagedIdentitySignInLogs' | 'MicrosoftServicePrincipalSignInLogs';
  /** 7000222 expired secret, 7000215 wrong secret; 0 success. */
  readonly errorCode: number;
}

/** A sign-in of an application or a managed identity; the latter has no address. */
export function workloadSignIn(signIn: WorkloadSignIn, random: Random): JsonObject {
  const { time, workload, category, errorCode } = signIn;
  const isManaged = category !== 'ServicePrincipalSignInLogs';
  const ip = isManaged ? '' : workload.ip;
  const base = header(category, time, errorCode, random);
  return {
    ...base,
    ...(isManaged ? {} : { callerIpAddress: ip, location: 'GB' }),
    properties: {
      id: guid(random),
      createdDateTime: iso7(time, random).replace('Z', '+00:00'),
      userId: null,
      appId: workload.appId,
      ipAddress: ip,
      status: { errorCode },
      location: isManaged
        ? { city: '', state: '', countryOrRegion: '', geoCoordinates: { latitude: 0, longitude: 0 } }
        : locationOf(places.london),
      correlationId: base['correlationId'],
      conditionalAccessStatus: 'notApplied',
      appliedConditionalAccessPolicies: [],
      isInteractive: false,
      tokenIssuerType: 'AzureAD',
      processingTimeInMilliseconds: 0,
      riskDetail: 'none',
      riskLevelAggregated: 'none',
      riskLevelDuringSignIn: 'none',
      riskState: 'none',
      resourceDisplayName: signIn.resource,
      resourceId: signIn.resourceId,
      servicePrincipalName: workload.name,
      servicePrincipalId: workload.id,
      ...(isManaged ? {} : { servicePrincipalCredentialKeyId: workload.id.replace('0000000e', '000000ce') }),
      flaggedForReview: false,
      isTenantRestricted: false,
      crossTenantAccessType: 'none',
      uniqueTokenIdentifier: hexText(random, 32),
      incomingTokenType: 'none',
      authenticationProtocol: 'none',
    },
  };
}
