import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { Value } from './value.ts';

/** What expressions refer to, read out of the `configuration` of a plan. */
export interface References {
  /** Places of resources (`module.a.aws_kms_key.k`, `data.…`) that the expression at `path` of a resource names. */
  of(place: string, path?: string): readonly string[];
  /** Region of the provider that a resource is made with. */
  region(place: string): Value;
}

/** An address without `[0]` and `["key"]`: as configuration knows it. */
export const withoutIndexes = (address: string): string =>
  address.replaceAll(/\[(?:"(?:[^"\\]|\\.)*"|\d+)\]/g, '');

interface Module {
  /** `''` for the root, else `module.a.module.b.`. */
  readonly prefix: string;
  readonly config: JsonObject;
  readonly parent: { readonly module: Module; readonly call: JsonObject } | undefined;
}

/** A chain of variables and outputs longer than this is not followed: it would be a circle. */
const maxHops = 20;

const member = (value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined => {
  let here = value;
  for (const key of keys) here = isJsonObject(here) && Object.hasOwn(here, key) ? here[key] : undefined;
  return here;
};
const list = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : [];

export function createReferences(configuration: JsonValue, variables: JsonValue): References {
  const modules = new Map<string, Module>();
  const resources = new Map<string, { readonly module: Module; readonly config: JsonObject }>();

  const walk = (module: Module): void => {
    modules.set(module.prefix, module);
    for (const config of list(module.config['resources'])) {
      const address = member(config, 'address');
      if (isJsonObject(config) && typeof address === 'string')
        resources.set(module.prefix + address, { module, config });
    }
    const calls = module.config['module_calls'];
    for (const [name, call] of Object.entries(isJsonObject(calls) ? calls : {})) {
      const config = member(call, 'module');
      if (isJsonObject(call) && isJsonObject(config))
        walk({ prefix: `${module.prefix}module.${name}.`, config, parent: { module, call } });
    }
  };
  const root = member(configuration, 'root_module');
  if (isJsonObject(root)) walk({ prefix: '', config: root, parent: undefined });

  function resolve(module: Module, reference: string, hops: number, forEach?: JsonValue): readonly string[] {
    if (hops > maxHops) return [];
    const [head = '', second = '', third = ''] = withoutIndexes(reference).split('.');
    switch (head) {
      case 'var': {
        const argument = member(module.parent?.call, 'expressions', second);
        return module.parent === undefined ? [] : within(module.parent.module, argument, hops + 1);
      }
      case 'module': {
        const child = modules.get(`${module.prefix}module.${second}.`);
        const output = member(child?.config, 'outputs', third, 'expression');
        return child === undefined ? [] : within(child, output, hops + 1);
      }
      case 'each':
        return within(module, forEach, hops + 1);
      case 'data':
        return [`${module.prefix}data.${second}.${third}`];
      case 'local':
      case 'path':
      case 'count':
      case 'self':
      case 'terraform':
        return [];
      default:
        return second === '' ? [] : [`${module.prefix}${head}.${second}`];
    }
  }

  /** All that the references anywhere below an expression come to. */
  function within(
    module: Module,
    expression: JsonValue | undefined,
    hops: number,
    forEach?: JsonValue,
  ): readonly string[] {
    if (Array.isArray(expression))
      return [...new Set(list(expression).flatMap((part) => within(module, part, hops, forEach)))];
    if (!isJsonObject(expression)) return [];
    const own = list(expression['references']).filter((text) => typeof text === 'string');
    const found =
      own.length > 0
        ? own.flatMap((reference) => resolve(module, reference, hops, forEach))
        : Object.values(expression).flatMap((part) => within(module, part, hops, forEach));
    return [...new Set(found)];
  }

  return {
    of(place, path) {
      const resource = resources.get(place);
      if (resource === undefined) return [];
      let expression = resource.config['expressions'];
      for (const key of path?.split('.') ?? []) {
        const block = Array.isArray(expression) ? list(expression)[0] : expression;
        // The argument as a whole may be one expression, for example the body of azapi.
        if (member(block, 'references') !== undefined) break;
        expression = member(block, key);
      }
      return within(resource.module, expression, 0, resource.config['for_each_expression']);
    },
    region(place) {
      const key = member(resources.get(place)?.config, 'provider_config_key');
      const expression =
        typeof key === 'string'
          ? member(configuration, 'provider_config', key, 'expressions', 'region')
          : undefined;
      const constant = member(expression, 'constant_value');
      if (typeof constant === 'string') return { kind: 'known', value: constant, isSensitive: false };
      // The provider of a child module speaks of that module's variables, whose values a plan does not hold.
      const isOfRoot = typeof key === 'string' && !key.includes(':');
      for (const reference of isOfRoot ? list(member(expression, 'references')) : []) {
        const value =
          typeof reference === 'string' && reference.startsWith('var.')
            ? member(variables, reference.slice('var.'.length), 'value')
            : undefined;
        if (typeof value === 'string') return { kind: 'known', value, isSensitive: false };
      }
      return { kind: 'unknown', refers: [] };
    },
  };
}
