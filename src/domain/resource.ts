/** Words for the ARM types an estate is made of; any other type is called by its own name. */
const typeWords: Readonly<Record<string, string>> = {
  'microsoft.cognitiveservices/accounts': 'AI account',
  'microsoft.machinelearningservices/workspaces': 'ML workspace',
  'microsoft.search/searchservices': 'search service',
  'microsoft.keyvault/vaults': 'key vault',
  'microsoft.storage/storageaccounts': 'storage account',
  'microsoft.eventhub/namespaces': 'Event Hubs namespace',
  'microsoft.operationalinsights/workspaces': 'log workspace',
  'microsoft.security/pricings': 'Defender plan',
  'microsoft.network/virtualnetworks': 'virtual network',
  'microsoft.network/networksecuritygroups': 'network security group',
};

/** True for an ARM path that names one resource, group or subscription; false for the tenant as a whole and for names. */
export const isResourcePath = (id: string): boolean => /^\/(subscriptions|providers)\//i.test(id);

/** What Azure's data-plane hosts are called, by the domain after the name. */
const hostWords: readonly (readonly [string, string])[] = [
  ['.vault.azure.net', 'key vault'],
  ['.managedhsm.azure.net', 'managed HSM'],
  ['.core.windows.net', 'storage account'],
  ['.openai.azure.com', 'AI account'],
  ['.cognitiveservices.azure.com', 'AI account'],
  ['.services.ai.azure.com', 'AI account'],
  ['.search.windows.net', 'search service'],
];

/**
 * Host of a data-plane address such as `https://kv-train-01.vault.azure.net/keys/…`, when it is one of
 * Azure's; undefined for anything else. The path is left out: it may name what or whom the data is about.
 */
export function azureHost(id: string): string | undefined {
  const host = /^https:\/\/([a-z0-9.-]+)(?:[:/?#]|$)/.exec(id.toLowerCase())?.[1];
  return host !== undefined && hostWords.some(([domain]) => host.endsWith(domain)) ? host : undefined;
}

/**
 * A short name for people: `AI account aoai-clinical` for an ARM path, the innermost scope it can name
 * otherwise. What hangs under a resource (a blob service, a diagnostic setting) is called by the resource.
 */
export function resourceLabel(id: string): string {
  const lower = id.toLowerCase();
  const watched = /^log:(.+)$/.exec(lower)?.[1];
  if (watched !== undefined) return `log source ${watched}`;
  if (/^\/tenants\/[^/]+/.test(lower)) return 'the tenant';
  const host = azureHost(lower);
  const word = hostWords.find(([domain]) => host?.endsWith(domain) === true)?.[1];
  if (host !== undefined && word !== undefined) return `${word} ${host.split('.', 1).join('')}`;
  const [, namespace, type, name] = /\/providers\/([^/]+)\/([^/]+)\/([^/]+)/.exec(lower) ?? [];
  const isOwn = namespace !== undefined && type !== undefined && name !== undefined;
  if (isOwn && `${namespace}/${type}` !== 'microsoft.authorization/roleassignments')
    return `${typeWords[`${namespace}/${type}`] ?? type} ${name}`;
  const group = /\/resourcegroups\/([^/]+)/.exec(lower)?.[1];
  if (group !== undefined) return `resource group ${group}`;
  const subscription = /^\/subscriptions\/([^/]+)/.exec(lower)?.[1];
  if (subscription !== undefined) return `subscription ${subscription}`;
  return id;
}
