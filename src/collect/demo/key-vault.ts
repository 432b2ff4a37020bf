import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { curves, moments } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import { tenantId, workloads } from './tenant.ts';
import { vaultList, vaults } from './estate.ts';
import type { Named } from './estate.ts';
import type { Identity } from './tenant.ts';
import { guid, hexText, iso7 } from './text.ts';

export interface VaultCall {
  readonly time: number;
  readonly vault: Named;
  /** ObjectVerb, for example `SecretGet`. */
  readonly operation: string;
  /** Path under the vault, for example `/secrets/db-password`. */
  readonly object: string;
  readonly caller: Identity | undefined;
  readonly httpStatus: 200 | 401 | 403 | 404;
  readonly ip?: string;
  readonly correlationId?: string;
}

const signature = { 200: 'OK', 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound' } as const;

function claim(caller: Identity | undefined): JsonObject {
  if (caller === undefined) return {};
  const base = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
  if (caller.kind !== 'user') return { [base]: caller.id, appid: caller.appId, xms_mirid: caller.name };
  return {
    [base]: caller.id,
    'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': caller.upn,
    appid: 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',
  };
}

/** An `AuditEvent` of a key vault. */
export function vaultCall(call: VaultCall, random: Random): JsonObject {
  const host = `https://${call.vault.name}.vault.azure.net`;
  return {
    time: iso7(call.time, random),
    category: 'AuditEvent',
    operationName: call.operation,
    operationVersion: '7.5',
    resourceId: call.vault.id.toUpperCase(),
    // Text here, a number elsewhere.
    durationMs: String(random.int(8, 160)),
    resultType: 'Success',
    resultSignature: signature[call.httpStatus],
    resultDescription: '',
    correlationId: call.correlationId ?? guid(random),
    callerIpAddress: call.ip ?? call.caller?.ip ?? '10.20.0.5',
    identity: { claim: claim(call.caller) },
    properties: {
      clientInfo: 'azsdk-net-Security.KeyVault.Secrets/4.7.0 (.NET 8.0.13; Ubuntu 24.04)',
      requestUri: `${host}${call.object}?api-version=7.5`,
      id: `${host}${call.object}`,
      httpStatusCode: call.httpStatus,
      isRbacAuthorized: call.httpStatus !== 401 && call.httpStatus !== 403,
      isAddressAuthorized: true,
      tlsVersion: 'TLS1_3',
    },
    tenantId,
  };
}

const usual = [
  ['SecretGet', '/secrets/sql-connection'],
  ['SecretGet', '/secrets/fhir-client'],
  ['SecretGet', '/secrets/search-index'],
  ['KeyGet', '/keys/storage-cmk'],
  ['KeyUnwrap', '/keys/storage-cmk'],
  ['KeyWrap', '/keys/storage-cmk'],
  ['CertificateGet', '/certificates/gateway-tls'],
  ['SecretListVersions', '/secrets/sql-connection/versions'],
] as const;

const callers: Readonly<Record<string, readonly Identity[]>> = {
  [vaults.clinical.name]: [workloads.clinicalApi, workloads.indexer, workloads.kubelet],
  [vaults.claims.name]: [workloads.claimsWorker, workloads.claimsBatch, workloads.gateway],
  [vaults.training.name]: [workloads.notebooks, workloads.backup],
};

/** Applications fetching secrets and keys, the unauthenticated first try that every SDK makes, a job that is refused. */
export function vaultTraffic(hour: Hour): void {
  const { random } = hour;
  for (const time of moments(hour, 4_300, curves.application)) {
    const vault = random.pick(vaultList);
    const caller = random.pick(callers[vault.name] ?? [workloads.backup]);
    const [operation, path] = random.pick(usual);
    const object = `${path}/${hexText(random, 32)}`;
    const call: VaultCall = { time, vault, operation, object, caller, httpStatus: 200 };
    const dice = random.next();
    if (dice < 0.12) {
      // The SDK first asks without a token to learn where to get one.
      const challenge = {
        ...call,
        time: time - 40,
        operation: 'Authentication',
        caller: undefined,
        httpStatus: 401,
      } as const;
      hour.emit('platform', challenge.time, vaultCall(challenge, random));
    }
    const httpStatus = dice > 0.988 ? 404 : 200;
    hour.emit('platform', time, vaultCall({ ...call, httpStatus }, random));
  }
  for (const time of moments(hour, 3, curves.night)) {
    // One job asks for a secret that it lost the right to, and nobody has mended it yet.
    const denied = {
      time,
      vault: vaults.claims,
      operation: 'SecretGet',
      object: '/secrets/legacy-ftp',
      httpStatus: 403,
    } as const;
    hour.emit('platform', time, vaultCall({ ...denied, caller: workloads.claimsBatch }, random));
  }
  for (const time of moments(hour, 3, curves.night)) {
    const key = {
      time,
      vault: vaults.clinical,
      operation: 'KeyRotate',
      object: '/keys/storage-cmk',
      httpStatus: 200,
    } as const;
    hour.emit('platform', time, vaultCall({ ...key, caller: workloads.backup }, random));
  }
}
