import { afterApply, companions, fail, judgeValue, pass, unknown } from './rule.ts';
import type { Rule, RuleContext, Verdict } from './rule.ts';
import type { PlannedResource } from './plan.ts';
import { textOf } from './value.ts';

interface PublicAccess {
  /** Says whether the public endpoint is open; when it is not there, the provider's default is that it is. */
  readonly path: string;
  /** The default action of network rules: `Deny` limits the endpoint to selected networks. */
  readonly acl?: string;
  /** Addresses that may come in; an empty list means all. */
  readonly allowed?: string;
}

const accessOf: Readonly<Record<string, PublicAccess>> = {
  azurerm_cognitive_account: { path: 'public_network_access_enabled', acl: 'network_acls.default_action' },
  azurerm_ai_services: { path: 'public_network_access', acl: 'network_acls.default_action' },
  azurerm_search_service: { path: 'public_network_access_enabled', allowed: 'allowed_ips' },
  azurerm_machine_learning_workspace: { path: 'public_network_access_enabled' },
  azurerm_ai_foundry: { path: 'public_network_access' },
  azurerm_storage_account: { path: 'public_network_access_enabled', acl: 'network_rules.default_action' },
  'azapi:microsoft.cognitiveservices/accounts': {
    path: 'body.properties.publicNetworkAccess',
    acl: 'body.properties.networkAcls.defaultAction',
  },
  'azapi:microsoft.machinelearningservices/workspaces': { path: 'body.properties.publicNetworkAccess' },
  'azapi:microsoft.machinelearningservices/workspaces/onlineendpoints': {
    path: 'body.properties.publicNetworkAccess',
  },
  'azapi:microsoft.search/searchservices': {
    path: 'body.properties.publicNetworkAccess',
    allowed: 'body.properties.networkRuleSet.ipRules',
  },
  'azapi:microsoft.storage/storageaccounts': {
    path: 'body.properties.publicNetworkAccess',
    acl: 'body.properties.networkAcls.defaultAction',
  },
};

const closed = new Set(['false', 'disabled', 'securedbyperimeter']);

function publicAccess(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  const access = accessOf[resource.kind];
  if (access === undefined || !(context.isAi(resource) || context.isAiData(resource))) return undefined;
  const open = (how: string): Verdict => limited(resource, access, how, context);
  return judgeValue(
    resource,
    access.path,
    (value, how) => (closed.has(value) ? pass(how) : open(how)),
    () => open(`${access.path} is not set, and open is the default`),
  );
}

/** An open endpoint may still be limited to selected networks. */
function limited(
  resource: PlannedResource,
  { acl, allowed }: PublicAccess,
  how: string,
  context: RuleContext,
): Verdict {
  if (allowed !== undefined) {
    const list = resource.list(allowed);
    if (list === 'unknown') return unknown(`${how}; ${allowed} is known after apply`);
    const texts = list.map((rule) => JSON.stringify(rule));
    if (texts.some((text) => /0\.0\.0\.0\/0|::\/0/.test(text)))
      return fail(`${how}, and ${allowed} lets in everybody`);
    return list.length > 0 ? pass(`${how}, limited by ${allowed}`) : fail(how);
  }
  if (acl === undefined) return fail(how);
  const own = resource.read(acl);
  const apart = companions(context, 'azurerm_storage_account_network_rules', 'storage_account_id', resource);
  const actions = [own, ...apart.map((rules) => rules.read('default_action'))];
  for (const action of actions) {
    if (action.kind === 'known' && textOf(action.value).toLowerCase() === 'deny')
      return pass(`${how}, limited to selected networks`);
  }
  const open = actions.find((action) => action.kind === 'unknown');
  return open === undefined ? fail(how) : unknown(`${how}; ${afterApply(acl, open).detail}`);
}

interface Wanted {
  readonly path: string;
  readonly value: string;
  /** What the provider does when it is not set. */
  readonly otherwise: string;
}

/** Settings that keep computing in the network, with the value wanted. */
const wantedOf: Readonly<Record<string, readonly Wanted[]>> = {
  aws_sagemaker_notebook_instance: [
    { path: 'direct_internet_access', value: 'disabled', otherwise: 'Enabled' },
  ],
  aws_sagemaker_domain: [
    { path: 'app_network_access_type', value: 'vpconly', otherwise: 'PublicInternetOnly' },
  ],
  aws_sagemaker_model: [{ path: 'enable_network_isolation', value: 'true', otherwise: 'false' }],
  azurerm_machine_learning_compute_cluster: [
    { path: 'node_public_ip_enabled', value: 'false', otherwise: 'true' },
  ],
  azurerm_machine_learning_compute_instance: [
    { path: 'node_public_ip_enabled', value: 'false', otherwise: 'true' },
  ],
};

