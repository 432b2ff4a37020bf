import { afterApply, fail, judgeValue, pass, unknown, worst } from './rule.ts';
import type { Rule, RuleContext, Verdict } from './rule.ts';
import type { PlannedResource } from './plan.ts';
import type { Value } from './value.ts';
import { textOf } from './value.ts';

/** `UK South` and `uksouth` are one region. */
export const regionName = (text: string): string => text.toLowerCase().replaceAll(' ', '');

function judgeRegion(what: string, region: Value, { policy }: RuleContext): Verdict {
  if (region.kind === 'unknown') return afterApply(what, region);
  if (region.kind === 'absent') return unknown(`${what} is not in the plan`);
  const name = regionName(textOf(region.value));
  if (policy.regions.length === 0)
    return unknown(`${what} is ${name}; nobody has said which regions are approved`);
  return policy.regions.includes(name)
    ? pass(`${what} is ${name}`)
    : fail(`${what} is ${name}; approved are ${policy.regions.join(', ')}`);
}

function approvedRegion(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  if (!context.isAi(resource) && !context.isAiData(resource)) return undefined;
  if (resource.type.startsWith('aws_')) return judgeRegion('region', resource.region(), context);
  const location = resource.read('location');
  // Deployments, projects' parts and links are where their parent is.
  return location.kind === 'absent' ? undefined : judgeRegion('location', location, context);
}

/** Where a deployment of Azure OpenAI processes: the first part of its SKU says so. */
function azureProcessing(resource: PlannedResource, { policy }: RuleContext): Verdict | undefined {
  const path = {
    azurerm_cognitive_deployment: resource.read('sku.name').kind === 'absent' ? 'scale.type' : 'sku.name',
    'azapi:microsoft.cognitiveservices/accounts/deployments': 'body.sku.name',
  }[resource.kind];
  if (path === undefined) return undefined;
  return judgeValue(
    resource,
    path,
    (sku, how) => {
      if (sku.startsWith('global')) return fail(`${how}: prompts are processed in any region of the world`);
      if (!sku.startsWith('datazone')) return pass(`${how}: prompts are processed in the region`);
      return policy.allowDataZones
        ? pass(`${how}: prompts are processed within the data zone, which is approved`)
        : fail(`${how}: prompts are processed in any region of the data zone`);
    },
    () => unknown(`${path} is not in the plan`),
  );
}

/** Prefix of a cross-region inference profile: `eu.`, `global.`; the rest is the model. */
const inferenceProfile = /(?:^|inference-profile\/)(global|us-gov|us|eu|apac|jp|au|ca)\./;

const modelPaths: Readonly<Record<string, string>> = {
  aws_bedrock_inference_profile: 'model_source.copy_from',
  aws_bedrockagent_agent: 'foundation_model',
};

function awsProcessing(resource: PlannedResource, context: RuleContext): Verdict | undefined {
  const path = modelPaths[resource.kind];
  if (path === undefined) return undefined;
  return judgeValue(
    resource,
    path,
    (model, how) => {
      const area = inferenceProfile.exec(model)?.[1];
      if (area === 'global') return fail(`${how}: requests are processed in any region of the world`);
      if (area !== undefined)
        return context.policy.allowDataZones
          ? pass(`${how}: requests are processed within ${area}, which is approved`)
          : fail(`${how}: requests are processed in any region of ${area}`);
      const region = /^arn:[^:]*:bedrock:([a-z0-9-]+):/.exec(model)?.[1];
      return region === undefined
        ? pass(`${how}: requests are processed in the region`)
        : judgeRegion(path, { kind: 'known', value: region, isSensitive: false }, context);
    },
    () => unknown(`${path} is not in the plan`),
  );
}

/** Copies in the paired region: which one that is, the plan does not say. */
function copies(resource: PlannedResource, { isAiData }: RuleContext): Verdict | undefined {
  const path = {
    azurerm_storage_account: 'account_replication_type',
    'azapi:microsoft.storage/storageaccounts': 'body.sku.name',
  }[resource.kind];
  if (path === undefined || !isAiData(resource)) return undefined;
  return judgeValue(
    resource,
    path,
    (kind, how) =>
      /g(?:z)?rs$/.test(kind)
        ? unknown(`${how}: copies lie in the paired region; is that one approved?`)
        : pass(`${how}: copies stay in the region`),
    () => unknown(`${path} is not in the plan`),
  );
}

const common = {
  guardrail: 'data-residency',
  assertion: 'ai.deployments.approved',
  level: 'high',
} as const;

export const residencyRules: readonly Rule[] = [
  {
    ...common,
    id: 'data-residency/approved-region',
    title: 'AI services and their data are in approved regions',
    fix: 'move the resource, or name its region with --regions once it is approved',
    judge: approvedRegion,
  },
  {
    ...common,
    id: 'data-residency/processing',
    title: 'Prompts are processed where data may be',
    fix: 'use a deployment type or model that stays in the region',
    judge: (resource, context) =>
      worst(
        [azureProcessing(resource, context), awsProcessing(resource, context)].filter((v) => v !== undefined),
      ),
  },
  {
    ...common,
    id: 'data-residency/copies',
    title: 'Copies of training data and models are in approved regions',
    level: 'medium',
    fix: 'use LRS or ZRS, or look up the paired region',
    judge: copies,
  },
];
