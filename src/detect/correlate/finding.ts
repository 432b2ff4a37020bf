import type { Match } from '../../domain/detection.ts';
import type { Finding, MatchedField } from '../../domain/finding.ts';
import { iso } from '../../lib/clock.ts';
import type { Correlation, CorrelationBound } from '../../sigma/correlation-ast.ts';
import { findingOf } from '../finding.ts';
import type { CorrelationHit } from './correlator.ts';

/** A hit as the rest of the product takes it: a finding, and the match that observers look at. */
export interface CorrelationFinding {
  readonly match: Match;
  readonly finding: Finding;
}

/**
 * The finding a hit is recorded as. Its id comes from rule, group and window, so that a replay doubles nothing; what
 * the record says of actor and resource is that of the event which completed the window. `matched` tells the measure,
 * the group, and the events, of which at most 50 (`MOST_EVENTS`) are named.
 */
export function correlationFinding({
  detection,
  plan,
  moment,
  lead,
  resource,
}: CorrelationHit): CorrelationFinding {
  const { correlation } = plan;
  const { value, count, since, events, group } = moment;
  const matched: MatchedField[] = [
    { field: correlation.type, value: shownNumber(value), test: describeCorrelation(correlation) },
    { field: 'window', value: `${iso(since)}/${iso(moment.time)}`, test: `at most ${correlation.timespan}` },
    ...correlation.groupBy.map(({ name }, index) => ({
      field: name,
      value: group[index] ?? '',
      test: 'the same for all',
    })),
    {
      field: 'events',
      value: String(count),
      test: count > events.length ? `in the window; the newest ${events.length} follow` : 'in the window',
    },
    ...events.map((id) => ({ field: 'event', value: id, test: 'part of the window' })),
  ];
  const match: Match = {
    detection: { ...detection, resourceFields: [] },
    event: { ...lead, resourceId: resource ?? lead.resourceId, record: {} },
    why: () => matched,
  };
  return { match: { ...match, detection }, finding: { ...findingOf(match), id: moment.id } };
}

/** Six digits are enough to read; whole numbers are shown whole. */
const shownNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));

const signs = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '!=' } as const satisfies Record<
  CorrelationBound['comparison'],
  string
>;

/** The condition in words: `different User >= 10 within 1h`. */
export function describeCorrelation({
  condition: { measure, bounds },
  timespan,
  rules,
}: Correlation): string {
  const range = bounds.map(({ comparison, value }) => `${signs[comparison]} ${value}`).join(' and ');
  const what = ((): string => {
    switch (measure.kind) {
      case 'events':
        return 'events';
      case 'distinct':
        return `different ${measure.fields.join(' + ')}`;
      case 'rules':
        return `of ${rules.length} rules${measure.isOrdered ? ' in order' : ''}`;
      case 'sum':
      case 'average':
        return `${measure.kind} of ${measure.field}`;
      case 'percentile':
        return `percentile ${measure.percentile} of ${measure.field}`;
      case 'share':
        return `share of a ${measure.field} in percent`;
    }
  })();
  return `${what} ${range} within ${timespan}`;
}
