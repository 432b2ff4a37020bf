import type { Level } from '../domain/severity.ts';
import type { Plan, PlannedResource } from './plan.ts';
import type { CheckOutcome, Guardrail } from './result.ts';
import { spoken, textOf } from './value.ts';
import type { Value } from './value.ts';

/** What organisations decide for themselves. */
export interface GuardrailPolicy {
  /** Azure and AWS regions where data may be, as `uksouth` and `eu-west-2`; empty when nobody has decided. */
  readonly regions: readonly string[];
  /** True when processing anywhere within one data zone or geography (EU, US) is approved. */
  readonly allowDataZones: boolean;
}

/** What is looked at besides the resource itself. */
export interface RuleContext {
  readonly plan: Plan;
  readonly policy: GuardrailPolicy;
  readonly isAi: (resource: PlannedResource) => boolean;
  /** True for stores of training data, datasets and model files. */
  readonly isAiData: (resource: PlannedResource) => boolean;
}

export interface Verdict {
  readonly outcome: CheckOutcome;
  readonly detail: string;
  /** When it is worse or milder than the rule usually is. */
  readonly level?: Level;
}

export interface Rule {
  readonly id: string;
  readonly guardrail: Guardrail;
  readonly title: string;
  readonly assertion: string;
  readonly level: Level;
  readonly fix: string;
  /** Undefined when the rule does not speak about the resource. */
  readonly judge: (resource: PlannedResource, context: RuleContext) => Verdict | undefined;
}

export const pass = (detail: string): Verdict => ({ outcome: 'pass', detail });
export const fail = (detail: string, level?: Level): Verdict =>
  level === undefined ? { outcome: 'fail', detail } : { outcome: 'fail', detail, level };
export const unknown = (detail: string): Verdict => ({ outcome: 'unknown', detail });

/** `kms_key_arn is known after apply (from aws_kms_key.ai)` */
export const afterApply = (path: string, { refers }: Value & { readonly kind: 'unknown' }): Verdict =>
  unknown(`${path} is known after apply${refers.length === 0 ? '' : ` (from ${refers.join(', ')})`}`);

/** What is said of a value at a path when it is there, and what when it is not. */
export function judgeValue(
  resource: PlannedResource,
  path: string,
  known: (text: string, spokenText: string) => Verdict,
  absent: () => Verdict,
): Verdict {
  const value = resource.read(path);
  switch (value.kind) {
    case 'known':
      return known(textOf(value.value).toLowerCase(), `${path} is ${spoken(value)}`);
    case 'unknown':
      return afterApply(path, value);
    case 'absent':
      return absent();
  }
}

/** True when the member at `path` of `from` names `to`: by a reference in the configuration, or by its id. */
export function pointsAt(from: PlannedResource, path: string, to: PlannedResource): boolean {
  if (from.refers(path).includes(to.place)) return true;
  const [value, id, bucket] = [from.read(path), to.read('id'), to.read('bucket')];
  if (value.kind !== 'known' || typeof value.value !== 'string') return false;
  const wanted = value.value.toLowerCase();
  return [id, bucket].some(
    (own) => own.kind === 'known' && typeof own.value === 'string' && own.value.toLowerCase() === wanted,
  );
}

/** Resources of a type whose member at `path` names `to`. */
export const companions = (
  { plan }: RuleContext,
  type: string,
  path: string,
  to: PlannedResource,
): readonly PlannedResource[] =>
  plan.resources.filter((resource) => resource.kind === type && pointsAt(resource, path, to));

/** The worst of some verdicts: a failure, then what is not known, then a pass. */
export function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  return (
    verdicts.find(({ outcome }) => outcome === 'fail') ??
    verdicts.find(({ outcome }) => outcome === 'unknown') ??
    verdicts[0]
  );
}
