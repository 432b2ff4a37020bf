import { checkPlan } from '../../src/guardrails/check-plan.ts';
import { readPlan } from '../../src/guardrails/plan.ts';
import type { CheckOutcome, CheckResult } from '../../src/guardrails/result.ts';
import type { GuardrailPolicy } from '../../src/guardrails/rule.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';

/** One resource of a plan, as a test says it. */
export interface PlanItem {
  /** `azurerm_cognitive_account.ai`, with `data.` in front for data, `["key"]` behind for instances. */
  readonly at: string;
  readonly after?: JsonObject | null;
  readonly unknown?: JsonValue;
  readonly sensitive?: JsonValue;
  readonly actions?: readonly string[];
  /** Expressions of the configuration: a path's value is what it refers to. */
  readonly expressions?: JsonObject;
  readonly provider?: string;
  readonly forEach?: JsonObject;
}

/** `{references: [...]}`, as configuration holds an expression; Terraform lists the attribute and the resource. */
export const refersTo = (...references: readonly string[]): JsonObject => ({
  references: references.flatMap((text) => [
    text,
    text
      .split('.')
      .slice(0, text.startsWith('data.') ? 3 : 2)
      .join('.'),
  ]),
});

/** A plan in the shape of `terraform show -json`, format 1.2. */
export function planJson(items: readonly PlanItem[], over: JsonObject = {}): JsonObject {
  const parts = items.map((item) => {
    const bare = item.at.replaceAll(/\[[^\]]*\]/g, '');
    const [mode, typed] = bare.startsWith('data.') ? ['data', bare.slice(5)] : ['managed', bare];
    const [type = '', name = ''] = typed.split('.');
    return { ...item, bare, mode, type, name };
  });
  return {
    format_version: '1.2',
    terraform_version: '1.9.8',
    timestamp: '2026-03-02T09:00:00Z',
    complete: true,
    errored: false,
    planned_values: { root_module: {} },
    resource_changes: parts.map(({ at, mode, type, name, after, unknown, sensitive, actions }) => ({
      address: at,
      mode,
      type,
      name,
      provider_name: `registry.terraform.io/example/${type.split('_', 1).join('')}`,
      change: {
        actions: actions ?? ['create'],
        before: null,
        after: after === undefined ? {} : after,
        after_unknown: unknown ?? {},
        before_sensitive: false,
        after_sensitive: sensitive ?? {},
      },
    })),
    configuration: {
      provider_config: { aws: { name: 'aws', expressions: { region: { constant_value: 'eu-west-2' } } } },
      root_module: {
        resources: parts.map(({ bare, mode, type, name, expressions, provider, forEach }) => ({
          address: bare,
          mode,
          type,
          name,
          provider_config_key: provider ?? type.split('_', 1)[0] ?? '',
          ...(forEach === undefined ? {} : { for_each_expression: forEach }),
          expressions: expressions ?? {},
        })),
      },
    },
    ...over,
  };
}

export const ukOnly: GuardrailPolicy = { regions: ['UK South', 'eu-west-2'], allowDataZones: false };

export const resultsOf = (
  items: readonly PlanItem[],
  policy: GuardrailPolicy = ukOnly,
  over: JsonObject = {},
): readonly CheckResult[] => checkPlan(readPlan(planJson(items, over)), policy).results;

/** Outcome and level of one rule on the first item. */
export function verdictOf(
  rule: string,
  items: readonly PlanItem[],
  policy: GuardrailPolicy = ukOnly,
): `${CheckOutcome}:${string}` | undefined {
  const found = resultsOf(items, policy).find(
    (result) => result.rule === rule && result.resource === items[0]?.at,
  );
  return found === undefined ? undefined : `${found.outcome}:${found.level}`;
}
