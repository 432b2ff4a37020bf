import { z } from 'zod';
import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { createReferences, withoutIndexes } from './references.ts';
import type { References } from './references.ts';
import type { Value } from './value.ts';

/** A resource as it will be after apply. */
export interface PlannedResource {
  /** `module.ml.azurerm_storage_account.data["train"]` */
  readonly address: string;
  /** The address without indexes, as configuration knows it. */
  readonly place: string;
  readonly mode: 'managed' | 'data';
  readonly type: string;
  readonly name: string;
  /** What it is: the type, or for a resource of the provider azapi `azapi:` and the ARM type in lower case. */
  readonly kind: string;
  readonly isCreated: boolean;
  /** A member by path, `network_acls.default_action`; of a list of blocks the first is meant. */
  read(path: string): Value;
  /** The blocks or members of the list at a path; unknown when the list is. */
  list(path: string): readonly JsonValue[] | 'unknown';
  /** Places of the resources that the expression at a path refers to; of the whole resource without a path. */
  refers(path?: string): readonly string[];
  /** The AWS region it will be in. */
  region(): Value;
}

export interface Plan {
  readonly resources: readonly PlannedResource[];
  readonly time: number | undefined;
  /** Why the plan does not say everything; undefined when it does. */
  readonly incomplete: string | undefined;
}

const json = z.custom<JsonValue>(() => true);
const Change = z.looseObject({
  actions: z.array(z.string()),
  after: json.optional(),
  after_unknown: json.optional(),
  after_sensitive: json.optional(),
});
const ResourceChange = z.looseObject({
  address: z.string(),
  mode: z.enum(['managed', 'data']).catch('managed'),
  type: z.string(),
  name: z.string(),
  change: Change,
});
const PlanJson = z.looseObject({
  format_version: z.string(),
  resource_changes: z.array(ResourceChange).default([]),
  timestamp: z.string().optional(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
  configuration: json.optional(),
  variables: json.optional(),
  prior_state: json.optional(),
});

/** True for what `terraform show -json` and `tofu show -json` write for a plan. */
export const isPlan = (value: unknown): boolean =>
  isJsonObject(value) &&
  typeof value['format_version'] === 'string' &&
  ('resource_changes' in value || 'planned_values' in value);

/**
 * Reads a plan as `terraform show -json` writes it (format 1.x).
 *
 * @throws ZodError when it is none.
 */
export function readPlan(value: unknown): Plan {
  const plan = PlanJson.parse(value);
  const references = createReferences(plan.configuration ?? null, plan.variables ?? null);
  const changed = plan.resource_changes
    .filter(({ change }) => stays(change.actions) && isJsonObject(change.after))
    .map((resource) => planned(resource, references));
  const time = Date.parse(plan.timestamp ?? '');
  return {
    resources: [...changed, ...dataOfPriorState(plan.prior_state ?? null, references)],
    time: Number.isNaN(time) ? undefined : time,
    incomplete: whyIncomplete(plan),
  };
}

function whyIncomplete({ errored, complete }: z.infer<typeof PlanJson>): string | undefined {
  if (errored === true) return 'planning ended with an error';
  return complete === false ? 'some changes were deferred' : undefined;
}

/** What is deleted or forgotten is not there after apply. */
const stays = (actions: readonly string[]): boolean =>
  actions.some((action) => ['create', 'update', 'no-op', 'read'].includes(action));

/** Data that was read while planning is in the prior state, not among the changes. */
function dataOfPriorState(state: JsonValue, references: References): PlannedResource[] {
  const modules: (JsonValue | undefined)[] = [at(at(state, 'values'), 'root_module')];
  const found: PlannedResource[] = [];
  for (let module = modules.pop(); module !== undefined; module = modules.pop()) {
    for (const resource of asList(at(module, 'resources'))) {
      const [address, type, name, values] = ['address', 'type', 'name', 'values'].map((key) =>
        at(resource, key),
      );
      if (at(resource, 'mode') !== 'data' || !isJsonObject(values)) continue;
      if (typeof address !== 'string' || typeof type !== 'string' || typeof name !== 'string') continue;
      const change = {
        actions: ['read'],
        after: values,
        after_sensitive: at(resource, 'sensitive_values') ?? false,
      };
      found.push(planned({ address, mode: 'data', type, name, change }, references));
    }
    modules.push(...asList(at(module, 'child_modules')));
  }
  return found;
}

function planned(resource: z.infer<typeof ResourceChange>, references: References): PlannedResource {
  const { address, mode, type, name, change } = resource;
  const place = withoutIndexes(address);
  const after = withParsedBody(type, change.after as JsonObject);
  const unknown = change.after_unknown ?? false;
  const sensitive = change.after_sensitive ?? false;
  const refers = (path?: string): readonly string[] => references.of(place, path);

  const read = (path: string): Value => {
    let [value, mark, secret]: (JsonValue | undefined)[] = [after, unknown, sensitive];
    for (const key of path.split('.')) {
      if (mark === true) return { kind: 'unknown', refers: refers(path) };
      [value, mark, secret] = [
        at(first(value), key),
        at(first(mark), key),
        secret === true ? true : at(first(secret), key),
      ];
    }
    if (mark === true) return { kind: 'unknown', refers: refers(path) };
    if (value === undefined || value === null || value === '') return { kind: 'absent' };
    return { kind: 'known', value, isSensitive: secret === true };
  };

  return {
    address,
    place,
    mode,
    type,
    name,
    kind: kindOf(type, after),
    isCreated: change.actions.includes('create'),
    read,
    list(path) {
      const value = read(path);
      if (value.kind === 'unknown') return 'unknown';
      return value.kind === 'absent' ? [] : asList(value.value);
    },
    refers,
    region() {
      const own = read('region');
      return own.kind === 'absent' ? references.region(place) : own;
    },
  };
}

/** A resource of azapi says in its `type` what it is: `Microsoft.CognitiveServices/accounts@2024-10-01`. */
function kindOf(type: string, after: JsonObject): string {
  const arm = after['type'];
  if (!type.startsWith('azapi_') || typeof arm !== 'string') return type;
  return `azapi:${(arm.split('@', 1)[0] ?? '').toLowerCase()}`;
}

/** Version 1 of azapi gave the body as JSON text. */
function withParsedBody(type: string, after: JsonObject): JsonObject {
  const body = after['body'];
  if (!type.startsWith('azapi_') || typeof body !== 'string') return after;
  try {
    return { ...after, body: JSON.parse(body) as JsonValue };
  } catch {
    return after;
  }
}

export const asList = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];

/** Blocks are lists in a plan; most may be given once. */
const first = (value: JsonValue | undefined): JsonValue | undefined =>
  Array.isArray(value) ? (value as readonly JsonValue[])[0] : value;

export const at = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
