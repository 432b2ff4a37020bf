import { column, constant, json, underProperties } from './source.ts';
import type { Branch, FieldColumn, KqlSource } from './source.ts';

const riskFields: Readonly<Record<string, FieldColumn>> = {
  time: column('TimeGenerated'),
  operationName: column('OperationName'),
  correlationId: column('CorrelationId'),
  'properties.location': json('Location'),
  'properties.additionalInfo': json('AdditionalInfo'),
  ...underProperties(
    'activity activityDateTime correlationId detectedDateTime detectionTimingType id ipAddress lastUpdatedDateTime ' +
      'requestId riskDetail riskEventType riskLevel riskState source tokenIssuerType',
  ),
  // Microsoft Graph renamed it; records carry either.
  'properties.riskType': column('RiskEventType'),
};

const users: Branch = {
  table: 'AADUserRiskEvents',
  fields: {
    ...riskFields,
    category: constant('UserRiskEvents'),
    ...underProperties('userDisplayName userId userPrincipalName'),
  },
  arrays: [],
  output: {
    Operation: 'RiskEventType',
    Result: 'RiskState',
    ActorName: 'UserPrincipalName',
    ActorId: 'UserId',
    IpAddress: 'IpAddress',
    Target: 'RiskLevel',
    CorrelationId: 'CorrelationId',
  },
};

const workloads: Branch = {
  table: 'AADServicePrincipalRiskEvents',
  fields: {
    ...riskFields,
    category: constant('ServicePrincipalRiskEvents'),
    'properties.keyIds': json('KeyIds'),
    ...underProperties('appId servicePrincipalDisplayName servicePrincipalId'),
  },
  arrays: ['properties.keyIds'],
  output: {
    Operation: 'RiskEventType',
    Result: 'RiskState',
    ActorName: 'ServicePrincipalDisplayName',
    ActorId: 'ServicePrincipalId',
    IpAddress: 'IpAddress',
    AppId: 'AppId',
    Target: 'RiskLevel',
    CorrelationId: 'CorrelationId',
  },
};

/** Risk detections of Entra ID Protection. */
export const riskSource: KqlSource = {
  logSource: { product: 'azure', service: 'riskdetection' },
  branches: [users, workloads],
  connector: 'AzureActiveDirectoryIdentityProtection',
  caveats: [
    'Entra sends a detection again each time its state changes, so one detection may give several rows',
  ],
};
