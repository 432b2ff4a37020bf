import type { Level } from '../domain/severity.ts';
import { isJsonObject } from '../lib/json.ts';
import type { JsonValue } from '../lib/json.ts';
import { asList, at } from './plan.ts';

/** A grant that is broader than any one job needs. */
export interface BroadGrant {
  readonly level: Level;
  readonly detail: string;
}

interface Statement {
  readonly isAllow: boolean;
  readonly actions: readonly string[];
  /** Everything but some actions: broader than a list can say. */
  readonly isAllBut: boolean;
  readonly resources: readonly string[];
  readonly isAllResourcesBut: boolean;
  /** Services that may take the role on. */
  readonly services: readonly string[];
}

const texts = (value: JsonValue | undefined): readonly string[] =>
  (typeof value === 'string' ? [value] : asList(value)).filter((item) => typeof item === 'string');

/** Statements of a policy document; undefined when the text is none. */
function statementsOf(document: string): readonly Statement[] | undefined {
  let policy: JsonValue;
  try {
    policy = JSON.parse(document) as JsonValue;
  } catch {
    return undefined;
  }
  const statement = at(policy, 'Statement');
  const all = isJsonObject(statement) ? [statement] : asList(statement);
  return all.map((one) => ({
    isAllow: at(one, 'Effect') === 'Allow',
    actions: texts(at(one, 'Action')),
    isAllBut: at(one, 'NotAction') !== undefined,
    resources: texts(at(one, 'Resource')),
    isAllResourcesBut: at(one, 'NotResource') !== undefined,
    services: texts(at(at(one, 'Principal'), 'Service')),
  }));
}

/** Statements of `data.aws_iam_policy_document`, as its `statement` blocks say them. */
export const statementsOfBlocks = (blocks: readonly JsonValue[]): readonly Statement[] =>
  blocks.map((block) => ({
    isAllow: (at(block, 'effect') ?? 'Allow') === 'Allow',
    actions: texts(at(block, 'actions')),
    isAllBut: asList(at(block, 'not_actions')).length > 0,
    resources: texts(at(block, 'resources')),
    isAllResourcesBut: asList(at(block, 'not_resources')).length > 0,
    services: asList(at(block, 'principals')).flatMap((principal) =>
      at(principal, 'type') === 'Service' ? texts(at(principal, 'identifiers')) : [],
    ),
  }));

/** Services whose actions on everything let a role raise its own rights, or another's. */
const rightsServices = new Set(['iam', 'sts', 'organizations', 'kms']);

/** The worst of what the statements grant too broadly; undefined when nothing is. */
export function broadGrant(statements: readonly Statement[]): BroadGrant | undefined {
  const found: BroadGrant[] = [];
  for (const { isAllow, actions, isAllBut, resources, isAllResourcesBut } of statements) {
    if (!isAllow) continue;
    const isEverywhere = isAllResourcesBut || resources.some((resource) => resource === '*');
    const where = isEverywhere ? 'on everything' : `on ${resources.length} resource patterns`;
    if (isAllBut) found.push({ level: 'high', detail: `allows all actions but some (NotAction) ${where}` });
    for (const action of actions) {
      const [service = '', verb = ''] = action.toLowerCase().split(':', 2);
      if (service === '*') found.push({ level: 'critical', detail: `allows ${action} ${where}` });
      else if (verb === '*' && isEverywhere)
        found.push({
          level: rightsServices.has(service) ? 'critical' : 'high',
          detail: `allows ${action} ${where}`,
        });
      else if (service === 'iam' && verb === 'passrole' && isEverywhere)
        found.push({ level: 'high', detail: `allows ${action} ${where}: any role can be handed on` });
    }
  }
  return found.find(({ level }) => level === 'critical') ?? found[0];
}

/** What a policy document grants too broadly; `unreadable` when it is no policy. */
export function broadGrantOf(document: string): BroadGrant | 'unreadable' | undefined {
  const statements = statementsOf(document);
  return statements === undefined ? 'unreadable' : broadGrant(statements);
}

/** Services that a trust policy lets take the role on. */
export const trustedServices = (document: string): readonly string[] =>
  (statementsOf(document) ?? []).flatMap(({ isAllow, services }) => (isAllow ? services : []));
