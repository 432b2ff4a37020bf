import { seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

const claims = 'identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims';

/** Administrative and the other categories of the Activity Log. */
export const activityLogs: AliasTable = {
  product: 'azure',
  service: 'activitylogs',
  paths: [
    ...realPaths(
      seenIn.activitySamples,
      'RoleLocation Stamp ReleaseVersion time resourceId operationName operationVersion category resultType ' +
        'resultSignature resultDescription durationMs callerIpAddress correlationId identity level location tenantId ' +
        'properties',
    ),
    ...realPaths(
      seenIn.activitySamples,
      'authorization authorization.scope authorization.action authorization.evidence authorization.evidence.role ' +
        'authorization.evidence.roleAssignmentScope authorization.evidence.roleAssignmentId ' +
        'authorization.evidence.roleDefinitionId authorization.evidence.principalId ' +
        'authorization.evidence.principalType claims',
      'identity.',
    ),
    ...realPaths(
      seenIn.activitySamples,
      'requestbody responseBody statusCode serviceRequestId statusMessage eventCategory entity message hierarchy ' +
        'ancestors',
      'properties.',
    ),
  ],
  names: [
    ...named(seenIn.activityTable, {
      OperationNameValue: 'operationName',
      CategoryValue: 'category',
      ActivityStatusValue: 'resultType',
      ActivityStatus: 'resultType',
      ActivitySubstatusValue: 'properties.statusCode',
      ActivitySubstatus: 'properties.statusCode',
      Authorization_d: 'identity.authorization',
      Authorization: 'identity.authorization',
      Claims_d: 'identity.claims',
      Claims: 'identity.claims',
      Properties_d: 'properties',
      Hierarchy: 'properties.hierarchy',
      _ResourceId: 'resourceId',
      TimeGenerated: 'time',
      Caller: `${claims}/upn ${claims}/name identity.claims.appid`,
      // A record has no provider of its own: the operation begins with it.
      ResourceProviderValue: 'operationName',
      ResourceProvider: 'operationName',
    }),
    ...named(seenIn.activitySamples, { 'properties.message': 'properties.message operationName' }),
  ],
  words: [
    {
      fields: ['ResourceProviderValue', 'ResourceProvider'],
      word: undefined,
      meanings: [{ kind: 'followed', by: '/' }],
      source: seenIn.activityTable,
    },
  ],
};
