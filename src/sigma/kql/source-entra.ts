import { absent, column, constant, json, underProperties } from './source.ts';
import type { Branch, FieldColumn, KqlSource } from './source.ts';

const signInFields: Readonly<Record<string, FieldColumn>> = {
  time: column('TimeGenerated'),
  operationName: column('OperationName'),
  resultType: column('ResultType'),
  resultSignature: column('ResultSignature'),
  resultDescription: column('ResultDescription'),
  callerIpAddress: column('IPAddress'),
  correlationId: column('CorrelationId'),
  durationMs: column('DurationMs'),
  identity: column('Identity'),
  location: column('Location'),
  'properties.id': column('Id'),
  'properties.correlationId': column('CorrelationId'),
  'properties.ipAddress': column('IPAddress'),
  'properties.resourceId': column('ResourceIdentity'),
  'properties.location': json('LocationDetails'),
  'properties.appliedConditionalAccessPolicies': json('ConditionalAccessPolicies'),
  'properties.authenticationProcessingDetails': json('AuthenticationProcessingDetails'),
  ...underProperties(
    'appId conditionalAccessStatus resourceDisplayName resourceServicePrincipalId servicePrincipalId ' +
      'uniqueTokenIdentifier',
  ),
};

const arrays = [
  'properties.appliedConditionalAccessPolicies',
  'properties.authenticationDetails',
  'properties.authenticationProcessingDetails',
  'properties.networkLocationDetails',
  'properties.riskEventTypes',
  'properties.riskEventTypes_v2',
];

const userFields: Readonly<Record<string, FieldColumn>> = {
  ...signInFields,
  'properties.createdDateTime': column('CreatedDateTime'),
  'properties.status': json('Status'),
  'properties.deviceDetail': json('DeviceDetail'),
  'properties.mfaDetail': json('MfaDetail'),
  'properties.authenticationDetails': json('AuthenticationDetails'),
  'properties.networkLocationDetails': json('NetworkLocationDetails'),
  'properties.riskEventTypes': json('RiskEventTypes'),
  'properties.riskEventTypes_v2': json('RiskEventTypes_V2'),
  ...underProperties(
    'appDisplayName authenticationProtocol authenticationRequirement autonomousSystemNumber clientAppUsed ' +
      'crossTenantAccessType homeTenantId isInteractive resourceTenantId riskDetail riskLevelAggregated ' +
      'riskLevelDuringSignIn riskState tokenIssuerName tokenIssuerType userAgent userDisplayName userId ' +
      'userPrincipalName userType',
  ),
};

const notUser = absent('sign-ins of workloads have no user');
const workloadFields: Readonly<Record<string, FieldColumn>> = {
  ...signInFields,
  // The record's status object is not kept; its error code is the same text as the result type.
  'properties.status.errorCode': column('ResultType'),
  'properties.userPrincipalName': notUser,
  'properties.userDisplayName': notUser,
  'properties.userId': notUser,
  'properties.authenticationRequirement': absent(
    'a workload proves itself with one credential, never with a factor',
  ),
  ...underProperties(
    'federatedCredentialId servicePrincipalCredentialKeyId servicePrincipalCredentialThumbprint ' +
      'servicePrincipalName',
  ),
};

const signInOutput = {
  Operation: 'OperationName',
  Result: 'ResultType',
  IpAddress: 'IPAddress',
  AppId: 'AppId',
  Target: 'ResourceDisplayName',
  CorrelationId: 'CorrelationId',
} as const;

const userBranch = (
  table: 'SigninLogs' | 'AADNonInteractiveUserSignInLogs',
  category: string,
  more: Readonly<Record<string, FieldColumn>> = {},
): Branch => ({
  table,
  fields: { ...userFields, category: constant(category), ...more },
  arrays,
  output: { ...signInOutput, ActorName: 'UserPrincipalName', ActorId: 'UserId' },
});

const workloadBranch = (
  table: 'AADServicePrincipalSignInLogs' | 'AADManagedIdentitySignInLogs',
  category: string,
): Branch => ({
  table,
  fields: { ...workloadFields, category: constant(category) },
  arrays,
  output: { ...signInOutput, ActorName: 'ServicePrincipalName', ActorId: 'ServicePrincipalId' },
});

export const signInSource: KqlSource = {
  logSource: { product: 'azure', service: 'signinlogs' },
  branches: [
    userBranch('SigninLogs', 'SignInLogs', {
      resourceId: column('ResourceId'),
      tenantId: column('AADTenantId'),
      'properties.servicePrincipalName': column('ServicePrincipalName'),
    }),
    userBranch('AADNonInteractiveUserSignInLogs', 'NonInteractiveUserSignInLogs'),
    workloadBranch('AADServicePrincipalSignInLogs', 'ServicePrincipalSignInLogs'),
    workloadBranch('AADManagedIdentitySignInLogs', 'ManagedIdentitySignInLogs'),
  ],
  connector: 'AzureActiveDirectory',
  caveats: [],
};

export const auditBranch: Branch = {
  table: 'AuditLogs',
  fields: {
    time: column('TimeGenerated'),
    operationName: column('OperationName'),
    // The column `Category` holds the activity's category, not the log's.
    category: constant('AuditLogs'),
    resultType: column('ResultType'),
    resultSignature: column('ResultSignature'),
    resultDescription: column('ResultDescription'),
    correlationId: column('CorrelationId'),
    identity: column('Identity'),
    tenantId: column('AADTenantId'),
    'properties.operationType': column('AADOperationType'),
    'properties.initiatedBy': json('InitiatedBy'),
    'properties.targetResources': json('TargetResources'),
    'properties.additionalDetails': json('AdditionalDetails'),
    ...underProperties(
      'activityDateTime activityDisplayName category correlationId id loggedByService result resultReason',
    ),
  },
  arrays: [
    'properties.targetResources',
    'properties.targetResources.modifiedProperties',
    'properties.additionalDetails',
  ],
  output: {
    Operation: 'OperationName',
    Result: 'Result',
    ActorName:
      'iff(isnotempty(tostring(InitiatedBy.user.userPrincipalName)), ' +
      'tostring(InitiatedBy.user.userPrincipalName), tostring(InitiatedBy.app.displayName))',
    ActorId:
      'iff(isnotempty(tostring(InitiatedBy.user.id)), ' +
      'tostring(InitiatedBy.user.id), tostring(InitiatedBy.app.servicePrincipalId))',
    IpAddress: 'tostring(InitiatedBy.user.ipAddress)',
    AppId: 'tostring(InitiatedBy.app.appId)',
    Target:
      'iff(isnotempty(tostring(TargetResources[0].userPrincipalName)), ' +
      'tostring(TargetResources[0].userPrincipalName), tostring(TargetResources[0].displayName))',
    CorrelationId: 'CorrelationId',
  },
};

export const auditSource: KqlSource = {
  logSource: { product: 'azure', service: 'auditlogs' },
  branches: [auditBranch],
  connector: 'AzureActiveDirectory',
  caveats: [],
};
