import type { LogSource } from '../../domain/event.ts';
import { resolveField } from '../../sigma/aliases/resolve.ts';
import type { Correlation } from '../../sigma/correlation-ast.ts';
import type { NamedRule, ResolvedCorrelation } from '../../sigma/correlation-resolve.ts';

/** What a correlation needs to know of the rules it names. */
export interface BaseRule extends NamedRule {
  readonly logSource: LogSource;
}

/** A field as it is called for one rule, and where it stands in that rule's records. */
export interface FieldReader {
  readonly name: string;
  /** Empty for a correlation, whose values are read by name. */
  readonly paths: readonly string[];
}

/** The fields that are read of an event that one rule of `rules` matched. */
export interface RuleReaders {
  readonly groupBy: readonly FieldReader[];
  readonly measured: readonly FieldReader[];
  readonly carried: readonly FieldReader[];
}

/** A correlation ready to run. */
export interface CorrelationPlan {
  readonly correlation: Correlation;
  /** One for each of `correlation.rules`. */
  readonly readers: readonly RuleReaders[];
  /** Fields that correlations above this one ask of its events, beyond its own groups. */
  readonly carried: readonly string[];
  /** Those correlations, and as which of their rules. */
  readonly above: readonly { readonly plan: number; readonly rule: number }[];
  /** True when it counts each moment at which a correlation below it holds, not that one's findings. */
  readonly takesMoments: boolean;
}

export interface CorrelationPlans<R extends BaseRule> {
  /** Each after the ones that it names. */
  readonly plans: readonly CorrelationPlan[];
  /** Which plans a rule takes part in, and as which of their rules. */
  readonly uses: ReadonlyMap<R, readonly { readonly plan: number; readonly rule: number }[]>;
  /** How far the past bears on what is found now: twice the window, and for a chain that of what it names too, ms. */
  readonly reachMs: number;
}

/** @param items each after the ones that it names, as `resolveCorrelations` gives them. */
export function planCorrelations<R extends BaseRule>(
  items: readonly ResolvedCorrelation<R>[],
): CorrelationPlans<R> {
  const index = new Map(items.map(({ correlation }, at) => [correlation, at]));
  const carried = items.map(() => new Set<string>());
  // From the outermost in: what is asked of a correlation it may have to ask of the ones below.
  for (const [at, { correlation, rules }] of [...items.entries()].toReversed()) {
    for (const [rule, target] of rules.entries()) {
      if (target.kind === 'rule') continue;
      const below = index.get(target.correlation);
      const groups = new Set(target.correlation.groupBy.map(({ name }) => name));
      const wanted = [...wantedFields(correlation), ...(carried[at] ?? [])];
      for (const field of wanted.map((name) => fieldFor(correlation, rule, name, target.correlation)))
        if (below !== undefined && !groups.has(field)) carried[below]?.add(field);
    }
  }
  const above = items.map((): { plan: number; rule: number }[] => []);
  const uses = new Map<R, { plan: number; rule: number }[]>();
  for (const [plan, { rules }] of items.entries())
    for (const [rule, target] of rules.entries()) {
      if (target.kind === 'correlation') above[index.get(target.correlation) ?? -1]?.push({ plan, rule });
      else uses.set(target.rule, [...(uses.get(target.rule) ?? []), { plan, rule }]);
    }
  const reaches: number[] = [];
  for (const { correlation, rules } of items) {
    const below = rules.map((target) =>
      target.kind === 'rule' ? 0 : (reaches[index.get(target.correlation) ?? -1] ?? 0),
    );
    reaches.push(2 * correlation.timespanMs + Math.max(0, ...below));
  }
  return {
    plans: items.map(({ correlation, rules }, at): CorrelationPlan => {
      const asked = [...(carried[at] ?? [])];
      return {
        correlation,
        carried: asked,
        above: above[at] ?? [],
        takesMoments: correlation.condition.measure.kind === 'rules',
        readers: rules.map((target, rule): RuleReaders => {
          const readerOf = (name: string): FieldReader => {
            const noun = target.kind === 'rule' ? target.rule : target.correlation;
            const field = fieldFor(correlation, rule, name, noun);
            return {
              name: field,
              paths: target.kind === 'rule' ? resolveField(target.rule.logSource, field) : [],
            };
          };
          return {
            groupBy: correlation.groupBy.map(({ name }) => readerOf(name)),
            measured: measuredFields(correlation).map(readerOf),
            carried: asked.map(readerOf),
          };
        }),
      };
    }),
    uses,
    reachMs: Math.max(0, ...reaches),
  };
}

/** What a name of the correlation is called in the events of one of its rules. */
function fieldFor({ aliases, rules }: Correlation, rule: number, name: string, noun: NamedRule): string {
  const written = rules[rule]?.text;
  const alias = aliases.find((each) => each.name === name);
  const fields = alias?.fields ?? [];
  const found =
    fields.find((each) => each.rule.text === written) ??
    fields.find(({ rule: { text } }) => text === noun.name || text.toLowerCase() === noun.id?.toLowerCase());
  return found?.field ?? name;
}

function measuredFields({ condition: { measure } }: Correlation): readonly string[] {
  if ('fields' in measure) return measure.fields;
  return 'field' in measure ? [measure.field] : [];
}

const wantedFields = (correlation: Correlation): readonly string[] => [
  ...correlation.groupBy.map(({ name }) => name),
  ...measuredFields(correlation),
];
