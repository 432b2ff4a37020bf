import type { Plan, PlannedResource } from './plan.ts';
import { textOf } from './value.ts';

/** Resources that are AI services themselves; patterns over `PlannedResource.kind`. */
const aiKinds = [
  /^azurerm_(?:cognitive_|ai_|search_|machine_learning_)/,
  /^azapi:microsoft\.(?:cognitiveservices|machinelearningservices|search)\//,
  /^aws_(?:sagemaker_|bedrock|kendra_)/,
];

/** Stores that may hold training data, datasets and model files. */
const storeKinds = new Set([
  'azurerm_storage_account',
  'azapi:microsoft.storage/storageaccounts',
  'aws_s3_bucket',
]);

/** What people call places for such data. */
const dataName = /train|dataset|model|(?:^|[^a-z])(?:ai|ml|llm|rag)(?:[^a-z]|$)|sagemaker|bedrock|openai/i;

export interface AiResources {
  readonly isAi: (resource: PlannedResource) => boolean;
  readonly isAiData: (resource: PlannedResource) => boolean;
}

/** A store counts when an AI resource of the plan refers to it, or when its names or tags speak of such data. */
export function findAiResources({ resources }: Plan): AiResources {
  const isAi = ({ kind, mode }: PlannedResource): boolean =>
    mode === 'managed' && aiKinds.some((pattern) => pattern.test(kind));
  const referred = new Set(resources.filter(isAi).flatMap((resource) => resource.refers()));
  const isAiData = (resource: PlannedResource): boolean =>
    resource.mode === 'managed' &&
    storeKinds.has(resource.kind) &&
    (referred.has(resource.place) || namesOf(resource).some((name) => dataName.test(name)));
  return { isAi, isAiData };
}

function namesOf(resource: PlannedResource): readonly string[] {
  const tags = resource.read('tags');
  const values =
    tags.kind === 'known' && typeof tags.value === 'object' && tags.value !== null ? tags.value : {};
  const texts = ['name', 'bucket'].map((path) => {
    const value = resource.read(path);
    return value.kind === 'known' && typeof value.value === 'string' ? value.value : '';
  });
  return [
    resource.name,
    ...texts,
    ...Object.entries(values).map(([key, value]) => `${key} ${textOf(value ?? null)}`),
  ];
}
