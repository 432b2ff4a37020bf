import { absent, column, constant, grown, grownJson, json, underProperties } from './source.ts';
import type { Branch, FieldColumn, KqlSource, Spellings } from './source.ts';

/** Old records have the portal's word, new ones the API's. */
const activityStatus: Spellings = {
  source: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/azureactivity',
  words: {
    start: ['Start', 'Started'],
    accept: ['Accept', 'Accepted'],
    success: ['Success', 'Succeeded'],
    failure: ['Failure', 'Failed'],
  },
};

const claim = (name: string): string => `tostring(Claims_d["${name}"])`;

export const activitySource: KqlSource = {
  logSource: { product: 'azure', service: 'activitylogs' },
  branches: [
    {
      table: 'AzureActivity',
      fields: {
        time: column('TimeGenerated'),
        resourceId: column('_ResourceId'),
        operationName: column('OperationNameValue'),
        category: column('CategoryValue'),
        resultType: column('ActivityStatusValue', activityStatus),
        callerIpAddress: column('CallerIpAddress'),
        correlationId: column('CorrelationId'),
        'identity.authorization': json('Authorization_d'),
        'identity.claims': json('Claims_d'),
        properties: json('Properties_d'),
      },
      arrays: [],
      output: {
        Operation: 'OperationNameValue',
        Result: 'ActivityStatusValue',
        ActorName: 'iff(Caller contains "@", Caller, "")',
        ActorId: claim('http://schemas.microsoft.com/identity/claims/objectidentifier'),
        IpAddress: 'CallerIpAddress',
        AppId: claim('appid'),
        AzureResourceId: '_ResourceId',
        Target: 'tostring(Properties_d.entity)',
        CorrelationId: 'CorrelationId',
      },
    },
  ],
  connector: 'AzureActivity',
  caveats: [],
};

const diagnosticsFields: Readonly<Record<string, FieldColumn>> = {
  time: column('TimeGenerated'),
  resourceId: column('_ResourceId'),
  operationName: column('OperationName'),
  category: column('Category'),
  resultType: column('ResultType'),
  resultSignature: column('ResultSignature'),
  resultDescription: column('ResultDescription'),
  callerIpAddress: column('CallerIPAddress'),
  correlationId: column('CorrelationId'),
  durationMs: column('DurationMs'),
};

const property = (name: string): string =>
  `tostring(parse_json(column_ifexists("properties_s", "")).${name})`;

export const openAiSource: KqlSource = {
  logSource: { product: 'azure', service: 'openai' },
  branches: [
    {
      table: 'AzureDiagnostics',
      where: 'ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES"',
      fields: {
        ...diagnosticsFields,
        event: grown('event_s'),
        location: grown('location_s'),
        properties: grownJson('properties_s'),
      },
      arrays: [],
      output: {
        Operation: 'OperationName',
        Result: 'ResultSignature',
        ActorId: property('objectId'),
        MaskedIpAddress: 'CallerIPAddress',
        AzureResourceId: '_ResourceId',
        Target: property('modelDeploymentName'),
        CorrelationId: 'CorrelationId',
      },
    },
  ],
  connector: undefined,
  caveats: [
    "Azure OpenAI masks the last part of the caller's address (203.0.113.***), so it is no IP entity",
  ],
};

const objectId = 'identity_claim_http_schemas_microsoft_com_identity_claims_objectidentifier_g';
const upn = 'identity_claim_http_schemas_xmlsoap_org_ws_2005_05_identity_claims_upn_s';
const ifExists = (name: string): string => `tostring(column_ifexists("${name}", ""))`;

const vaultDiagnostics: Branch = {
  table: 'AzureDiagnostics',
  where: 'ResourceProvider =~ "MICROSOFT.KEYVAULT"',
  fields: {
    ...diagnosticsFields,
    'identity.claim.appid': grown('identity_claim_appid_g'),
    'identity.claim.oid': grown('identity_claim_oid_g'),
    'identity.claim.upn': grown('identity_claim_upn_s'),
    'identity.claim.http://schemas.microsoft.com/identity/claims/objectidentifier': grown(objectId),
    'identity.claim.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': grown(upn),
    'properties.clientInfo': grown('clientInfo_s'),
    'properties.requestUri': grown('requestUri_s'),
    'properties.id': grown('id_s'),
    'properties.httpStatusCode': grown('httpStatusCode_d', 'real'),
    'properties.isAccessPolicyMatch': grown('isAccessPolicyMatch_b', 'bool'),
    'properties.tlsVersion': grown('tlsVersion_s'),
  },
  arrays: [],
  output: {
    Operation: 'OperationName',
    Result: 'ResultSignature',
    ActorName: `coalesce(${ifExists(upn)}, ${ifExists('identity_claim_upn_s')})`,
    ActorId: `coalesce(${ifExists(objectId)}, ${ifExists('identity_claim_oid_g')})`,
    IpAddress: 'CallerIPAddress',
    AppId: ifExists('identity_claim_appid_g'),
    AzureResourceId: '_ResourceId',
    Target: ifExists('id_s'),
    CorrelationId: 'CorrelationId',
  },
};

