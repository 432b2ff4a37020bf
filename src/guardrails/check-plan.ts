import { findAiResources } from './ai-resources.ts';
import { regionName, residencyRules } from './data-residency.ts';
import { encryptionRules } from './encryption.ts';
import { awsPrivilegeRules } from './least-privilege-aws.ts';
import { azurePrivilegeRules } from './least-privilege-azure.ts';
import { networkRules } from './network-isolation.ts';
import type { Plan } from './plan.ts';
import type { CheckReport, CheckResult } from './result.ts';
import type { GuardrailPolicy, Rule, RuleContext } from './rule.ts';

/** Every guardrail rule. A new one is a line in one of these lists. */
export const guardrailRules: readonly Rule[] = [
  ...residencyRules,
  ...networkRules,
  ...encryptionRules,
  ...azurePrivilegeRules,
  ...awsPrivilegeRules,
];

const tool = 'terraform-plan';

/** Holds a plan against the guardrails. What the plan cannot say is `unknown`. */
export function checkPlan(plan: Plan, given: GuardrailPolicy): CheckReport {
  const policy = { ...given, regions: given.regions.map(regionName) };
  const context: RuleContext = { plan, policy, ...findAiResources(plan) };
  const managed = plan.resources.filter(({ mode }) => mode === 'managed');
  const results = managed.flatMap((resource) =>
    guardrailRules.flatMap((rule): CheckResult[] => {
      const verdict = rule.judge(resource, context);
      if (verdict === undefined) return [];
      const { id, title, guardrail, assertion, level, fix } = rule;
      return [
        {
          tool,
          rule: id,
          title,
          guardrail,
          assertion,
          outcome: verdict.outcome,
          level: verdict.level ?? level,
          resource: resource.address,
          resourceType: resource.kind,
          file: undefined,
          line: undefined,
          detail: verdict.detail,
          fix,
        },
      ];
    }),
  );
  return {
    tool,
    time: plan.time,
    aiResources: managed.filter((resource) => context.isAi(resource) || context.isAiData(resource)).length,
    results: plan.incomplete === undefined ? results : [...results, incompletePlan(plan.incomplete)],
  };
}

const incompletePlan = (why: string): CheckResult => ({
  tool,
  rule: 'plan/complete',
  title: 'The plan says everything that will be done',
  guardrail: undefined,
  assertion: undefined,
  outcome: 'unknown',
  level: 'high',
  resource: 'plan',
  resourceType: undefined,
  file: undefined,
  line: undefined,
  detail: `${why}; what is missing was not checked`,
  fix: 'mend what stops the plan, and plan again',
});
