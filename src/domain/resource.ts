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

/**
 * A short name for people: `AI account aoai-clinical` for an ARM path, the innermost scope it can name
 * otherwise. What hangs under a resource (a blob service, a diagnostic setting) is called by the resource.
 */
export function resourceLabel(id: string): string {
  const lower = id.toLowerCase();
  const watched = /^log:(.+)$/.exec(lower)?.[1];
  if (watched !== undefined) return `log source ${watched}`;
  if (/^\/tenants\/[^/]+/.test(lower)) return 'the tenant';
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
