import type { Correlation, CorrelationBound } from '../../sigma/correlation-ast.ts';
import { describeCorrelation } from '../correlate/finding.ts';
import { replaced, without } from './mutant.ts';
import type { Mutant, Operator } from './mutant.ts';

/** A correlation with one fault planted in it. */
export type CorrelationMutant = Omit<Mutant, 'rule'> & { readonly correlation: Correlation };

const strictness = { gt: 'gte', gte: 'gt', lt: 'lte', lte: 'lt', eq: 'neq', neq: 'eq' } as const;

/** Every correlation that differs from this one by one planted fault, in the order of the file. */
export function correlationMutants(correlation: Correlation): readonly CorrelationMutant[] {
  const { condition, groupBy, rules, timespanMs, aliases } = correlation;
  const { measure, bounds } = condition;
  const words = describeCorrelation(correlation);
  const fault = (
    operator: Operator,
    at: CorrelationMutant['at'],
    change: Partial<Correlation>,
    told?: readonly [string, string],
  ): CorrelationMutant => {
    const changed = { ...correlation, ...change };
    const [before, after] = told ?? [words, describeCorrelation(changed)];
    return { operator, at, before, after, correlation: changed, equivalence: undefined };
  };
  const withBounds = (changed: readonly CorrelationBound[]): Partial<Correlation> => ({
    condition: { ...condition, bounds: changed },
  });
  const timespan = (operator: Operator, factor: number): CorrelationMutant =>
    fault(operator, correlation.at, {
      timespanMs: timespanMs * factor,
      timespan: `${correlation.timespan}, times ${factor}`,
    });
  return [
    ...bounds.flatMap((bound, index) => [
      fault(
        'shift-number',
        condition.at,
        withBounds(replaced(bounds, index, { ...bound, value: bound.value + 1 })),
      ),
      fault(
        'shift-bound',
        condition.at,
        withBounds(replaced(bounds, index, { ...bound, comparison: strictness[bound.comparison] })),
      ),
    ]),
    timespan('halve-timespan', 0.5),
    timespan('double-timespan', 2),
    ...groupBy.map((field, index) =>
      fault('drop-group', field.at, { groupBy: without(groupBy, index) }, [
        `grouped by ${field.name}`,
        '(not grouped by it)',
      ]),
    ),
    ...(rules.length < 2
      ? []
      : rules.map((rule, index) =>
          fault(
            'drop-rule',
            rule.at,
            {
              rules: without(rules, index),
              aliases: aliases.map((alias) => ({
                ...alias,
                fields: alias.fields.filter((field) => field.rule.text !== rule.text),
              })),
            },
            [rule.text, '(left out)'],
          ),
        )),
    ...measureFaults(correlation, (change) => fault('swap-type', correlation.at, change)),
    ...(measure.kind === 'percentile'
      ? [
          fault('shift-percentile', condition.at, {
            condition: {
              ...condition,
              measure: { ...measure, percentile: measure.percentile > 50 ? measure.percentile / 2 : 100 },
            },
          }),
        ]
      : []),
  ];
}

/** What is measured, swapped for what is easily taken for it. */
function measureFaults(
  { condition }: Correlation,
  fault: (change: Partial<Correlation>) => CorrelationMutant,
): readonly CorrelationMutant[] {
  const { measure } = condition;
  const as = (changed: typeof measure): CorrelationMutant =>
    fault({ condition: { ...condition, measure: changed } });
  switch (measure.kind) {
    case 'rules':
      return [as({ ...measure, isOrdered: !measure.isOrdered })];
    case 'distinct':
      return [as({ kind: 'events' })];
    case 'sum':
    case 'average':
      return [as({ ...measure, kind: measure.kind === 'sum' ? 'average' : 'sum' })];
    case 'percentile':
      return [as({ kind: 'average', field: measure.field })];
    case 'events':
    case 'share':
      return [];
  }
}
