/** Kusto's scalar types, as far as the tables below have them. */
export type ColumnType = 'string' | 'dynamic' | 'int' | 'long' | 'real' | 'bool' | 'datetime';

/** A Log Analytics table: the columns that our queries read, with the page that states them. */
export interface Table {
  readonly source: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
}

const page = (table: string): string =>
  `https://learn.microsoft.com/azure/azure-monitor/reference/tables/${table.toLowerCase()}`;

const typed = <T extends ColumnType>(type: T, names: string): Record<string, T> =>
  Object.fromEntries(names.split(' ').map((name) => [name, type]));

const table = (name: string, columns: Table['columns']): Table => ({
  source: page(name),
  columns: { TimeGenerated: 'datetime', Type: 'string', ...columns },
});

/** Both sign-in tables of users have these; one writes its objects as `dynamic`, the other as JSON text. */
const userSignIn = {
  ...typed(
    'string',
    'Category OperationName ResultType ResultSignature ResultDescription CorrelationId Identity Location Id AppId ' +
      'AppDisplayName IPAddress ClientAppUsed UserAgent UserPrincipalName UserDisplayName UserId UserType ' +
      'ConditionalAccessStatus AuthenticationRequirement AuthenticationProtocol AuthenticationDetails ' +
      'AuthenticationProcessingDetails AutonomousSystemNumber CrossTenantAccessType HomeTenantId ' +
      'NetworkLocationDetails ResourceDisplayName ResourceIdentity ResourceServicePrincipalId ResourceTenantId ' +
      'RiskDetail RiskEventTypes RiskEventTypes_V2 RiskLevelAggregated RiskLevelDuringSignIn RiskState ' +
      'ServicePrincipalId TokenIssuerName TokenIssuerType UniqueTokenIdentifier',
  ),
  ...typed('bool', 'IsInteractive'),
  ...typed('datetime', 'CreatedDateTime'),
  ...typed('long', 'DurationMs'),
} as const;

const workloadSignIn = {
  ...typed(
    'string',
    'Category OperationName ResultType ResultSignature ResultDescription CorrelationId Identity Location Id AppId ' +
      'IPAddress LocationDetails ConditionalAccessStatus ConditionalAccessPolicies AuthenticationProcessingDetails ' +
      'ResourceDisplayName ResourceIdentity ResourceServicePrincipalId ServicePrincipalId ServicePrincipalName ' +
      'ServicePrincipalCredentialKeyId ServicePrincipalCredentialThumbprint FederatedCredentialId ' +
      'UniqueTokenIdentifier',
  ),
  ...typed('long', 'DurationMs'),
} as const;

const riskEvent = {
  ...typed(
    'string',
    'Activity CorrelationId DetectionTimingType Id IpAddress OperationName RequestId RiskDetail RiskEventType ' +
      'RiskLevel RiskState Source TokenIssuerType',
  ),
  ...typed('dynamic', 'AdditionalInfo Location'),
  ...typed('datetime', 'ActivityDateTime DetectedDateTime LastUpdatedDateTime'),
} as const;

/**
 * What a workspace calls things. Read from the pages named by `source`; the tests compare every column and type
 * here with Microsoft's own list. Columns that `AzureDiagnostics` grows on demand are not here: they are read
 * through `column_ifexists`, because a query that names a column which no record has brought yet fails.
 */
