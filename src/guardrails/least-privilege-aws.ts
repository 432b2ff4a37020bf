import { broadGrant, broadGrantOf, statementsOfBlocks, trustedServices } from './iam-policy.ts';
import type { BroadGrant } from './iam-policy.ts';
import { asList, at } from './plan.ts';
import type { PlannedResource } from './plan.ts';
import { afterApply, fail, judgeValue, pass, pointsAt, unknown, worst } from './rule.ts';
import type { Rule, RuleContext, Verdict } from './rule.ts';
import { textOf } from './value.ts';

const aiService = /^(?:sagemaker|bedrock|kendra)(?:-[a-z]+)?\.amazonaws\.com/;

/** A role that an AI service takes on, by its trust policy, or that an AI resource of the plan names. */
function isAiRole(role: PlannedResource, { plan, isAi }: RuleContext): boolean {
  if (role.kind !== 'aws_iam_role') return false;
  const trust = role.read('assume_role_policy');
  if (trust.kind === 'known' && typeof trust.value === 'string')
    if (trustedServices(trust.value).some((service) => aiService.test(service))) return true;
  const documents = plan.resources.filter(({ place }) => role.refers('assume_role_policy').includes(place));
  const services = documents.flatMap((document) =>
    statementsOfBlocks(asListOf(document, 'statement')).flatMap((statement) => statement.services),
  );
  if (services.some((service) => aiService.test(service))) return true;
  return plan.resources.some((resource) => isAi(resource) && resource.refers().includes(role.place));
}

function asListOf(resource: PlannedResource, path: string) {
  const list = resource.list(path);
  return list === 'unknown' ? [] : list;
}

const verdictOf = (grant: BroadGrant | 'unreadable' | undefined, where: string): Verdict => {
  if (grant === undefined) return pass(`${where} grants nothing too broad`);
  if (grant === 'unreadable') return unknown(`${where} holds no policy that can be read`);
  return fail(`${where} ${grant.detail}`, grant.level);
};

/** A policy document at a path; when it is known after apply, the data it is made of may be known already. */
function judgeDocument(resource: PlannedResource, path: string, { plan }: RuleContext): Verdict {
  const value = resource.read(path);
  const where = `${path} of ${resource.address}`;
  if (value.kind === 'absent') return pass(`${where} is empty`);
  if (value.kind === 'known') return verdictOf(broadGrantOf(textOf(value.value)), where);
  const documents = plan.resources.filter(
    ({ kind, place }) => kind === 'aws_iam_policy_document' && value.refers.includes(place),
  );
  const broad = documents
    .map((document) => broadGrant(statementsOfBlocks(asListOf(document, 'statement'))))
    .find((grant) => grant !== undefined);
  return broad === undefined ? afterApply(where, value) : verdictOf(broad, where);
}

/** Policies of AWS that are broad by their very name. */
const managedPolicies: readonly (readonly [RegExp, 'critical' | 'high'])[] = [
  [/\/(?:AdministratorAccess|IAMFullAccess|PowerUserAccess)$/, 'critical'],
  [/\/[A-Za-z0-9]*FullAccess$/, 'high'],
];

function judgeArn(arn: string, where: string): Verdict {
  const broad = managedPolicies.find(([pattern]) => pattern.test(arn));
  return broad === undefined
    ? pass(`${where} names ${arn.slice(arn.lastIndexOf('/') + 1)}`)
    : fail(`${where} names ${arn.slice(arn.lastIndexOf('/') + 1)}`, broad[1]);
}

function judgeAttachment(attachment: PlannedResource, context: RuleContext): Verdict {
  const where = `policy_arn of ${attachment.address}`;
  const policies = context.plan.resources.filter(
    (policy) => policy.kind === 'aws_iam_policy' && pointsAt(attachment, 'policy_arn', policy),
  );
  if (policies.length > 0)
    return worst(policies.map((policy) => judgeDocument(policy, 'policy', context))) ?? unknown(where);
  const value = attachment.read('policy_arn');
  if (value.kind === 'unknown') return afterApply(where, value);
  return value.kind === 'absent'
    ? unknown(`${where} is not in the plan`)
    : judgeArn(textOf(value.value), where);
}

