import type { Detection } from '../../domain/detection.ts';
import type { Problem } from '../../lib/errors.ts';
import type { Rule } from '../../sigma/ast.ts';
import type { Correlation } from '../../sigma/correlation-ast.ts';
import { resolveCorrelations } from '../../sigma/correlation-resolve.ts';
import type { RunnableCorrelation } from './correlator.ts';
import { planCorrelations } from './plan.ts';

/** Correlations tied to the detections they name, ready to run. */
export interface TiedCorrelations {
  /** Each after the ones that it names. */
  readonly items: readonly RunnableCorrelation[];
  /** Which of `items` a detection takes part in, and as which of their rules, by its id. */
  readonly uses: ReadonlyMap<string, readonly { readonly plan: number; readonly rule: number }[]>;
  /** Ids of detections that only serve correlations, and make no findings of their own. */
  readonly silent: ReadonlySet<string>;
  /** How far the past bears on what is found now, ms. */
  readonly reachMs: number;
  readonly problems: readonly Problem[];
}

/** Detections are named by id, by the `name` in the file, or, when that states none, as the file is called. */
export function tieCorrelations(
  loaded: readonly { readonly detection: Detection; readonly correlation: Correlation }[],
  detections: readonly {
    readonly detection: Pick<Detection, 'id' | 'name'>;
    readonly rule: Pick<Rule, 'file' | 'name' | 'logSource'>;
  }[],
): TiedCorrelations {
  const rules = detections.map(({ detection, rule }) => ({
    file: rule.file,
    id: detection.id,
    name: rule.name ?? detection.name,
    logSource: rule.logSource,
  }));
  const correlations = loaded.map(({ correlation }) => correlation);
  const { items, silent, problems } = resolveCorrelations(correlations, rules);
  const { plans, uses, reachMs } = planCorrelations(items);
  const detectionOf = new Map(loaded.map(({ detection, correlation }) => [correlation, detection]));
  return {
    items: plans.flatMap((plan) => {
      const detection = detectionOf.get(plan.correlation);
      return detection === undefined ? [] : [{ plan, detection, isSilent: silent.has(plan.correlation) }];
    }),
    uses: new Map(rules.map((rule) => [rule.id, uses.get(rule) ?? []])),
    silent: new Set(rules.filter((rule) => silent.has(rule)).map(({ id }) => id)),
    reachMs,
    problems,
  };
}

export const noCorrelations: TiedCorrelations = {
  items: [],
  uses: new Map(),
  silent: new Set(),
  reachMs: 0,
  problems: [],
};
