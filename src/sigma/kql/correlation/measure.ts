import type { CorrelationBound, Measure } from '../../correlation-ast.ts';
import { kqlNumber } from '../literal.ts';

/** Names of the columns that an event of a correlation has beside its own. */
export const valueColumn = (index: number): string => `Value${index + 1}`;

const signs = { eq: '==', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** The bounds of the condition on the column `Measure`. */
export const boundsKql = (bounds: readonly CorrelationBound[]): string =>
  bounds.map(({ comparison, value }) => `Measure ${signs[comparison]} ${kqlNumber(value)}`).join(' and ');

/** The fields that a measure reads, with the type it reads them as. */
export function measuredFields(
  measure: Measure,
): readonly { readonly name: string; readonly type: 'text' | 'number' }[] {
  switch (measure.kind) {
    case 'events':
    case 'rules':
      return [];
    case 'distinct':
      return measure.fields.map((name) => ({ name, type: 'text' }));
    case 'share':
      return [{ name: measure.field, type: 'text' }];
    case 'sum':
    case 'average':
    case 'percentile':
      return [{ name: measure.field, type: 'number' }];
  }
}

/** How the events of one window come to the column `Measure`: aggregations, and lines after them. */
export interface Measuring {
  readonly aggregates: readonly string[];
  readonly lines: readonly string[];
}

export function measuring(measure: Exclude<Measure, { kind: 'share' }>): Measuring {
  switch (measure.kind) {
    case 'events':
      return { aggregates: ['Measure = count()'], lines: [] };
    // `dcount` only estimates.
    case 'distinct': {
      const values = measure.fields.map((_, index) => valueColumn(index));
      const key = values.length === 1 ? values.join() : `strcat(${values.join(', "\\u001f", ')})`;
      return { aggregates: [`Measure = count_distinct(${key})`], lines: [] };
    }
    case 'rules':
      return { aggregates: ['Measure = count_distinct(Rule)'], lines: [] };
    case 'sum':
      return { aggregates: ['Measure = sum(Value1)'], lines: [] };
    case 'average':
      return { aggregates: ['Measure = avg(Value1)'], lines: [] };
    // `percentile` only estimates; nearest rank on the sorted numbers does not.
    case 'percentile':
      return {
        aggregates: ['Numbers = make_list(Value1)'],
        lines: [
          '| extend Numbers = array_sort_asc(Numbers)',
          `| extend Measure = todouble(Numbers[toint(max_of(0, ceiling(${kqlNumber(measure.percentile)} * array_length(Numbers) / 100.0) - 1))])`,
        ],
      };
  }
}