/** True when `role` of an attachment names the role by reference or by its name. */
function isOf(attachment: PlannedResource, role: PlannedResource): boolean {
  if (attachment.refers('role').includes(role.place)) return true;
  const [named, name] = [attachment.read('role'), role.read('name')];
  return named.kind === 'known' && name.kind === 'known' && named.value === name.value;
}

function executionRole(role: PlannedResource, context: RuleContext): Verdict | undefined {
  if (!isAiRole(role, context)) return undefined;
  const attached = context.plan.resources.filter((resource) => isOf(resource, role));
  const inline = asListOf(role, 'inline_policy').flatMap((policy): Verdict[] => {
    const document = at(policy, 'policy');
    return typeof document === 'string' ? [verdictOf(broadGrantOf(document), 'inline_policy')] : [];
  });
  const arns = asListOf(role, 'managed_policy_arns').map((arn) =>
    judgeArn(textOf(arn), 'managed_policy_arns'),
  );
  const verdicts = [
    ...inline,
    ...arns,
    ...attached.flatMap((resource) => {
      switch (resource.kind) {
        case 'aws_iam_role_policy':
          return [judgeDocument(resource, 'policy', context)];
        case 'aws_iam_role_policy_attachment':
          return [judgeAttachment(resource, context)];
        default:
          return [];
      }
    }),
  ];
  const critical = verdicts.find(({ level }) => level === 'critical');
  return critical ?? worst(verdicts) ?? unknown('no policy of this plan is attached to the role');
}

function rootAccess(resource: PlannedResource): Verdict | undefined {
  if (resource.kind !== 'aws_sagemaker_notebook_instance') return undefined;
  return judgeValue(
    resource,
    'root_access',
    (value, how) => (value === 'disabled' ? pass(how) : fail(how)),
    () => fail('root_access is not set, and Enabled is the default'),
  );
}

/** True when a key policy or a model policy lets in everybody. */
function openPolicy(resource: PlannedResource): Verdict | undefined {
  if (resource.kind !== 'aws_sagemaker_model_package_group_policy') return undefined;
  const value = resource.read('resource_policy');
  if (value.kind === 'unknown') return afterApply('resource_policy', value);
  if (value.kind === 'absent') return unknown('resource_policy is not in the plan');
  return asList(statementList(textOf(value.value))).some(
    (statement) =>
      at(statement, 'Effect') === 'Allow' &&
      (at(statement, 'Principal') === '*' || at(at(statement, 'Principal'), 'AWS') === '*'),
  )
    ? fail('resource_policy lets in every AWS account', 'critical')
    : pass('resource_policy names who may come in');
}

function statementList(document: string) {
  try {
    const statement = at(JSON.parse(document), 'Statement');
    return Array.isArray(statement) ? statement : [statement ?? null];
  } catch {
    return [];
  }
}

const common = { guardrail: 'least-privilege', assertion: 'identity.privilege.least' } as const;

export const awsPrivilegeRules: readonly Rule[] = [
  {
    ...common,
    id: 'least-privilege/execution-role',
    title: 'Roles of AI services hold no broad or administrative rights',
    level: 'high',
    fix: 'name the actions and resources that the job needs',
    judge: executionRole,
  },
  {
    ...common,
    id: 'least-privilege/no-root',
    title: 'Notebooks give no root access',
    level: 'medium',
    fix: 'set root_access to Disabled',
    judge: rootAccess,
  },
  {
    ...common,
    id: 'least-privilege/model-registry-closed',
    title: 'Model registries let in named accounts only',
    level: 'high',
    fix: 'name the accounts in the Principal of the policy',
    judge: openPolicy,
  },
];
