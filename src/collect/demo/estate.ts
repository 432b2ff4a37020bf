import { fixedGuid } from './text.ts';
import { workloads } from './tenant.ts';
import type { Workload } from './tenant.ts';

export const subscriptionId = fixedGuid('b0001');
export const subscription = `/subscriptions/${subscriptionId}`;
export const region = 'uksouth';

const inGroup = (group: string, provider: string, name: string): string =>
  `${subscription}/resourceGroups/${group}/providers/${provider}/${name}`;

export interface Deployment {
  readonly name: string;
  readonly model: string;
  readonly version: string;
  readonly operation: 'ChatCompletions_Create' | 'Embeddings_Create';
}

export interface AiAccount {
  readonly id: string;
  readonly name: string;
  readonly kind: 'OpenAI' | 'AIServices';
  /** False where an old application still calls with a key, by an approved exemption. */
  readonly isKeyless: boolean;
  readonly deployments: readonly Deployment[];
  /** The application that calls it all day. */
  readonly caller: Workload;
  /** Its share of the estate's requests, of 1. */
  readonly share: number;
}

const chat = (name: string, model: string, version: string): Deployment => ({
  name,
  model,
  version,
  operation: 'ChatCompletions_Create',
});
const embed = (name: string): Deployment => ({
  name,
  model: 'text-embedding-3-large',
  version: '1',
  operation: 'Embeddings_Create',
});

export const accounts = {
  clinical: {
    id: inGroup('rg-ai-clinical', 'Microsoft.CognitiveServices/accounts', 'aoai-clinical'),
    name: 'aoai-clinical',
    kind: 'OpenAI',
    isKeyless: true,
    deployments: [chat('clinical-summary', 'gpt-4o', '2024-11-20'), embed('clinical-embed')],
    caller: workloads.clinicalApi,
    share: 0.5,
  },
  claims: {
    id: inGroup('rg-ai-claims', 'Microsoft.CognitiveServices/accounts', 'aoai-claims'),
    name: 'aoai-claims',
    kind: 'OpenAI',
    isKeyless: false,
    deployments: [
      chat('claims-triage', 'gpt-4o-mini', '2024-07-18'),
      chat('claims-extract', 'gpt-4o', '2024-11-20'),
    ],
    caller: workloads.claimsWorker,
    share: 0.33,
  },
  research: {
    id: inGroup('rg-ai-research', 'Microsoft.CognitiveServices/accounts', 'ai-research'),
    name: 'ai-research',
    kind: 'AIServices',
    isKeyless: true,
    deployments: [chat('research-chat', 'gpt-4.1', '2025-04-14'), embed('research-embed')],
    caller: workloads.notebooks,
    share: 0.17,
  },
} as const satisfies Record<string, AiAccount>;
export const accountList: readonly AiAccount[] = Object.values(accounts);

export interface Named {
  readonly id: string;
  readonly name: string;
}

const named = (group: string, provider: string, name: string): Named => ({
  id: inGroup(group, provider, name),
  name,
});

export const vaults = {
  clinical: named('rg-ai-clinical', 'Microsoft.KeyVault/vaults', 'kv-clinical'),
  claims: named('rg-ai-claims', 'Microsoft.KeyVault/vaults', 'kv-claims'),
  training: named('rg-data', 'Microsoft.KeyVault/vaults', 'kv-train-01'),
} as const;
export const vaultList: readonly Named[] = Object.values(vaults);

export const storage = {
  clinical: named('rg-ai-clinical', 'Microsoft.Storage/storageAccounts', 'stclinicaldocs'),
  claims: named('rg-ai-claims', 'Microsoft.Storage/storageAccounts', 'stclaims'),
  training: named('rg-data', 'Microsoft.Storage/storageAccounts', 'sttraining01'),
  logs: named('rg-platform', 'Microsoft.Storage/storageAccounts', 'stplatformlogs'),
} as const;
export const storageList: readonly Named[] = Object.values(storage);

export const search = named('rg-ai-clinical', 'Microsoft.Search/searchServices', 'srch-clinical');
export const gateway = named('rg-platform', 'Microsoft.ApiManagement/service', 'apim-ai-gateway');
export const cluster = named('rg-platform', 'Microsoft.ContainerService/managedClusters', 'aks-inference');
export const workspace = named('rg-security', 'Microsoft.OperationalInsights/workspaces', 'log-sentinel');
export const learning = named(
  'rg-ai-research',
  'Microsoft.MachineLearningServices/workspaces',
  'mlw-research',
);
export const subnet = named(
  'rg-platform',
  'Microsoft.Network/virtualNetworks',
  'vnet-enclave/subnets/snet-ai',
);
export const jumpHost = named('rg-platform', 'Microsoft.Compute/virtualMachines', 'vm-jump-01');
export const hubNamespace = named('rg-security', 'Microsoft.EventHub/namespaces', 'evhns-diagnostics');

/** Built-in role definition ids are the same in every tenant. */
export const roles = {
  owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  openAiUser: '5e0bd9bd-7b93-4f28-af87-19fc36ad61bd',
} as const;
