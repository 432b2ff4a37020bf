import { timeParameter } from './items.ts';
import type { QueryItem } from './items.ts';

/** The grain that the portal picks for the chosen time range. */
const grain = `{${timeParameter}:grain}`;

const properties = 'parse_json(column_ifexists("properties_s", ""))';

/** Calls to AI models. An empty object id is a call with a key: Entra calls carry the caller's. */
const calls = `AzureDiagnostics
| where ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES" and Category =~ "RequestResponse"
| extend Call = ${properties}
| extend Deployment = tostring(Call.modelDeploymentName), Model = tostring(Call.modelName), CallerId = tostring(Call.objectId)
| extend Identity = iff(isempty(CallerId), "key", "Entra")`;

/** Changes that Azure Resource Manager carried out. */
const changed = (operations: readonly string[]): string => `AzureActivity
| where OperationNameValue in~ (${operations.map((operation) => `"${operation}"`).join(', ')})
| where ActivityStatusValue in~ ("Success", "Succeeded")
| extend Body = strcat(tostring(Properties_d.requestbody), tostring(Properties_d.responseBody))
| extend Compact = replace_string(Body, " ", "")`;

const noActivity =
  'Nothing in this time range. Activity Log records come once the subscription sends its Activity Log to this workspace.';
const noCalls =
  'No call in this time range. Calls come once each AI account has a diagnostic setting with RequestResponse to this workspace.';

export const accessQueries: readonly QueryItem[] = [
  {
    name: 'calls-by-deployment',
    title: 'Calls by deployment and identity type',
    query: `${calls}
| summarize Calls = count(), WithKey = countif(Identity == "key"), Callers = dcountif(CallerId, isnotempty(CallerId)), Last = max(TimeGenerated) by AzureResource = _ResourceId, Deployment, Model
| extend State = iff(WithKey > 0, strcat("✕ ", WithKey, " of ", Calls, " calls with a key"), strcat("✓ ", Calls, " of ", Calls, " calls with an identity"))
| project State, AzureResource, Deployment, Model, Calls, WithKey, Callers, Last
| order by WithKey desc, Calls desc`,
    empty: noCalls,
  },
  {
    name: 'calls-by-identity-over-time',
    title: 'Calls with a key and with an Entra identity',
    query: `${calls}
| summarize Calls = count() by bin(TimeGenerated, ${grain}), Identity`,
    empty: noCalls,
    chart: 'timechart',
  },
  {
    name: 'key-calls-by-origin',
    title: 'Where calls with a key come from (last part of the address masked by Azure)',
    query: `${calls}
| where Identity == "key"
| summarize Calls = count(), Deployments = dcount(Deployment), First = min(TimeGenerated), Last = max(TimeGenerated) by MaskedAddress = CallerIPAddress, AzureResource = _ResourceId
| order by Calls desc`,
    empty: 'No call with a key in this time range.',
    width: 50,
  },
  {
    name: 'keys-listed',
    title: 'Who read or renewed keys of AI accounts',
    query: `${changed(['MICROSOFT.COGNITIVESERVICES/ACCOUNTS/LISTKEYS/ACTION', 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/REGENERATEKEY/ACTION'])}
| summarize Times = count(), Last = max(TimeGenerated) by Caller, CallerIpAddress, Operation = OperationNameValue, AzureResource = _ResourceId
| order by Last desc`,
    empty: noActivity,
    width: 50,
  },
];

export const guardrailQueries: readonly QueryItem[] = [
  {
    name: 'content-filter-changes',
    title: 'Content filter changes',
    query: `${changed(['MICROSOFT.COGNITIVESERVICES/ACCOUNTS/RAIPOLICIES/WRITE', 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/RAIPOLICIES/DELETE'])}
| extend IsWeaker = OperationNameValue endswith "DELETE" or Compact contains "\\"blocking\\":false" or Compact contains "\\"enabled\\":false" or Compact contains "\\"severityThreshold\\":\\"High\\"" or Compact contains "\\"allowedContentLevel\\":\\"High\\""
| extend State = iff(IsWeaker, "✕ weaker", "✓ changed, still blocking")
| project TimeGenerated, State, Caller, CallerIpAddress, Operation = OperationNameValue, AzureResource = _ResourceId, CorrelationId
| order by TimeGenerated desc`,
    empty: noActivity,
  },
  {
    name: 'jailbreak-alerts',
    title: 'Jailbreak attempts that Defender saw: blocked, or only detected',
    query: `SecurityAlert
| where AlertType startswith "AI.Azure_Jailbreak"
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| extend State = iff(AlertType contains "BlockedAttempt", "✓ blocked", "✕ detected, not blocked")
| summarize Alerts = count(), First = min(TimeGenerated), Last = max(TimeGenerated) by State, AlertType, AzureResource = ResourceId
| order by State desc, Alerts desc`,
    empty:
      'No such alert in this time range. Alerts come once Defender for AI services is on and its connector writes to this workspace.',
    width: 50,
  },
  {
    name: 'other-ai-alerts',
    title: 'Other alerts of Defender for AI services',
    query: `SecurityAlert
| where AlertType startswith "AI." and AlertType !startswith "AI.Azure_Jailbreak"
| summarize arg_max(TimeGenerated, *) by SystemAlertId
| summarize Alerts = count(), Last = max(TimeGenerated) by AlertType, DisplayName, AlertSeverity, AzureResource = ResourceId
| order by Alerts desc`,
    empty: 'No such alert in this time range.',
    width: 50,
  },
  {
    name: 'public-network-changes',
    title: 'Public network access of AI accounts',
    query: `${changed(['MICROSOFT.COGNITIVESERVICES/ACCOUNTS/WRITE'])}
| where Compact contains "\\"publicNetworkAccess\\""
| extend State = case(Compact contains "\\"publicNetworkAccess\\":\\"Enabled\\"" and Compact contains "\\"defaultAction\\":\\"Deny\\"", "! selected networks", Compact contains "\\"publicNetworkAccess\\":\\"Enabled\\"", "✕ all networks", "✓ private")
| project TimeGenerated, State, Caller, CallerIpAddress, AzureResource = _ResourceId, CorrelationId
| order by TimeGenerated desc`,
    empty: noActivity,
  },
  {
    name: 'model-deployments',
    title: 'Model deployments made and removed',
    query: `${changed(['MICROSOFT.COGNITIVESERVICES/ACCOUNTS/DEPLOYMENTS/WRITE', 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/DEPLOYMENTS/DELETE'])}
| project TimeGenerated, Operation = OperationNameValue, Caller, CallerIpAddress, AzureResource = _ResourceId, CorrelationId
| order by TimeGenerated desc`,
    empty: noActivity,
  },
];

