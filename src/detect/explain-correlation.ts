import type { Detection } from '../domain/detection.ts';
import type { CorrelationBound } from '../sigma/correlation-ast.ts';
import { momentReading } from './correlate/correlator.ts';
import type { Matched } from './correlate/correlator.ts';
import { describeCorrelation } from './correlate/finding.ts';
import { createGroups } from './correlate/groups.ts';
import type { Moment } from './correlate/groups.ts';
import { keyOf, membershipOf, readingOf } from './correlate/member.ts';
import type { Member, Placed } from './correlate/member.ts';
import type { CorrelationPlan } from './correlate/plan.ts';
import type { TiedCorrelations } from './correlate/tie.ts';
import { createWindow } from './correlate/window.ts';

/** What a correlation makes of some events, all of them taken as in time. */
export interface CorrelationExplanation {
  readonly detection: Pick<Detection, 'name' | 'title' | 'level' | 'version' | 'file'>;
  /** `of 2 rules in order >= 2 within 4h`. */
  readonly condition: string;
  readonly found: boolean;
  /** In the order of the correlation: how many events, or findings of correlations below, each rule gave. */
  readonly rules: readonly { readonly rule: string; readonly matched: number }[];
  /** Those with a finding first, then those that come nearest to one. */
  readonly groups: readonly ExplainedGroup[];
  /** Events that a rule matched and that stand in no group. */
  readonly leftOut: readonly { readonly event: string; readonly why: string }[];
}

/** One group at its first finding, or at the moment at which it came nearest to one. */
export interface ExplainedGroup {
  /** The values of `group-by` by their names. */
  readonly group: Readonly<Record<string, string>>;
  readonly found: boolean;
  /** What the measure came to; undefined when there is nothing to measure. */
  readonly value: number | undefined;
  /** First and last event in the window, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly events: readonly string[];
  /** Rules of the correlation that no event in the window matched. */
  readonly missing: readonly string[];
}

const reasons = {
  group_missing: 'it lacks a field of `group-by`',
  value_missing: 'it lacks the field that is measured',
  groups_too_many: 'its arrays would put it into more than 64 groups',
} as const;

/**
 * Says of a correlation, group by group, whether these events complete it and what is missing when they do not.
 *
 * @param name of the correlation; undefined is answered when none is called so.
 */
export function explainCorrelation(
  { items, uses }: TiedCorrelations,
  name: string,
  matched: readonly Matched[],
): CorrelationExplanation | undefined {
  const inboxes = items.map((): { placed: Placed[]; leftOut: { event: string; why: string }[] } => ({
    placed: [],
    leftOut: [],
  }));
  const place = (
    at: number,
    rules: readonly number[],
    reading: Parameters<typeof membershipOf>[2],
    about: Parameters<typeof membershipOf>[3],
  ): void => {
    const plan = items[at]?.plan;
    if (plan === undefined) return;
    const { placed, unread } = membershipOf(plan, rules, reading, about);
    inboxes[at]?.placed.push(...placed);
    if (unread !== undefined) inboxes[at]?.leftOut.push({ event: about.id, why: reasons[unread] });
  };
  for (const { event, detections } of matched) {
    const rulesByPlan = new Map<number, Set<number>>();
    for (const detection of detections)
      for (const { plan, rule } of uses.get(detection.id) ?? [])
        rulesByPlan.set(plan, (rulesByPlan.get(plan) ?? new Set()).add(rule));
    const { time, id, record } = event;
    for (const [at, rules] of rulesByPlan)
      place(
        at,
        [...rules].toSorted((a, b) => a - b),
        () => readingOf(record),
        { time, id, events: [id] },
      );
  }
  // Each stands after the ones that it names, so what those found is there by its turn.
  for (const [at, { detection, plan }] of items.entries()) {
    const { placed, leftOut } = inboxes[at] ?? { placed: [], leftOut: [] };
    const moments = momentsOf(plan, placed);
    if (detection.name === name) return explanationOf(detection, plan, placed, moments, leftOut);
    for (const moment of moments)
      for (const { plan: over, rule } of plan.above)
        if (moment.isFirst || items[over]?.plan.takesMoments === true) {
          const { time, id, events } = moment;
          place(over, [rule], () => momentReading(plan, moment), { time, id, events });
        }
  }
  return undefined;
}

