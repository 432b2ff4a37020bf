import type { Detection } from '../domain/detection.ts';
import type { LogSource } from '../domain/event.ts';
import { resolveField } from '../sigma/aliases/resolve.ts';
import { fieldsOf, missingFields } from './blind.ts';
import type { AskedField, FieldSight, SeenClass } from './blind-fields.ts';
import type { TiedCorrelations } from './correlate/tie.ts';
import { holds } from './correlate/window.ts';
import type { LoadedDetection } from './load.ts';

/** A rule that can find nothing in what has arrived so far, and why. */
export type BlindRule = {
  readonly rule: string;
  readonly title: string;
  readonly level: Detection['level'];
  readonly file: string;
} & BlindReason;

export type BlindReason =
  /** No record of its log source has ever arrived. */
  | { readonly why: 'no_log_source'; readonly logSource: LogSource }
  /** Records arrive, but none has ever had these fields. */
  | {
      readonly why: 'no_fields';
      readonly logSource: LogSource;
      readonly fields: readonly { readonly field: string; readonly paths: readonly string[] }[];
      readonly arrived: SeenClass;
    }
  /** A correlation of rules that are blind, or whose events lack what it groups or measures by. */
  | {
      readonly why: 'no_rules';
      readonly rules: readonly { readonly rule: string; readonly fields: readonly string[] }[];
    };

/** Rules and correlations that are asked whether they can see. */
export interface SightedRules {
  readonly loaded: readonly LoadedDetection[];
  readonly correlations: TiedCorrelations;
}

/** Every field that a rule asks, or that a correlation groups or measures by. */
export function askedFields({ loaded, correlations }: SightedRules): readonly AskedField[] {
  return loaded.flatMap(({ detection, rule }) => {
    const { logSource } = rule;
    const correlated = (correlations.uses.get(detection.id) ?? []).flatMap(({ plan, rule: place }) =>
      correlatedFields(correlations, plan, place),
    );
    return [...fieldsOf(rule), ...correlated].map((field) => ({ logSource, field }));
  });
}

/** The rules that can find nothing in what was seen; rules first, then correlations, each in their order. */
export function blindRules({ loaded, correlations }: SightedRules, sight: FieldSight): readonly BlindRule[] {
  const blind: BlindRule[] = [];
  const blindIds = new Set<string>();
  const add = (detection: Detection, reason: BlindReason): void => {
    const { name, title, level, file } = detection;
    blindIds.add(detection.id);
    blind.push({ rule: name, title, level, file, ...reason });
  };
  for (const { detection, rule } of loaded) {
    const { logSource } = rule;
    const arrived = sight.arrived(logSource);
    if (arrived === undefined) {
      add(detection, { why: 'no_log_source', logSource });
      continue;
    }
    const missing = missingFields(rule, (field) => sight.hasSeen({ logSource, field }));
    if (missing === undefined) continue;
    const fields = missing.map((field) => ({ field, paths: resolveField(logSource, field) }));
    add(detection, { why: 'no_fields', logSource, fields, arrived });
  }
  // Each correlation stands after the ones that it names.
  for (const [at, { detection, plan }] of correlations.items.entries()) {
    const { rules, condition } = plan.correlation;
    const parts = new Map<number, { rule: string; fields: readonly string[] }>();
    for (const item of loaded)
      for (const use of correlations.uses.get(item.detection.id) ?? [])
        if (use.plan === at) {
          const { logSource } = item.rule;
          const fields = correlatedFields(correlations, at, use.rule).filter(
            (field) => !sight.hasSeen({ logSource, field }),
          );
          if (blindIds.has(item.detection.id) || fields.length > 0)
            parts.set(use.rule, { rule: item.detection.name, fields });
        }
    for (const below of correlations.items)
      for (const use of below.plan.above)
        if (use.plan === at && blindIds.has(below.detection.id))
          parts.set(use.rule, { rule: below.detection.name, fields: [] });
    const seeing = rules.length - parts.size;
    const canHold =
      condition.measure.kind === 'rules'
        ? Array.from({ length: seeing }, (_, index) => index + 1).some((count) =>
            condition.bounds.every((bound) => holds(bound, count - bound.value)),
          )
        : seeing > 0;
    if (!canHold)
      add(detection, {
        why: 'no_rules',
        rules: [...parts].toSorted(([a], [b]) => a - b).map(([, part]) => part),
      });
  }
  return blind;
}

/** What one of a correlation's rules calls the fields that the correlation reads. */
function correlatedFields({ items }: TiedCorrelations, plan: number, rule: number): readonly string[] {
  const readers = items[plan]?.plan.readers[rule];
  return [...(readers?.groupBy ?? []), ...(readers?.measured ?? [])].map(({ name }) => name);
}