/** How long a source may be quiet before its silence counts, by how often such records come. */
const sources: readonly (readonly [label: string, rows: string, quietAfter: string])[] = [
  ['Activity Log', 'AzureActivity', '1d'],
  ['Sign-ins of users', 'union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs', '1d'],
  [
    'Sign-ins of workloads',
    'union isfuzzy=true AADServicePrincipalSignInLogs, AADManagedIdentitySignInLogs',
    '1d',
  ],
  ['Entra audit', 'AuditLogs', '2d'],
  [
    'AI accounts: requests',
    'AzureDiagnostics | where ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES" and Category =~ "RequestResponse"',
    '1d',
  ],
  [
    'AI accounts: audit',
    'AzureDiagnostics | where ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES" and Category =~ "Audit"',
    '7d',
  ],
  [
    'Key Vault',
    'union isfuzzy=true (AzureDiagnostics | where ResourceProvider =~ "MICROSOFT.KEYVAULT" | project TimeGenerated), (AZKVAuditLogs | project TimeGenerated)',
    '1d',
  ],
  ['Storage: blobs', 'StorageBlobLogs', '1d'],
  ['Defender alerts', 'SecurityAlert', '30d'],
  ['Defender assessments', 'SecurityRecommendation', '8d'],
  ['Regulatory compliance', 'SecurityRegulatoryCompliance', '8d'],
];

const lastEvents = `union isfuzzy=true
${sources.map(([label, rows]) => `  (${rows} | summarize Last = max(TimeGenerated), Records = count() | extend Source = "${label}")`).join(',\n')}`;

const expected = sources.map(([label, , quiet]) => `  "${label}", timespan(${quiet})`).join(',\n');

export const gapQueries: readonly QueryItem[] = [
  {
    name: 'sources-last-event',
    title: 'Last event of each source',
    query: `let seen = ${lastEvents};
datatable(Source: string, QuietAfter: timespan)
[
${expected}
]
| join kind=leftouter seen on Source
| extend Quiet = now() - Last
| extend State = case(isnull(Last) or Records == 0, "∅ NO EVIDENCE", Quiet > QuietAfter, strcat("∅ NO EVIDENCE for ", format_timespan(Quiet, "d.hh:mm"), " (d.hh:mm)"), "✓ arriving")
| project Source, State, Last, Records, QuietAfter
| order by State asc, Source asc`,
    empty: 'No source could be read: does the workspace hold any of these tables, and may you read it?',
  },
  {
    name: 'silent-ai-accounts',
    title: 'AI accounts that were changed or called, and when they last logged a request',
    query: `let known = union isfuzzy=true
  (AzureActivity | where _ResourceId contains "/providers/microsoft.cognitiveservices/accounts/" | project TimeGenerated, Account = extract("(?i)^(.*/providers/microsoft.cognitiveservices/accounts/[^/]+)", 1, _ResourceId)),
  (AzureDiagnostics | where ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES" | project TimeGenerated, Account = _ResourceId)
| summarize LastSeen = max(TimeGenerated) by Account = tolower(Account);
let logged = AzureDiagnostics
| where ResourceProvider =~ "MICROSOFT.COGNITIVESERVICES" and Category =~ "RequestResponse"
| summarize LastRequest = max(TimeGenerated) by Account = tolower(_ResourceId);
known
| join kind=leftouter logged on Account
| extend State = case(isnull(LastRequest), "∅ NO EVIDENCE", LastRequest < ago(1d), "∅ NO EVIDENCE for more than a day", "✓ arriving")
| project State, Account, LastSeen, LastRequest
| order by State asc, Account asc`,
    empty: 'No AI account is known from this time range.',
  },
  {
    name: 'diagnostic-settings-changes',
    title: 'Diagnostic settings removed or changed',
    query: `${changed(['MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/DELETE', 'MICROSOFT.INSIGHTS/DIAGNOSTICSETTINGS/WRITE'])}
| extend State = case(OperationNameValue endswith "DELETE", "✕ removed", Compact contains "\\"enabled\\":true", "✓ written, logs on", "! written, look at what it logs")
| project TimeGenerated, State, Caller, CallerIpAddress, AzureResource = _ResourceId, CorrelationId
| order by TimeGenerated desc`,
    empty: noActivity,
  },
];