const byTime = (placed: readonly Placed[]): ReadonlyMap<number, readonly Placed[]> =>
  Map.groupBy(
    placed.toSorted((a, b) => a.member.time - b.member.time),
    ({ member }) => member.time,
  );

/** Every moment at which the correlation holds, as the correlator sees it. */
function momentsOf(plan: CorrelationPlan, placed: readonly Placed[]): readonly Moment[] {
  const groups = createGroups(plan);
  return [...byTime(placed)].flatMap(([time, now]) => groups.take(time, now).map(({ moment }) => moment));
}

function explanationOf(
  detection: Detection,
  plan: CorrelationPlan,
  placed: readonly Placed[],
  moments: readonly Moment[],
  leftOut: CorrelationExplanation['leftOut'],
): CorrelationExplanation {
  const { correlation } = plan;
  const members = Map.groupBy(placed, ({ group }) => keyOf(group));
  const groups = [...members.values()]
    .map((own) => explainedGroup(plan, own, moments))
    .toSorted(
      (a, b) =>
        Number(b.found) - Number(a.found) ||
        distance(a.value, correlation.condition.bounds) - distance(b.value, correlation.condition.bounds),
    );
  const { name, title, level, version, file } = detection;
  return {
    detection: { name, title, level, version, file },
    condition: describeCorrelation(correlation),
    found: groups.some(({ found }) => found),
    rules: correlation.rules.map(({ text }, index) => ({
      rule: text,
      matched: new Set(
        placed.filter(({ member }) => member.rules.includes(index)).map(({ member }) => member.id),
      ).size,
    })),
    groups,
    leftOut,
  };
}

interface Standing {
  readonly value: number | undefined;
  readonly window: readonly Member[];
}

function explainedGroup(
  plan: CorrelationPlan,
  placed: readonly Placed[],
  moments: readonly Moment[],
): ExplainedGroup {
  const { correlation } = plan;
  const { measure, bounds } = correlation.condition;
  const values = placed[0]?.group ?? [];
  const first = moments.find(({ group }) => keyOf(group) === keyOf(values));
  // Without bounds a window says what it measures, whatever that is.
  const meter = createWindow(measure, [], correlation.rules.length);
  let window: readonly Member[] = [];
  let best: Standing = { value: undefined, window };
  for (const [time, now] of byTime(placed)) {
    const since = time - correlation.timespanMs;
    for (const old of window.filter((member) => member.time < since)) meter.remove(old);
    const fresh = now.map(({ member }) => member).toSorted((a, b) => (a.rules[0] ?? 0) - (b.rules[0] ?? 0));
    for (const member of fresh) meter.add(member);
    window = [...window.filter((member) => member.time >= since), ...fresh];
    const value = meter.passing(since, fresh);
    if (first === undefined ? distance(value, bounds) <= distance(best.value, bounds) : time === first.time)
      best = { value, window };
  }
  const matched = new Set(best.window.flatMap(({ rules }) => rules));
  return {
    group: Object.fromEntries(correlation.groupBy.map(({ name }, index) => [name, values[index] ?? ''])),
    found: first !== undefined,
    value: best.value,
    from: best.window[0]?.time ?? 0,
    to: best.window.at(-1)?.time ?? 0,
    events: [...new Set(best.window.flatMap(({ events }) => events))],
    missing: correlation.rules.flatMap(({ text }, index) => (matched.has(index) ? [] : [text])),
  };
}

/** How far a measure is from passing all bounds; 0 when it does. */
const distance = (value: number | undefined, bounds: readonly CorrelationBound[]): number =>
  value === undefined ? Infinity : bounds.reduce((sum, bound) => sum + distanceTo(bound, value), 0);

function distanceTo({ comparison, value: bound }: CorrelationBound, value: number): number {
  // A bound that must not be reached is missed by a little even where it is met.
  const little = Number.EPSILON;
  switch (comparison) {
    case 'gt':
      return value > bound ? 0 : bound - value + little;
    case 'gte':
      return Math.max(0, bound - value);
    case 'lt':
      return value < bound ? 0 : value - bound + little;
    case 'lte':
      return Math.max(0, value - bound);
    case 'eq':
      return Math.abs(value - bound);
    case 'neq':
      return value === bound ? little : 0;
  }
}
