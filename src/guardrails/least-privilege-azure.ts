import type { PlannedResource } from './plan.ts';
import { afterApply, fail, judgeValue, pass, unknown } from './rule.ts';
import type { Rule, RuleContext, Verdict } from './rule.ts';
import { textOf } from './value.ts';

/** Built-in roles that are broader than an AI workload needs, by name and by id. */
const broadRoles: ReadonlyMap<string, string> = new Map([
  ['8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'owner'],
  ['b24988ac-6180-42a0-ab88-20f7382dd24c', 'contributor'],
  ['18d7d88d-d35e-4fb5-a5c3-7773c20a72d9', 'user access administrator'],
  ['f58310d9-a9f6-439a-9e8d-f62e7b41a168', 'role based access control administrator'],
]);
const broadNames = new Set(broadRoles.values());

interface AssignmentPaths {
  readonly role: string;
  readonly roleId: string;
  readonly scope: string;
  readonly principal: string;
}

const assignmentPaths: Readonly<Record<string, AssignmentPaths>> = {
  azurerm_role_assignment: {
    role: 'role_definition_name',
    roleId: 'role_definition_id',
    scope: 'scope',
    principal: 'principal_id',
  },
  'azapi:microsoft.authorization/roleassignments': {
    role: 'body.properties.roleDefinitionName',
    roleId: 'body.properties.roleDefinitionId',
    scope: 'parent_id',
    principal: 'body.properties.principalId',
  },
};

/** An assignment counts when an AI resource is given the role, or the role is over one. */
function concernsAi(assignment: PlannedResource, paths: AssignmentPaths, context: RuleContext): boolean {
  const named = new Set([...assignment.refers(paths.scope), ...assignment.refers(paths.principal)]);
  const scope = assignment.read(paths.scope);
  if (
    scope.kind === 'known' &&
    /\/providers\/microsoft\.(?:cognitiveservices|machinelearningservices|search)\//i.test(
      textOf(scope.value),
    )
  )
    return true;
  return context.plan.resources.some(
    (resource) => (context.isAi(resource) || isAiIdentity(resource, context)) && named.has(resource.place),
  );
}

/** A user-assigned identity that an AI resource of the plan runs as. */
const isAiIdentity = (identity: PlannedResource, { plan, isAi }: RuleContext): boolean =>
  identity.kind === 'azurerm_user_assigned_identity' &&
  plan.resources.some((resource) => isAi(resource) && resource.refers('identity').includes(identity.place));

function roleAssignment(assignment: PlannedResource, context: RuleContext): Verdict | undefined {
  const paths = assignmentPaths[assignment.kind];
  if (paths === undefined || !concernsAi(assignment, paths, context)) return undefined;
  const [name, id, scope] = [paths.role, paths.roleId, paths.scope].map((path) => assignment.read(path));
  const roleName =
    name?.kind === 'known'
      ? textOf(name.value).toLowerCase()
      : id?.kind === 'known'
        ? (broadRoles.get(textOf(id.value).toLowerCase().split('/').at(-1) ?? '') ?? 'a narrower role')
        : undefined;
  if (roleName === undefined) {
    if (name?.kind === 'unknown') return afterApply(paths.role, name);
    return id?.kind === 'unknown' ? afterApply(paths.roleId, id) : unknown('the role is not in the plan');
  }
  if (!broadNames.has(roleName)) return pass(`the role is ${roleName}`);
  const isWide =
    scope?.kind === 'known' &&
    /^(?:\/subscriptions\/[^/]+|\/providers\/microsoft\.management\/managementgroups\/[^/]+|\/)$/i.test(
      textOf(scope.value),
    );
  return isWide
    ? fail(`the role is ${roleName}, over a whole subscription or more`, 'critical')
    : fail(`the role is ${roleName}`);
}

function roleDefinition(resource: PlannedResource): Verdict | undefined {
  if (resource.kind !== 'azurerm_role_definition') return undefined;
  const actions = resource.list('permissions.actions');
  if (actions === 'unknown') return unknown('permissions.actions is known after apply');
  const texts = actions.map((action) => textOf(action).toLowerCase());
  const isAi = texts.some((action) =>
    /^(?:\*|microsoft\.(?:cognitiveservices|machinelearningservices)\/)/.test(action),
  );
  if (!isAi) return undefined;
  const broad = texts.find((action) => /^(?:\*|microsoft\.[a-z]+\/\*)$/.test(action));
  return broad === undefined
    ? pass('permissions.actions names single actions')
    : fail(`permissions.actions holds ${broad}`, broad === '*' ? 'critical' : 'high');
}

interface KeyAccess {
  readonly path: string;
  /** Value with which keys are off. */
  readonly off: string;
}

const keyAccess: Readonly<Record<string, KeyAccess>> = {
  azurerm_cognitive_account: { path: 'local_auth_enabled', off: 'false' },
  azurerm_ai_services: { path: 'local_authentication_enabled', off: 'false' },
  azurerm_search_service: { path: 'local_authentication_enabled', off: 'false' },
  azurerm_machine_learning_compute_instance: { path: 'local_auth_enabled', off: 'false' },
  azurerm_machine_learning_compute_cluster: { path: 'local_auth_enabled', off: 'false' },
  'azapi:microsoft.cognitiveservices/accounts': { path: 'body.properties.disableLocalAuth', off: 'true' },
  'azapi:microsoft.search/searchservices': { path: 'body.properties.disableLocalAuth', off: 'true' },
};

function keysOff(resource: PlannedResource): Verdict | undefined {
  const access = keyAccess[resource.kind];
  if (access === undefined) return undefined;
  return judgeValue(
    resource,
    access.path,
    (value, how) => (value === access.off ? pass(how) : fail(how)),
    () => fail(`${access.path} is not set, and keys are on by default`),
  );
}

const guardrail = 'least-privilege';

export const azurePrivilegeRules: readonly Rule[] = [
  {
    guardrail,
    id: 'least-privilege/role-assignment',
    title: 'Identities around AI services hold no broad roles',
    assertion: 'identity.privilege.least',
    level: 'high',
    fix: 'assign a role for the job, such as Cognitive Services OpenAI User, over the one resource',
    judge: roleAssignment,
  },
  {
    guardrail,
    id: 'least-privilege/role-definition',
    title: 'Custom roles for AI services name single actions',
    assertion: 'identity.privilege.least',
    level: 'high',
    fix: 'list the actions that are needed',
    judge: roleDefinition,
  },
  {
    guardrail,
    id: 'least-privilege/no-keys',
    title: 'AI services are called with identities, not keys',
    assertion: 'ai.access.keyless',
    level: 'medium',
    fix: 'switch local authentication off',
    judge: keysOff,
  },
];
