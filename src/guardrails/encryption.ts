import { afterApply, companions, fail, judgeValue, pass, unknown, worst } from './rule.ts';
import type { Rule, RuleContext, Verdict } from './rule.ts';
import type { PlannedResource } from './plan.ts';
import { textOf } from './value.ts';

interface CustomerKey {
  /** Where the key is named, or encryption with it demanded. */
  readonly path: string;
  /** A resource of its own that may name the key instead, and its member that names this resource. */
  readonly apart?: readonly [type: string, path: string];
}

const keyOf: Readonly<Record<string, readonly CustomerKey[]>> = {
  azurerm_cognitive_account: [
    {
      path: 'customer_managed_key.key_vault_key_id',
      apart: ['azurerm_cognitive_account_customer_managed_key', 'cognitive_account_id'],
    },
  ],
  azurerm_ai_services: [{ path: 'customer_managed_key.key_vault_key_id' }],
  azurerm_search_service: [{ path: 'customer_managed_key_enforcement_enabled' }],
  azurerm_machine_learning_workspace: [{ path: 'encryption.key_id' }],
  azurerm_ai_foundry: [{ path: 'encryption.key_id' }],
  azurerm_storage_account: [
    {
      path: 'customer_managed_key.key_vault_key_id',
      apart: ['azurerm_storage_account_customer_managed_key', 'storage_account_id'],
    },
  ],
  'azapi:microsoft.cognitiveservices/accounts': [
    { path: 'body.properties.encryption.keyVaultProperties.keyName' },
  ],
  'azapi:microsoft.machinelearningservices/workspaces': [
    { path: 'body.properties.encryption.keyVaultProperties.keyIdentifier' },
  ],
  'azapi:microsoft.search/searchservices': [{ path: 'body.properties.encryptionWithCmk.enforcement' }],
  'azapi:microsoft.storage/storageaccounts': [
    { path: 'body.properties.encryption.keyvaultproperties.keyname' },
  ],
  aws_sagemaker_notebook_instance: [{ path: 'kms_key_id' }],
  aws_sagemaker_domain: [{ path: 'kms_key_id' }],
  aws_sagemaker_endpoint_configuration: [{ path: 'kms_key_arn' }],
  aws_sagemaker_feature_group: [
    { path: 'online_store_config.security_config.kms_key_id' },
    { path: 'offline_store_config.s3_storage_config.kms_key_id' },
  ],
  aws_bedrock_custom_model: [{ path: 'custom_model_kms_key_id' }],
  aws_bedrock_guardrail: [{ path: 'kms_key_arn' }],
  aws_bedrockagent_agent: [{ path: 'customer_encryption_key_arn' }],
  aws_bedrockagent_flow: [{ path: 'customer_encryption_key_arn' }],
  aws_bedrockagent_prompt: [{ path: 'customer_encryption_key_arn' }],
  aws_bedrockagent_data_source: [{ path: 'server_side_encryption_configuration.kms_key_arn' }],
};

/** Values that are there and still no key of the customer. */
const noKey = /^(?:false|disabled|unspecified)$|alias\/aws\//;

function customerKey(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  const keys = keyOf[resource.kind];
  if (keys === undefined || !(context.isAi(resource) || context.isAiData(resource))) return undefined;
  return worst(keys.flatMap((key) => judgeKey(resource, key, context) ?? []));
}

function judgeKey(
  resource: PlannedResource,
  { path, apart }: CustomerKey,
  context: RuleContext,
): Verdict | undefined {
  // A feature group may have one of its two stores only.
  const block = path.split('.', 1)[0] ?? path;
  if (block.endsWith('_store_config') && resource.read(block).kind === 'absent') return undefined;
  return judgeValue(
    resource,
    path,
    (value, how) => (noKey.test(value) ? fail(`${how}: no key of your own`) : pass(`${path} is set`)),
    () => {
      const [other] = apart === undefined ? [] : companions(context, ...apart, resource);
      if (other === undefined) return fail(`${path} is not set`);
      const key = other.read('key_vault_key_id');
      if (key.kind === 'unknown') return afterApply(`key_vault_key_id of ${other.address}`, key);
      return key.kind === 'known' || other.read('key_name').kind === 'known'
        ? pass(`${other.address} names the key`)
        : unknown(`${other.address} names a key in a way that is not understood`);
    },
  );
}

function bucketKey(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  if (resource.kind !== 'aws_s3_bucket' || !context.isAiData(resource)) return undefined;
  const [own] = companions(context, 'aws_s3_bucket_server_side_encryption_configuration', 'bucket', resource);
  if (own === undefined)
    return fail('no aws_s3_bucket_server_side_encryption_configuration of this plan names the bucket');
  const by = 'rule.apply_server_side_encryption_by_default';
  const algorithm = own.read(`${by}.sse_algorithm`);
  if (algorithm.kind === 'unknown') return afterApply(`${by}.sse_algorithm`, algorithm);
  if (algorithm.kind === 'absent' || !textOf(algorithm.value).startsWith('aws:kms'))
    return fail(`${own.address} does not use aws:kms`);
  return judgeValue(
    own,
    `${by}.kms_master_key_id`,
    (value, how) =>
      noKey.test(value) ? fail(`${how}: the key of AWS`) : pass(`${own.address} names the key`),
    () => fail(`${own.address} names no key, so the key of AWS is used`),
  );
}

const title = 'Models, datasets and AI services are encrypted with keys of the customer';
const common = {
  guardrail: 'encryption-at-rest',
  assertion: 'encryption.customer-managed-keys',
  level: 'high',
} as const;

export const encryptionRules: readonly Rule[] = [
  {
    ...common,
    id: 'encryption-at-rest/customer-key',
    title,
    fix: 'name a key of your own Key Vault or KMS',
    judge: customerKey,
  },
  {
    ...common,
    id: 'encryption-at-rest/bucket-customer-key',
    title: 'Buckets with training data and models are encrypted with keys of the customer',
    fix: 'add an aws_s3_bucket_server_side_encryption_configuration with aws:kms and kms_master_key_id',
    judge: bucketKey,
  },
];
