import type { Comparison, Position, Rule } from './ast.ts';

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
] as const;
export type CorrelationType = (typeof correlationTypes)[number];

/**
 * A Sigma correlation rule (specification 2.1.0) as read: every node frozen, references still as they are written.
 * `resolveCorrelations` ties them to rules. What it means is said in README.md, section "Correlations"; the runtime
 * and KQL have to agree with it.
 */
export interface Correlation extends Omit<Rule, 'logSource' | 'searches' | 'condition'> {
  readonly type: CorrelationType;
  /** In the order of the file; never empty, none twice. */
  readonly rules: readonly RuleReference[];
  /** Field or alias names; empty: all events are one group. */
  readonly groupBy: readonly GroupField[];
  /** As written: `15m`. */
  readonly timespan: string;
  /** Events whose times differ by this much or less may meet, ms. */
  readonly timespanMs: number;
  readonly aliases: readonly FieldAlias[];
  readonly condition: CorrelationCondition;
  /** True: the rules it names also make findings of their own. */
  readonly generate: boolean;
  /** Where `correlation` stands. */
  readonly at: Position;
}

/** The id or the name of a detection rule or of another correlation. */
export interface RuleReference {
  readonly text: string;
  readonly at: Position;
}

export interface GroupField {
  readonly name: string;
  readonly at: Position;
}

/** One name for fields that are called differently in the events of different rules. */
export interface FieldAlias {
  readonly name: string;
  readonly fields: readonly { readonly rule: RuleReference; readonly field: string }[];
  readonly at: Position;
}

export interface CorrelationCondition {
  readonly measure: Measure;
  /** All of them have to hold; never empty. A temporal correlation without a condition has `gte` its number of rules. */
  readonly bounds: readonly CorrelationBound[];
  /** True when the file states no condition (temporal types alone). */
  readonly isImplied: boolean;
  readonly at: Position;
}

/** What is computed over the events of a group in a window, and then held against the bounds. */
export type Measure =
  /** Events. */
  | { readonly kind: 'events' }
  /** Distinct values; with several fields distinct combinations of their values. */
  | { readonly kind: 'distinct'; readonly fields: readonly string[] }
  /** Different rules of `rules` that matched; `isOrdered`: as many as matched in the order of `rules`. */
  | { readonly kind: 'rules'; readonly isOrdered: boolean }
  | { readonly kind: 'sum' | 'average'; readonly field: string }
  /** The value below or at which this percentage (0 to 100) of the numbers lie, by nearest rank. */
  | { readonly kind: 'percentile'; readonly field: string; readonly percentile: number }
  /** `value_percentile` without `percentile`: how many percent of the events have the value that an event has. */
  | { readonly kind: 'share'; readonly field: string };

export interface CorrelationBound {
  /** The measure is to the left: `gt` is measure > value. */
  readonly comparison: Comparison | 'neq';
  readonly value: number;
}