const vaultAudit: Branch = {
  table: 'AZKVAuditLogs',
  fields: {
    ...diagnosticsFields,
    category: constant('AuditEvent'),
    callerIpAddress: column('CallerIpAddress'),
    identity: json('Identity'),
    'properties.tlsVersion': column('Tlsversion'),
    'properties.networkAcls': json('NetworkAcls'),
    'properties.vaultProperties': json('VaultProperties'),
    ...underProperties(
      'clientInfo enablePurgeProtection enableRbacAuthorization enableSoftDelete httpStatusCode id ' +
        'isAccessPolicyMatch isAddressAuthorized isRbacAuthorized requestUri trustedService',
    ),
  },
  arrays: [],
  output: {
    Operation: 'OperationName',
    Result: 'ResultSignature',
    ActorName: 'tostring(Identity.claim["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"])',
    ActorId: 'tostring(Identity.claim["http://schemas.microsoft.com/identity/claims/objectidentifier"])',
    IpAddress: 'CallerIpAddress',
    AppId: 'tostring(Identity.claim.appid)',
    AzureResourceId: '_ResourceId',
    Target: 'Id',
    CorrelationId: 'CorrelationId',
  },
};

/** A vault writes to one table or the other, by its diagnostic setting's destination mode, so both are read. */
export const keyVaultSource: KqlSource = {
  logSource: { product: 'azure', service: 'keyvault' },
  branches: [vaultDiagnostics, vaultAudit],
  connector: 'AzureKeyVault',
  caveats: [],
};

export const storageSource: KqlSource = {
  logSource: { product: 'azure', service: 'storage' },
  branches: [
    {
      table: 'StorageBlobLogs',
      fields: {
        time: column('TimeGenerated'),
        resourceId: column('_ResourceId'),
        operationName: column('OperationName'),
        category: column('Category'),
        callerIpAddress: column('CallerIpAddress'),
        correlationId: column('CorrelationId'),
        durationMs: column('DurationMs'),
        location: column('Location'),
        protocol: column('Protocol'),
        statusCode: column('StatusCode'),
        statusText: column('StatusText'),
        uri: column('Uri'),
        resourceType: absent('StorageBlobLogs holds blob records alone and keeps no resource type'),
        'identity.type': column('AuthenticationType'),
        'identity.tokenHash': column('AuthenticationHash'),
        'identity.authorization': json('AuthorizationDetails'),
        'identity.requester.appId': column('RequesterAppId'),
        'identity.requester.audience': column('RequesterAudience'),
        'identity.requester.objectId': column('RequesterObjectId'),
        'identity.requester.tenantId': column('RequesterTenantId'),
        'identity.requester.tokenIssuer': column('RequesterTokenIssuer'),
        'identity.requester.upn': column('RequesterUpn'),
        ...underProperties(
          'accountName etag metricResponseType objectKey requestBodySize responseBodySize serviceType tlsVersion ' +
            'userAgentHeader',
        ),
      },
      arrays: ['identity.authorization'],
      output: {
        Operation: 'OperationName',
        Result: 'StatusText',
        ActorName: 'RequesterUpn',
        ActorId: 'RequesterObjectId',
        // Written as address and port.
        IpAddress: String.raw`extract("^\\[?([0-9A-Fa-f.]+|[0-9A-Fa-f:]+(?:\\]|$))", 1, CallerIpAddress)`,
        AppId: 'RequesterAppId',
        AzureResourceId: '_ResourceId',
        Target: 'ObjectKey',
        CorrelationId: 'CorrelationId',
      },
    },
  ],
  connector: 'AzureStorageAccount',
  caveats: ['reads blobs alone: files, queues and tables have tables of their own'],
};
