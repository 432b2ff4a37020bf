import type { Assertion, Observation, ObservationResult } from '../domain/control.ts';
import type { Event } from '../domain/event.ts';
import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';

/** What a record says about the state of a resource: as it is, or as a plan would make it. */
export interface PostureResult {
  /** Speaks to every assertion that lists one of these under `postures`; the first names it in words. */
  readonly names: readonly string[];
  /** Id of an assertion that it speaks to besides. */
  readonly assertion: string | undefined;
  readonly resource: string;
  readonly result: ObservationResult;
  /** As the record has it. */
  readonly code: string;
  /** Whether the state has to be seen again and again, or was said once. */
  readonly kind: 'state' | 'check';
}

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const objectOf = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {});

/** Undefined for a record that says nothing of the kind, or not about what. */
export function postureOf(event: Event): PostureResult | undefined {
  switch (event.class) {
    case 'defender_assessment':
      return assessment(event);
    case 'defender_pricing':
      return plan(event);
    case 'policy_check':
      return check(event);
    default:
      return undefined;
  }
}

/**
 * How long a result counts, and what follows. A state is to be seen again within the freshness of postures, whatever that
 * of logs is. A check before deployment comes when there is something to deploy: it holds like a finding; what it could
 * not tell, only as long as a state.
 */
export function lastingOf(
  { holdsMs, freshnessMs, postureFreshnessMs = freshnessMs }: Assertion,
  { kind, result }: Pick<PostureResult, 'kind' | 'result'>,
): { readonly forMs: number; readonly onExpiry: Observation['onExpiry'] } {
  switch (kind) {
    case 'state':
      return { forMs: postureFreshnessMs, onExpiry: 'no_evidence' };
    case 'check':
      return { forMs: result === 'error' ? postureFreshnessMs : holdsMs, onExpiry: 'nothing' };
  }
}

const assessed: ReadonlyMap<string, ObservationResult> = new Map([
  ['healthy', 'pass'],
  ['unhealthy', 'fail'],
  ['notapplicable', 'not_applicable'],
]);

/** A Defender for Cloud assessment: which, on what, healthy or not. */
function assessment(event: Event): PostureResult | undefined {
  const properties = objectOf(event.record['properties']);
  const code = textOf(objectOf(properties['status'])['code']);
  const resource = event.resourceId?.toLowerCase();
  if (code === undefined || resource === undefined) return undefined;
  const names = [
    textOf(properties['displayName']),
    textOf(objectOf(properties['metadata'])['displayName']),
    textOf(event.record['name']),
    textOf(event.record['id'])?.split('/').at(-1),
  ].filter((name) => name !== undefined);
  const result = assessed.get(code.toLowerCase()) ?? 'error';
  return { names, assertion: undefined, resource, result, code, kind: 'state' };
}

const tiers: ReadonlyMap<string, ObservationResult> = new Map([
  ['standard', 'pass'],
  ['free', 'fail'],
]);

/** A plan of Defender for Cloud on a subscription, on or off: `pricings/AI`. */
function plan(event: Event): PostureResult | undefined {
  const code = textOf(objectOf(event.record['properties'])['pricingTier']);
  const resource = event.resourceId?.toLowerCase();
  const name = textOf(event.record['name']) ?? resource?.split('/').at(-1);
  if (code === undefined || resource === undefined || name === undefined) return undefined;
  const result = tiers.get(code.toLowerCase()) ?? 'error';
  return { names: [`pricings/${name}`], assertion: undefined, resource, result, code, kind: 'state' };
}

const outcomes: ReadonlyMap<string, ObservationResult> = new Map([
  ['pass', 'pass'],
  ['fail', 'fail'],
  // A plan that cannot say yet is no pass.
  ['unknown', 'error'],
]);

/**
 * What a check before deployment says about one resource of one input, `check:plan.json:azurerm_…`. One that was skipped
 * says nothing: whoever skips it decides no exception.
 */
function check(event: Event): PostureResult | undefined {
  const properties = objectOf(event.record['properties']);
  const [tool, rule] = [textOf(properties['tool']), textOf(properties['rule'])];
  const code = textOf(properties['outcome']);
  const place = textOf(properties['resource']);
  const result = outcomes.get(code ?? '');
  if (result === undefined || code === undefined || tool === undefined || rule === undefined)
    return undefined;
  if (place === undefined) return undefined;
  return {
    names: [`${tool}/${rule}`, rule],
    assertion: textOf(properties['assertion']),
    resource: `check:${textOf(properties['inputName']) ?? ''}:${place}`.toLowerCase(),
    result,
    code,
    kind: 'check',
  };
}
