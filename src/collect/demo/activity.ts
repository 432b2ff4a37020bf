import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import type { Planned } from './clockwork.ts';
import { roles, subscription, subscriptionId } from './estate.ts';
import { tenantId } from './tenant.ts';
import type { Identity } from './tenant.ts';
import { hexText, iso7 } from './text.ts';

/** One control-plane call, as the Activity Log tells of it in two or three records. */
export interface ArmCall {
  readonly time: number;
  /** As Azure Resource Manager spells the action; records carry it in capitals. */
  readonly action: string;
  readonly resourceId: string;
  readonly caller: Identity;
  readonly correlationId: string;
  readonly body?: JsonObject;
  /** Where the caller sits, when that is not their usual place. */
  readonly ip?: string;
  readonly role?: 'Owner' | 'Contributor';
  /** Set when the call is refused. */
  readonly failure?: { readonly code: string; readonly message: string; readonly status: string };
  /** Long-running calls are accepted before they succeed. */
  readonly isAsync?: boolean;
}

const claimBase = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims';
const identityBase = 'http://schemas.microsoft.com/identity/claims';

function claims(caller: Identity, ip: string, time: number, random: Random): JsonObject {
  const issuedAt = Math.floor(time / 1000) - random.int(60, 3000);
  const common = {
    aud: 'https://management.core.windows.net/',
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: String(issuedAt),
    nbf: String(issuedAt),
    exp: String(issuedAt + 5100),
    [`${identityBase}/objectidentifier`]: caller.id,
    [`${identityBase}/tenantid`]: tenantId,
    uti: hexText(random, 22),
    ver: '1.0',
  };
  if (caller.kind !== 'user') return { ...common, appid: caller.appId, appidacr: '2', idtyp: 'app' };
  return {
    ...common,
    'http://schemas.microsoft.com/claims/authnmethodsreferences': 'pwd,mfa',
    appid: 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',
    appidacr: '0',
    idtyp: 'user',
    ipaddr: ip,
    name: caller.name,
    [`${identityBase}/scope`]: 'user_impersonation',
    [`${claimBase}/name`]: caller.upn,
    [`${claimBase}/upn`]: caller.upn,
  };
}

/** Azure spells the resource in capitals in most Activity records, and as it was created in the rest. */
const spelling = (resourceId: string, random: Random): string =>
  random.chance(0.85) ? resourceId.toUpperCase() : resourceId;

function authorization(call: ArmCall): JsonObject {
  const role = call.role ?? 'Contributor';
  return {
    scope: call.resourceId,
    action: call.action,
    evidence: {
      role,
      roleAssignmentScope: subscription,
      roleAssignmentId: call.caller.id.replaceAll('-', ''),
      roleDefinitionId:
        role === 'Owner' ? roles.owner.replaceAll('-', '') : 'b24988ac618042a0ab8820f7382dd24c',
      principalId: call.caller.id.replaceAll('-', ''),
      principalType: call.caller.kind === 'user' ? 'User' : 'ServicePrincipal',
    },
  };
}

type Phase = 'Start' | 'Accept' | 'Success' | 'Failure';

const signatures: Readonly<Record<Exclude<Phase, 'Failure'>, string>> = {
  Start: 'Started.',
  Accept: 'Accepted.Accepted',
  Success: 'Succeeded.OK',
};

const signatureOf = (call: ArmCall, phase: Phase): string =>
  phase === 'Failure' ? `Failed.${call.failure?.status ?? 'BadRequest'}` : signatures[phase];

function statusMessage(call: ArmCall, phase: Phase, random: Random): JsonObject {
  if (phase !== 'Failure' || call.failure === undefined) return {};
  const { code, message } = call.failure;
  // Both forms are met: JSON text, and a plain sentence.
  const text = random.chance(0.7) ? JSON.stringify({ error: { code, message } }) : message;
  return { statusMessage: text, statusCode: call.failure.status };
}

function activityRecord(call: ArmCall, phase: Phase, time: number, random: Random): JsonObject {
  const ip = call.ip ?? call.caller.ip;
  return {
    RoleLocation: 'UK South',
    Stamp: 'FDWeb',
    ReleaseVersion: '6.2026.8.2+0a1b2c3.release_2026w08',
    time: iso7(time, random),
    resourceId: spelling(call.resourceId, random),
    operationName: call.action.toUpperCase(),
    category: 'Administrative',
    resultType: phase,
    resultSignature: signatureOf(call, phase),
    durationMs: String(time - call.time),
    callerIpAddress: ip,
    correlationId: call.correlationId,
    identity: { authorization: authorization(call), claims: claims(call.caller, ip, call.time, random) },
    level: phase === 'Failure' ? 'Error' : 'Informational',
    properties: {
      ...(call.body === undefined ? {} : { requestbody: JSON.stringify(call.body) }),
      ...statusMessage(call, phase, random),
      eventCategory: 'Administrative',
      entity: call.resourceId,
      message: call.action,
      hierarchy: `${tenantId}/${subscriptionId}`,
    },
    tenantId,
  };
}

/** The records of one call: Start, perhaps Accept, then Success or Failure, all with one correlation id. */
export function armCall(call: ArmCall, random: Random): readonly Planned[] {
  const phases: readonly Phase[] = [
    'Start',
    ...(call.isAsync === true ? (['Accept'] as const) : []),
    call.failure === undefined ? 'Success' : 'Failure',
  ];
  let time = call.time;
  return phases.map((phase) => {
    const planned: Planned = {
      hub: 'insights-activity-logs',
      time,
      record: activityRecord(call, phase, time, random),
    };
    time += phase === 'Accept' ? random.int(4_000, 45_000) : random.int(150, 2_500);
    return planned;
  });
}
