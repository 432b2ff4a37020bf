import type { JsonObject } from '../../lib/json.ts';
import type { Random } from '../../lib/random.ts';
import { armCall } from './activity.ts';
import type { ArmCall } from './activity.ts';
import { curves, isHeld, moments } from './clockwork.ts';
import type { Hour } from './clockwork.ts';
import {
  accountList,
  cluster,
  region,
  roles,
  search,
  storageList,
  subscription,
  vaultList,
  workspace,
} from './estate.ts';
import type { AiAccount } from './estate.ts';
import { adminList, workloads } from './tenant.ts';
import type { Identity } from './tenant.ts';
import { fixedGuid, guid } from './text.ts';

type Routine = Omit<ArmCall, 'time' | 'correlationId'>;

/** The account with the exemption is set up by hand, and nobody touches it. */
const keyless = accountList.filter(({ isKeyless }) => isKeyless);

const guardedAccount = ({ kind }: AiAccount): JsonObject => ({
  location: region,
  kind,
  sku: { name: 'S0' },
  properties: {
    publicNetworkAccess: 'Disabled',
    disableLocalAuth: true,
    networkAcls: { defaultAction: 'Deny', ipRules: [] },
  },
});

const strictPolicy: JsonObject = {
  properties: {
    basePolicyName: 'Microsoft.DefaultV2',
    mode: 'Default',
    contentFilters: ['Hate', 'Sexual', 'Violence', 'Selfharm'].map((name) => ({
      name,
      blocking: true,
      enabled: true,
      severityThreshold: 'Medium',
      source: 'Prompt',
    })),
  },
};

const safeVault: JsonObject = {
  location: region,
  properties: {
    sku: { family: 'A', name: 'premium' },
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    enablePurgeProtection: true,
    publicNetworkAccess: 'disabled',
    networkAcls: { bypass: 'AzureServices', defaultAction: 'Deny' },
  },
};

const keptDiagnostics: JsonObject = {
  properties: {
    logs: [
      { categoryGroup: 'audit', enabled: true },
      { categoryGroup: 'allLogs', enabled: true },
    ],
    metrics: [],
    eventHubName: 'ai-diagnostics',
  },
};

/** What infrastructure as code and its people do on a usual day: every change keeps the guard rails. */
const routines: readonly ((random: Random) => Routine)[] = [
  (random) => {
    const account = random.pick(keyless);
    return {
      action: 'Microsoft.CognitiveServices/accounts/write',
      resourceId: account.id,
      caller: workloads.terraform,
      body: guardedAccount(account),
      isAsync: true,
    };
  },
  (random) => {
    const account = random.pick(accountList);
    const deployment = random.pick(account.deployments);
    return {
      action: 'Microsoft.CognitiveServices/accounts/deployments/write',
      resourceId: `${account.id}/deployments/${deployment.name}`,
      caller: workloads.pipelines,
      body: {
        sku: { name: 'Standard', capacity: random.int(20, 120) },
        properties: {
          model: { format: 'OpenAI', name: deployment.model, version: deployment.version },
          raiPolicyName: 'Microsoft.DefaultV2',
        },
      },
    };
  },
  (random) => ({
    action: 'Microsoft.CognitiveServices/accounts/raiPolicies/write',
    resourceId: `${random.pick(accountList).id}/raiPolicies/northwind-standard`,
    caller: workloads.pipelines,
    body: strictPolicy,
  }),
  (random) => ({
    action: 'Microsoft.Security/pricings/write',
    resourceId: `${subscription}/providers/Microsoft.Security/pricings/${random.pick(['StorageAccounts', 'KeyVaults', 'Containers'])}`,
    caller: workloads.remediation,
    body: { properties: { pricingTier: 'Standard' } },
  }),
  (random) => ({
    action: 'Microsoft.KeyVault/vaults/write',
    resourceId: random.pick(vaultList).id,
    caller: workloads.terraform,
    body: safeVault,
  }),
  (random) => ({
    action: 'Microsoft.Storage/storageAccounts/write',
    resourceId: random.pick(storageList).id,
    caller: workloads.terraform,
    body: {
      location: region,
      sku: { name: 'Standard_ZRS' },
      properties: {
        allowBlobPublicAccess: false,
        minimumTlsVersion: 'TLS1_2',
        publicNetworkAccess: 'Disabled',
      },
    },
    isAsync: true,
  }),
  (random) => ({
    action: 'Microsoft.Insights/diagnosticSettings/write',
    resourceId: `${random.pick(accountList).id}/providers/microsoft.insights/diagnosticSettings/to-event-hub`,
    caller: workloads.remediation,
    body: keptDiagnostics,
  }),
  (random) => ({
    action: 'Microsoft.Authorization/roleAssignments/write',
    resourceId: `${random.pick(accountList).id}/providers/Microsoft.Authorization/roleAssignments/${guid(random)}`,
    caller: workloads.terraform,
    role: 'Owner',
    body: {
      properties: {
        roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${random.pick([roles.reader, roles.openAiUser])}`,
        principalId: fixedGuid('e0006'),
        principalType: 'ServicePrincipal',
      },
    },
  }),
  () => ({
    action: 'Microsoft.Search/searchServices/listQueryKeys/action',
    resourceId: search.id,
    caller: workloads.clinicalApi,
  }),
  (random) => ({
    action: 'Microsoft.Resources/deployments/write',
    resourceId: `${subscription}/resourceGroups/rg-platform/providers/Microsoft.Resources/deployments/release-${random.int(1000, 9999)}`,
    caller: workloads.pipelines,
    isAsync: true,
  }),
  (random) => ({
    action: 'Microsoft.Resources/tags/write',
    resourceId: `${random.pick(storageList).id}/providers/Microsoft.Resources/tags/default`,
    caller: workloads.terraform,
    body: { properties: { tags: { costCentre: 'AI-104', dataClass: 'phi' } } },
  }),
  () => ({
    action: 'Microsoft.ContainerService/managedClusters/agentPools/write',
    resourceId: `${cluster.id}/agentPools/inference`,
    caller: workloads.pipelines,
    isAsync: true,
  }),
];

const lookups = [
  ['Microsoft.ContainerService/managedClusters/listClusterUserCredential/action', cluster],
  ['Microsoft.ContainerService/managedClusters/runCommand/action', cluster],
  ['Microsoft.OperationalInsights/workspaces/query/action', workspace],
  ['Microsoft.OperationalInsights/workspaces/savedSearches/write', workspace],
] as const;

const refused = {
  code: 'AuthorizationFailed',
  message: 'The client does not have authorization to perform the action over the scope.',
  status: 'Forbidden',
} as const;

function perform(hour: Hour, call: ArmCall): void {
  for (const { hub, time, record } of armCall(call, hour.random)) hour.emit(hub, time, record);
}

/** Deployments, tag changes, role grants and look-ups of an ordinary day, some of them refused. */
export function activityRoutine(hour: Hour): void {
  const { random } = hour;
  for (const time of moments(hour, 420, curves.application)) {
    const routine = random.pick(routines)(random);
    if (isHeld(hour, routine.resourceId, time)) continue;
    const failure = random.chance(0.04) ? { failure: refused } : {};
    perform(hour, { ...routine, ...failure, time, correlationId: guid(random) });
  }
  for (const time of moments(hour, 260, curves.office)) {
    const caller: Identity = random.pick(adminList);
    const [action, { id: resourceId }] = random.pick(lookups);
    const failure = random.chance(0.06) ? { failure: refused } : {};
    perform(hour, { time, action, resourceId, caller, correlationId: guid(random), ...failure });
  }
}
