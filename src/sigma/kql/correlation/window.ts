import type { CorrelationBound, Measure } from '../../correlation-ast.ts';
import { boundsKql, measuring } from './measure.ts';

/** What the lines over the events of one correlation are made of. */
export interface WindowShape {
  /** Name of the `let` that holds the events. */
  readonly events: string;
  readonly groups: readonly string[];
  readonly outputs: readonly string[];
  /** KQL timespan. */
  readonly span: string;
  readonly measure: Measure;
  readonly bounds: readonly CorrelationBound[];
  /** Keeps moments of which some event arrived within this time; KQL timespan. */
  readonly ingestedWithin: string | undefined;
}

/** What each moment has beside its groups and `Measure`. */
export const momentColumns = ['Moment', 'Since', 'Events', 'Arrived'] as const;

/**
 * Every moment at which the condition holds: for each group and each instant at which one of its events happened,
 * the events of the window that ends there, both ends included. No bins: an event meets those of its own slot of
 * the window's length and of the slot before, which is where a window can reach.
 */
export function slidingWindow(shape: WindowShape): readonly string[] {
  const { events, groups, outputs, span, measure, bounds, ingestedWithin } = shape;
  const by = [...groups, 'Moment'].join(', ');
  const lead = `arg_max(TimeGenerated, ${['Rule', ...outputs].join(', ')})`;
  const about = ['Events = count()', 'Since = min(TimeGenerated)', 'Arrived = max(Arrived)'];
  const measured =
    measure.kind === 'share'
      ? shareLines(by, lead, outputs, bounds)
      : ((): readonly string[] => {
          const { aggregates, lines } = measuring(measure);
          return [
            `| summarize ${[lead, ...about, ...aggregates].join(', ')} by ${by}`,
            ...lines,
            `| where ${boundsKql(bounds)}`,
          ];
        })();
  return [
    events,
    `| summarize by ${[...groups, 'Moment = TimeGenerated'].join(', ')}`,
    `| extend Slot = pack_array(bin(Moment, ${span}), bin(Moment, ${span}) - ${span})`,
    '| mv-expand Slot to typeof(datetime)',
    `| join kind=inner (${events} | extend Slot = bin(TimeGenerated, ${span})) on ${[...groups, 'Slot'].join(', ')}`,
    `| where TimeGenerated >= Moment - ${span} and TimeGenerated <= Moment`,
    ...measured,
    ...(ingestedWithin === undefined ? [] : [`| where Arrived > ago(${ingestedWithin})`]),
  ];
}

/** How many percent of the window's events have the value that an event of this moment has; the least that passes. */
function shareLines(
  by: string,
  lead: string,
  outputs: readonly string[],
  bounds: readonly CorrelationBound[],
): readonly string[] {
  const kept = ['Rule', ...outputs];
  return [
    `| summarize ${lead}, Events = count(), Since = min(TimeGenerated), Arrived = max(Arrived), Fresh = countif(TimeGenerated == Moment) by ${by}, Value1`,
    `| summarize arg_max(TimeGenerated, ${kept.join(', ')}), Parts = make_list(bag_pack("Count", Events, "Fresh", Fresh)), Events = sum(Events), Since = min(Since), Arrived = max(Arrived) by ${by}`,
    '| mv-expand Part = Parts',
    '| where tolong(Part.Fresh) > 0',
    '| extend Measure = 100.0 * tolong(Part.Count) / Events',
    `| where ${boundsKql(bounds)}`,
    `| summarize arg_min(Measure, TimeGenerated, ${[...kept, 'Events', 'Since', 'Arrived'].join(', ')}) by ${by}`,
  ];
}
