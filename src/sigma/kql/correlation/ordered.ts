import type { CorrelationBound } from '../../correlation-ast.ts';
import { boundsKql } from './measure.ts';
import type { WindowShape } from './window.ts';

const never = 'datetime(1970-01-01)';

/**
 * The moments of an ordered correlation, by one pass over the events in order. For each length and each rule that
 * ends it, the latest time at which a run of that many rules in order began is all that has to be known: one that
 * began earlier leaves the window earlier.
 *
 * @param isIdentified an event that several rules matched is one row for each and is told by `Row`.
 */
export function orderedWindow(
  { events, groups, outputs, span, bounds, ingestedWithin }: WindowShape,
  rules: number,
  isIdentified: boolean,
): readonly string[] {
  const places = Array.from({ length: rules }, (_, index) => index);
  const isWhole = asksForAll(bounds, rules);
  // A run of all rules consists of the runs of the first one, two, three … and of nothing else.
  const runs = places.flatMap((length) =>
    places.filter((rule) => (isWhole ? rule === length : rule >= length)).map((rule) => ({ length, rule })),
  );
  const nameOf = (length: number, rule: number): string => `Run${length + 1}_${rule + 1}`;
  const isSame = groups.map((group) => `All.${group} == ${group}`).join(' and ');
  const before = (column: string): string =>
    isSame === '' ? `All.${column}` : `iff(${isSame}, All.${column}, ${never})`;
  const matched = (rule: number): string =>
    isIdentified ? `set_has_element(Rules, ${rule + 1})` : `Rule == ${rule + 1}`;
  const began = ({ length, rule }: { readonly length: number; readonly rule: number }): string => {
    if (length === 0) return 'TimeGenerated';
    const earlier = runs.filter((run) => run.length === length - 1 && run.rule < rule);
    const starts = earlier.map((run) => before(nameOf(run.length, run.rule)));
    const all = isWhole ? starts : [before(nameOf(length, rule)), ...starts];
    return all.length === 1 ? all.join() : `max_of(${all.join(', ')})`;
  };
  const assignments = runs.map((run) => {
    const name = nameOf(run.length, run.rule);
    return `${name} = iff(${matched(run.rule)}, ${began(run)}, ${before(name)})`;
  });
  const fresh = ingestedWithin === undefined ? undefined : `Arrived > ago(${ingestedWithin})`;
  const reached = places.toReversed().flatMap((length) => {
    const inside = runs
      .filter((run) => run.length === length)
      .map((run) => `${nameOf(run.length, run.rule)} >= TimeGenerated - ${span}`);
    return inside.length === 0 ? [] : [`${inside.join(' or ')}, ${length + 1}`];
  });
  const order = [...groups.map((group) => `${group} asc`), 'TimeGenerated asc', 'Rule asc'].join(', ');
  const isLast = [
    'next(TimeGenerated) != TimeGenerated',
    ...groups.map((group) => `next(${group}) != ${group}`),
  ];
  const kept = [...groups, ...outputs].join(', ');
  return [
    events,
    ...(isIdentified
      ? [
          `| summarize Rules = make_set(Rule), Rule = min(Rule), Arrived = min(Arrived) by ${['Row', 'TimeGenerated', ...groups, ...outputs].join(', ')}`,
        ]
      : []),
    `| sort by ${order}`,
    '| scan declare (',
    [...runs.map((run) => nameOf(run.length, run.rule)), ...(fresh === undefined ? [] : ['Fresh'])]
      .map((name) => `    ${name}: datetime = ${never}`)
      .join(',\n'),
    '  ) with (',
    '    step All: true =>',
    [
      ...assignments,
      ...(fresh === undefined ? [] : [`Fresh = iff(${fresh}, TimeGenerated, ${before('Fresh')})`]),
    ]
      .map((text) => `      ${text}`)
      .join(',\n'),
    '    ;',
    '  )',
    // Events of one instant are all there before it is judged.
    '| serialize',
    `| where coalesce(${isLast.join(' or ')}, true)`,
    `| extend Measure = case(${reached.join(', ')}, 0)`,
    `| where ${boundsKql(bounds)}`,
    ...(fresh === undefined ? [] : [`| where Fresh >= TimeGenerated - ${span}`]),
    `| project Moment = TimeGenerated, TimeGenerated, Since = ${isWhole ? nameOf(rules - 1, rules - 1) : `TimeGenerated - ${span}`}, Events = Measure, Arrived, Measure, Rule${kept === '' ? '' : `, ${kept}`}`,
  ];
}

/** Whether the bounds hold for all rules in order and for nothing less. */
function asksForAll(bounds: readonly CorrelationBound[], rules: number): boolean {
  const passes = (value: number): boolean =>
    bounds.every((bound) => {
      switch (bound.comparison) {
        case 'eq':
          return value === bound.value;
        case 'neq':
          return value !== bound.value;
        case 'lt':
          return value < bound.value;
        case 'lte':
          return value <= bound.value;
        case 'gt':
          return value > bound.value;
        case 'gte':
          return value >= bound.value;
      }
    });
  return passes(rules) && Array.from({ length: rules }, (_, index) => index).every((value) => !passes(value));
}
