import { resourceEnvelope, seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Storage accounts: reads, writes and deletions of blobs, files, queues and tables. */
export const storage: AliasTable = {
  product: 'azure',
  service: 'storage',
  paths: [
    ...realPaths(
      seenIn.storageSamples,
      `${resourceEnvelope} statusCode statusText uri protocol schemaVersion resourceType`,
    ),
    ...realPaths(
      seenIn.storageSamples,
      'type tokenHash authorization authorization.action authorization.principals authorization.result ' +
        'authorization.type requester requester.appId requester.audience requester.objectId requester.tenantId ' +
        'requester.tokenIssuer requester.upn',
      'identity.',
    ),
    ...realPaths(
      seenIn.storageSamples,
      'accountName etag metricResponseType objectKey requestBodySize responseBodySize serviceType tlsVersion ' +
        'userAgentHeader',
      'properties.',
    ),
  ],
  names: named(seenIn.storageTable, {
    TimeGenerated: 'time',
    _ResourceId: 'resourceId',
    AuthenticationType: 'identity.type',
    AuthenticationHash: 'identity.tokenHash',
    AuthorizationDetails: 'identity.authorization',
    RequesterAppId: 'identity.requester.appId',
    RequesterAudience: 'identity.requester.audience',
    RequesterObjectId: 'identity.requester.objectId',
    RequesterTenantId: 'identity.requester.tenantId',
    RequesterTokenIssuer: 'identity.requester.tokenIssuer',
    RequesterUpn: 'identity.requester.upn',
  }),
  words: [],
};
