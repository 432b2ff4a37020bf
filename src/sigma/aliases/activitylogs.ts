import { seenIn } from './sources.ts';
import { named, realPaths } from './table.ts';
import type { AliasTable } from './table.ts';

/** Administrative and the other categories of the Activity Log. */
export const activityLogs: AliasTable = {
  product: 'azure',
  service: 'activitylogs',
  paths: [
    ...realPaths(
      seenIn.activitySamples,
      'RoleLocation Stamp ReleaseVersion time resourceId operationName operationVersion category resultType ' +
        'resultSignature resultDescription durationMs callerIpAddress correlationId identity level location tenantId ' +
        'properties identity.authorization identity.authorization.scope identity.authorization.action ' +
        'identity.authorization.evidence identity.authorization.evidence.role ' +
        'identity.authorization.evidence.roleAssignmentScope identity.authorization.evidence.roleAssignmentId ' +
        'identity.authorization.evidence.roleDefinitionId identity.authorization.evidence.principalId ' +
        'identity.authorization.evidence.principalType identity.claims',
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
      Caller:
        'identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn ' +
        'identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name identity.claims.appid',
      // The record has no provider of its own: it is the first part of the operation and stands in the resource id.
      ResourceProviderValue: 'operationName resourceId',
      ResourceProvider: 'operationName resourceId',
    }),
    // Azure names the operation in `operationName`; its own `properties.message` is the operation's name too.
    ...named(seenIn.activityPage, { 'properties.message': 'operationName properties.message' }),
  ],
};
