import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { HOUR_MS, iso } from '../../lib/clock.ts';
import { region } from './estate.ts';
import type { Named } from './estate.ts';
import { tenantId } from './tenant.ts';
import type { Workload } from './tenant.ts';
import { guid, hexText, iso7, sasSignature } from './text.ts';

export type BlobAuthentication =
  | { readonly type: 'OAuth'; readonly requester: Workload }
  | { readonly type: 'SAS'; readonly permissions: string }
  | { readonly type: 'AccountKey' }
  | { readonly type: 'Anonymous' };

export interface BlobCall {
  readonly time: number;
  readonly account: Named;
  readonly operation: string;
  /** `/container/path` inside the account. */
  readonly path: string;
  readonly authentication: BlobAuthentication;
  readonly ip: string;
  readonly userAgent: string;
  readonly statusCode: number;
  readonly bytes: number;
}

const categoryOf = (operation: string): string => {
  if (/^(Put|Set|Copy|Append)/.test(operation)) return 'StorageWrite';
  return operation.startsWith('Delete') ? 'StorageDelete' : 'StorageRead';
};

const hash64 = (random: Random): string => hexText(random, 64).toUpperCase();

function identityOf(authentication: BlobAuthentication, operation: string, random: Random): JsonObject {
  switch (authentication.type) {
    case 'OAuth':
      return {
        type: 'OAuth',
        tokenHash: hash64(random),
        authorization: [
          {
            action: `Microsoft.Storage/storageAccounts/blobServices/containers/blobs/${operation.startsWith('Get') ? 'read' : 'write'}`,
            roleDefinitionId: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
            principals: [{ id: authentication.requester.id, type: 'ServicePrincipal' }],
            denyAssignmentId: '',
            type: 'RBAC',
            result: 'Granted',
            reason: 'Policy',
          },
        ],
        requester: {
          appId: authentication.requester.appId,
          objectId: authentication.requester.id,
          tenantId,
          tokenIssuer: `https://sts.windows.net/${tenantId}/`,
        },
      };
    case 'SAS':
      return { type: 'SAS', tokenHash: `key1(${hash64(random)}),SasSignature(${hash64(random)})` };
    case 'AccountKey':
      return { type: 'AccountKey', tokenHash: `key1(${hash64(random)})` };
    case 'Anonymous':
      return { type: 'Anonymous' };
  }
}

/** The URL as asked for. Under a SAS it holds the signature: Azure logs the secret itself. */
function uriOf(call: BlobCall, random: Random): string {
  const base = `https://${call.account.name}.blob.core.windows.net:443${call.path}`;
  if (call.authentication.type !== 'SAS') return base;
  const expires = encodeURIComponent(iso(call.time + 8 * HOUR_MS).replace('.000Z', 'Z'));
  return `${base}?sv=2024-11-04&ss=b&srt=co&sp=${call.authentication.permissions}&se=${expires}&spr=https&sig=${sasSignature(random)}`;
}

const statusTexts: Readonly<Record<number, string>> = {
  200: 'Success',
  201: 'Success',
  202: 'Success',
  403: 'AuthorizationFailure',
  404: 'BlobNotFound',
  409: 'ContainerNotFound',
  503: 'ServerBusy',
};

/** A `StorageRead`, `StorageWrite` or `StorageDelete` record, by its operation. */
export function blobCall(call: BlobCall, random: Random): JsonObject {
  const isRead = categoryOf(call.operation) === 'StorageRead';
  return {
    time: iso7(call.time, random),
    resourceId: `${call.account.id}/blobServices/default`,
    category: categoryOf(call.operation),
    operationName: call.operation,
    operationVersion: '2024-11-04',
    schemaVersion: '1.0',
    statusCode: call.statusCode,
    statusText: statusTexts[call.statusCode] ?? 'Unknown',
    durationMs: random.int(4, 260),
    callerIpAddress: `${call.ip}:${random.int(20_000, 64_000)}`,
    correlationId: guid(random),
    identity: identityOf(call.authentication, call.operation, random),
    location: region,
    properties: {
      accountName: call.account.name,
      userAgentHeader: call.userAgent,
      clientRequestId: guid(random),
      serviceType: 'blob',
      objectKey: `/${call.account.name}${call.path}`,
      metricResponseType: call.statusCode < 300 ? 'Success' : 'ClientOtherError',
      serverLatencyMs: random.int(3, 90),
      requestHeaderSize: random.int(380, 900),
      ...(isRead ? { responseBodySize: call.bytes } : { requestBodySize: call.bytes }),
      responseHeaderSize: random.int(240, 520),
      tlsVersion: 'TLS 1.3',
      sourceAccessTier: 'Hot',
    },
    uri: uriOf(call, random),
    protocol: 'HTTPS',
    resourceType: 'Microsoft.Storage/storageAccounts/blobServices',
  };
}

export const azCopy = 'AzCopy/10.27.1 Azure-Storage/10.27.1 (go1.23.1; linux)';