/** Blocks without which a resource runs outside the network of its owner. */
const vpcOf: Readonly<Record<string, string>> = {
  aws_sagemaker_model: 'vpc_config.subnets',
  aws_sagemaker_notebook_instance: 'subnet_id',
  aws_bedrock_custom_model: 'vpc_config.subnet_ids',
  azurerm_machine_learning_compute_cluster: 'subnet_resource_id',
  azurerm_machine_learning_compute_instance: 'subnet_resource_id',
};

function isolatedCompute(resource: PlannedResource): Verdict | undefined {
  const wanted = wantedOf[resource.kind] ?? [];
  const verdicts = wanted.map(({ path, value, otherwise }) =>
    judgeValue(
      resource,
      path,
      (actual, how) => (actual === value ? pass(how) : fail(how)),
      () => fail(`${path} is not set, and ${otherwise} is the default`),
    ),
  );
  return verdicts[0];
}

function ownNetwork(resource: PlannedResource): Verdict | undefined {
  const path = vpcOf[resource.kind];
  if (path === undefined) return undefined;
  return judgeValue(
    resource,
    path,
    () => pass(`${path} is set`),
    () => fail(`${path} is not set`),
  );
}

/** What a managed network of Azure Machine Learning lets out. */
function managedNetwork(resource: PlannedResource): Verdict | undefined {
  const path = {
    azurerm_machine_learning_workspace: 'managed_network.isolation_mode',
    azurerm_ai_foundry: 'managed_network.isolation_mode',
    'azapi:microsoft.machinelearningservices/workspaces': 'body.properties.managedNetwork.isolationMode',
  }[resource.kind];
  if (path === undefined) return undefined;
  return judgeValue(
    resource,
    path,
    (mode, how) => (mode === 'allowonlyapprovedoutbound' ? pass(how) : fail(how)),
    () => fail(`${path} is not set: computes reach any address`),
  );
}

function publicBlobs(resource: PlannedResource, { isAiData }: RuleContext): Verdict | undefined {
  const path = {
    azurerm_storage_account: 'allow_nested_items_to_be_public',
    'azapi:microsoft.storage/storageaccounts': 'body.properties.allowBlobPublicAccess',
  }[resource.kind];
  if (path === undefined || !isAiData(resource)) return undefined;
  return judgeValue(
    resource,
    path,
    (value, how) => (value === 'false' ? pass(how) : fail(how)),
    () => fail(`${path} is not set, so containers can be made public`),
  );
}

const blocks = ['block_public_acls', 'block_public_policy', 'ignore_public_acls', 'restrict_public_buckets'];

function publicBucket(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  if (resource.kind !== 'aws_s3_bucket' || !context.isAiData(resource)) return undefined;
  const [block] = companions(context, 'aws_s3_bucket_public_access_block', 'bucket', resource);
  if (block === undefined) return fail('no aws_s3_bucket_public_access_block of this plan names the bucket');
  for (const path of blocks) {
    const value = block.read(path);
    if (value.kind === 'unknown') return afterApply(path, value);
    if (value.kind === 'absent' || value.value !== true)
      return fail(`${path} is not true in ${block.address}`);
  }
  return pass(`${block.address} blocks all public access`);
}

const guardrail = 'network-isolation';

export const networkRules: readonly Rule[] = [
  {
    id: 'network-isolation/public-network-access',
    guardrail,
    title: 'AI services and their data are not open to the internet',
    assertion: 'ai.network.private',
    level: 'high',
    fix: 'switch public network access off and add a private endpoint, or limit it to selected networks',
    judge: publicAccess,
  },
  {
    id: 'network-isolation/compute-isolated',
    guardrail,
    title: 'Training and inference run without direct access to the internet',
    assertion: 'ai.network.private',
    level: 'high',
    fix: 'switch direct internet access off, or network isolation on',
    judge: isolatedCompute,
  },
  {
    id: 'network-isolation/own-network',
    guardrail,
    title: 'Training and inference run in a network of their owner',
    assertion: 'ai.network.private',
    level: 'high',
    fix: 'name subnets of your own network',
    judge: ownNetwork,
  },
  {
    id: 'network-isolation/managed-network',
    guardrail,
    title: 'Managed networks let out what is approved only',
    assertion: 'ai.network.private',
    level: 'medium',
    fix: 'set the isolation mode to AllowOnlyApprovedOutbound',
    judge: managedNetwork,
  },
  {
    id: 'network-isolation/no-public-blobs',
    guardrail,
    title: 'Containers with training data and models cannot be made public',
    assertion: 'data.storage.no-anonymous',
    level: 'high',
    fix: 'switch anonymous access of the account off',
    judge: publicBlobs,
  },
  {
    id: 'network-isolation/no-public-bucket',
    guardrail,
    title: 'Buckets with training data and models cannot be made public',
    assertion: 'data.storage.no-anonymous',
    level: 'high',
    fix: 'add an aws_s3_bucket_public_access_block with all four settings true',
    judge: publicBucket,
  },
];