export const tables = {
  AzureActivity: table('AzureActivity', {
    ...typed(
      'string',
      'ActivityStatusValue ActivitySubstatusValue Caller CallerIpAddress CategoryValue CorrelationId EventDataId ' +
        'Hierarchy Level OperationNameValue ResourceGroup ResourceProviderValue SubscriptionId _ResourceId',
    ),
    ...typed('dynamic', 'Authorization_d Claims_d Properties_d'),
  }),
  SigninLogs: table('SigninLogs', {
    ...userSignIn,
    ...typed('string', 'AADTenantId ResourceId ServicePrincipalName'),
    ...typed('dynamic', 'ConditionalAccessPolicies DeviceDetail LocationDetails MfaDetail Status'),
  }),
  AADNonInteractiveUserSignInLogs: table('AADNonInteractiveUserSignInLogs', {
    ...userSignIn,
    ...typed('string', 'ConditionalAccessPolicies DeviceDetail LocationDetails MfaDetail Status'),
  }),
  AADServicePrincipalSignInLogs: table('AADServicePrincipalSignInLogs', workloadSignIn),
  AADManagedIdentitySignInLogs: table('AADManagedIdentitySignInLogs', workloadSignIn),
  AuditLogs: table('AuditLogs', {
    ...typed(
      'string',
      'AADOperationType AADTenantId ActivityDisplayName Category CorrelationId Id Identity LoggedByService ' +
        'OperationName Result ResultDescription ResultReason ResultSignature ResultType',
    ),
    ...typed('dynamic', 'AdditionalDetails InitiatedBy TargetResources'),
    ...typed('datetime', 'ActivityDateTime'),
  }),
  AADUserRiskEvents: table('AADUserRiskEvents', {
    ...riskEvent,
    ...typed('string', 'UserDisplayName UserId UserPrincipalName'),
  }),
  AADServicePrincipalRiskEvents: table('AADServicePrincipalRiskEvents', {
    ...riskEvent,
    ...typed('string', 'AppId ServicePrincipalDisplayName ServicePrincipalId'),
    ...typed('dynamic', 'KeyIds'),
  }),
  OfficeActivity: table('OfficeActivity', {
    ...typed(
      'string',
      'AppId ApplicationId ClientIP ExtendedProperties ModifiedProperties OfficeId OfficeObjectId OfficeWorkload ' +
        'Operation OrganizationId Parameters RecordType ResultStatus UserAgent UserId UserKey UserType',
    ),
    ...typed('dynamic', 'OperationProperties'),
  }),
  CloudAppEvents: table('CloudAppEvents', {
    ...typed('string', 'AccountObjectId ActionType Application IPAddress'),
    ...typed('dynamic', 'RawEventData'),
  }),
  EmailEvents: table('EmailEvents', {
    ...typed(
      'string',
      'DeliveryAction EmailDirection NetworkMessageId RecipientEmailAddress SenderFromAddress SenderIPv4 ' +
        'SenderMailFromAddress Subject ThreatTypes',
    ),
  }),
  AzureDiagnostics: table('AzureDiagnostics', {
    ...typed(
      'string',
      'CallerIPAddress Category CorrelationId Level OperationName Resource ResourceGroup ResourceProvider ' +
        'ResultDescription ResultSignature ResultType _ResourceId',
    ),
    ...typed('long', 'DurationMs'),
  }),
  AZKVAuditLogs: table('AZKVAuditLogs', {
    ...typed(
      'string',
      'CallerIpAddress ClientInfo CorrelationId Id OperationName RequestUri ResultDescription ResultSignature ' +
        'ResultType Tlsversion TrustedService _ResourceId',
    ),
    ...typed('int', 'DurationMs HttpStatusCode'),
    ...typed(
      'bool',
      'EnablePurgeProtection EnableRbacAuthorization EnableSoftDelete IsAccessPolicyMatch IsAddressAuthorized ' +
        'IsRbacAuthorized',
    ),
    ...typed('dynamic', 'Identity NetworkAcls VaultProperties'),
  }),
  StorageBlobLogs: table('StorageBlobLogs', {
    ...typed(
      'string',
      'AccountName AuthenticationHash AuthenticationType CallerIpAddress Category CorrelationId Etag Location ' +
        'MetricResponseType ObjectKey OperationName Protocol RequesterAppId RequesterAudience RequesterObjectId ' +
        'RequesterTenantId RequesterTokenIssuer RequesterUpn ServiceType StatusCode StatusText TlsVersion Uri ' +
        'UserAgentHeader _ResourceId',
    ),
    ...typed('dynamic', 'AuthorizationDetails'),
    ...typed('long', 'RequestBodySize ResponseBodySize'),
    ...typed('real', 'DurationMs'),
  }),
  SecurityAlert: table('SecurityAlert', {
    ...typed(
      'string',
      'AlertLink AlertSeverity AlertType CompromisedEntity Description DisplayName Entities ExtendedProperties ' +
        'ProductName ProviderName RemediationSteps ResourceId Status SystemAlertId Tactics Techniques VendorName',
    ),
    ...typed('datetime', 'EndTime StartTime'),
    ...typed('bool', 'IsIncident'),
  }),
  SecurityRecommendation: table('SecurityRecommendation', {
    ...typed(
      'string',
      'AssessedResourceId Description Environment PolicyDefinitionId RecommendationDisplayName RecommendationId ' +
        'RecommendationName RecommendationSeverity RecommendationState',
    ),
    ...typed('datetime', 'FirstEvaluationDate StatusChangeDate'),
    ...typed('bool', 'IsSnapshot'),
  }),
  SecurityNestedRecommendation: table('SecurityNestedRecommendation', {
    ...typed(
      'string',
      'AssessedResourceId Category Description ParentRecommendationId RecommendationName RecommendationSeverity ' +
        'RecommendationState VulnerabilityId',
    ),
    ...typed('dynamic', 'AdditionalData'),
    ...typed('bool', 'IsSnapshot'),
  }),
  SecurityRegulatoryCompliance: table('SecurityRegulatoryCompliance', {
    ...typed('string', 'AssessedResourceId ComplianceControl ComplianceStandard RecommendationName State'),
    ...typed('int', 'FailedResources PassedResources SkippedResources'),
    ...typed('bool', 'IsSnapshot'),
  }),
  SecureScoreControls: table('SecureScoreControls', {
    ...typed('string', 'AssessedResourceId ControlId ControlName ControlType'),
    ...typed('int', 'HealthyResources MaxScore NotApplicableResources UnhealthyResources'),
    ...typed('real', 'CurrentScore PercentageScore'),
    ...typed('bool', 'IsSnapshot'),
  }),
} as const satisfies Readonly<Record<string, Table>>;

export type TableName = keyof typeof tables;
