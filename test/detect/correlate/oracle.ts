import type { CorrelationPlan, CorrelationPlans } from '../../../src/detect/correlate/plan.ts';
import { findingId } from '../../../src/domain/finding.ts';
import type { JsonValue } from '../../../src/lib/json.ts';
import type { Correlation, CorrelationBound } from '../../../src/sigma/correlation-ast.ts';
import { T0 } from '../../support/samples.ts';
import { baseRules, SECOND } from './support.ts';
import type { TestEvent } from './support.ts';

/**
 * The definition, computed from scratch for every instant over the whole list of events. It shares no code with the
 * runtime but the parsed rules and the form of ids.
 */
export interface DefinedFinding {
  readonly id: string;
  readonly time: number;
  readonly value: number;
  readonly count: number;
  readonly events: readonly string[];
}

/** One event, or one moment of a correlation below, in one group. */
interface Unit {
  readonly time: number;
  readonly id: string;
  readonly rules: readonly number[];
  readonly group: readonly string[];
  readonly values: readonly string[];
  readonly numbers: readonly number[];
  readonly events: readonly string[];
  readonly fieldsOf: (name: string) => readonly string[];
}

interface Held extends DefinedFinding {
  readonly isFirst: boolean;
  readonly group: readonly string[];
  readonly units: readonly Unit[];
}

type Fields = (name: string) => readonly JsonValue[];

export function define(
  {
    plans,
    uses,
    silent,
  }: CorrelationPlans<(typeof baseRules)[number]> & { readonly silent: ReadonlySet<Correlation> },
  events: readonly TestEvent[],
): readonly DefinedFinding[] {
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  const heldBy = new Map<number, readonly Held[]>();
  const findings: DefinedFinding[] = [];
  for (const [at, plan] of plans.entries()) {
    const units: Unit[] = [];
    for (const event of distinct) {
      const rules = baseRules.flatMap((base) =>
        event.rules.includes(base.name.slice(-1))
          ? (uses.get(base) ?? []).filter((use) => use.plan === at).map(({ rule }) => rule)
          : [],
      );
      const fields: Fields = (name) => scalars(event.record[name]);
      units.push(
        ...unitsOf(
          plan,
          rules.toSorted((a, b) => a - b),
          fields,
          T0 + event.at * SECOND,
          event.id,
          [event.id],
        ),
      );
    }
    for (const [below, held] of heldBy)
      for (const { plan: to, rule } of plans[below]?.above ?? []) {
        if (to !== at) continue;
        const names = plans[below]?.correlation.groupBy.map(({ name }) => name) ?? [];
        for (const moment of held) {
          if (!moment.isFirst && plan.correlation.condition.measure.kind !== 'rules') continue;
          const fields: Fields = (name) =>
            names.includes(name)
              ? moment.group.slice(names.indexOf(name)).slice(0, 1)
              : // Of a moment each different value is known, not how often it came.
                texts(moment.units.flatMap((unit) => unit.fieldsOf(name)));
          units.push(...unitsOf(plan, [rule], fields, moment.time, moment.id, moment.events));
        }
      }
    const held = momentsOf(plan, units);
    heldBy.set(at, held);
    if (!silent.has(plan.correlation)) findings.push(...held.filter(({ isFirst }) => isFirst));
  }
  return findings.map(({ id, time, value, count, events: ids }) => ({ id, time, value, count, events: ids }));
}

const scalars = (value: JsonValue | undefined): readonly JsonValue[] =>
  value === undefined
    ? []
    : Array.isArray(value)
      ? (value as readonly JsonValue[]).flatMap(scalars)
      : [value];

const texts = (values: readonly JsonValue[]): readonly string[] => [
  ...new Set(
    values
      .filter((value) => value !== null && typeof value !== 'object')
      .map((value) => String(value).trim().toLowerCase())
      .filter((text) => text !== ''),
  ),
];

const numbers = (values: readonly JsonValue[]): readonly number[] =>
  values
    .filter((value) => typeof value === 'number' || (typeof value === 'string' && value.trim() !== ''))
    .map(Number)
    .filter(Number.isFinite);

const product = (lists: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  lists.reduce<readonly (readonly string[])[]>(
    (all, list) => all.flatMap((one) => list.map((value) => [...one, value])),
    [[]],
  );

function unitsOf(
  { correlation }: CorrelationPlan,
  rules: readonly number[],
  fields: Fields,
  time: number,
  id: string,
  events: readonly string[],
): readonly Unit[] {
  if (rules.length === 0) return [];
  const { measure } = correlation.condition;
  const counted =
    measure.kind === 'distinct' ? measure.fields : measure.kind === 'share' ? [measure.field] : [];
  const values =
    counted.length === 0
      ? []
      : product(counted.map((name) => texts(fields(name)))).map((each) => each.join('|'));
  const summed =
    measure.kind === 'sum' || measure.kind === 'average' || measure.kind === 'percentile'
      ? numbers(fields(measure.field))
      : [];
  const isMeasured = ['events', 'rules'].includes(measure.kind) || values.length + summed.length > 0;
  if (!isMeasured) return [];
  return product(correlation.groupBy.map(({ name }) => texts(fields(name)))).map((group) => ({
    time,
    id,
    rules,
    group,
    values,
    numbers: summed,
    events,
    fieldsOf: (name) => texts(fields(name)),
  }));
}

function momentsOf({ correlation }: CorrelationPlan, units: readonly Unit[]): readonly Held[] {
  const { timespanMs, condition } = correlation;
  const groups = new Map(units.map(({ group }) => [group.join('\u001f'), group]));
  return [...groups].flatMap(([key, group]) => {
    const members = units.filter((unit) => unit.group.join('\u001f') === key).toSorted(byOrder);
    const instants = [...new Set(members.map(({ time }) => time))].toSorted((a, b) => a - b);
    const windows = new Set<number>();
    return instants.flatMap((time): Held[] => {
      const inside = members.filter((unit) => unit.time <= time && time - unit.time <= timespanMs);
      const value = measured(
        correlation,
        inside,
        inside.filter((unit) => unit.time === time),
      );
      if (value === undefined || condition.bounds.length === 0) return [];
      const window = Math.floor(time / timespanMs);
      const isFirst = !windows.has(window);
      windows.add(window);
      return [
        {
          id: findingId(correlation.id ?? correlation.name ?? '', `${key}@${window}`),
          time,
          value,
          isFirst,
          group,
          units: inside,
          count: inside.length,
          events: newest(inside.flatMap((unit) => unit.events)),
        },
      ];
    });
  });
}

/** Ids by their last mention, the last 50. */
const newest = (ids: readonly string[]): readonly string[] =>
  [...new Set(ids.toReversed())].slice(0, 50).toReversed();

const byOrder = (a: Unit, b: Unit): number =>
  a.time - b.time || (a.rules[0] ?? 0) - (b.rules[0] ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** The measure when it passes; exact fractions where doubles would round. */
function measured(
  { condition: { measure, bounds } }: Correlation,
  inside: readonly Unit[],
  fresh: readonly Unit[],
): number | undefined {
  const all = (sign: (bound: number) => number): boolean =>
    bounds.every(({ comparison, value }) => isPassed(comparison, sign(value)));
  const plain = (value: number): number | undefined => (all((bound) => value - bound) ? value : undefined);
  const inNumbers = inside.flatMap((unit) => unit.numbers);
  switch (measure.kind) {
    case 'events':
      return plain(inside.length);
    case 'distinct':
      return plain(new Set(inside.flatMap(({ values }) => values)).size);
    case 'rules':
      return plain(
        measure.isOrdered ? longestRun(inside, -1) : new Set(inside.flatMap(({ rules }) => rules)).size,
      );
    case 'sum':
    case 'average': {
      if (inNumbers.length === 0) return undefined;
      const times = measure.kind === 'sum' ? 1n : BigInt(inNumbers.length);
      const sum = inNumbers.map(fraction).reduce((a, b) => a + b, 0n);
      const sign = (bound: number): number => {
        const difference = sum - fraction(bound) * times;
        return difference > 0n ? 1 : difference < 0n ? -1 : 0;
      };
      const floating = inNumbers.toSorted((a, b) => Math.abs(a) - Math.abs(b)).reduce((a, b) => a + b, 0);
      return all(sign) ? floating / Number(times) : undefined;
    }
    case 'percentile': {
      const sorted = inNumbers.toSorted((a, b) => a - b);
      const value = sorted.find(
        (candidate) =>
          sorted.filter((other) => other <= candidate).length * 100 >= measure.percentile * sorted.length,
      );
      return value === undefined ? undefined : plain(value);
    }
    case 'share': {
      const having = (value: string): number => inside.filter(({ values }) => values.includes(value)).length;
      const shares = fresh.flatMap(({ values }) =>
        values.map((value) => (having(value) * 100) / inside.length),
      );
      const passing = shares.flatMap((share) => plain(share) ?? []);
      return passing.length === 0 ? undefined : Math.min(...passing);
    }
  }
}

function isPassed(comparison: CorrelationBound['comparison'], sign: number): boolean {
  switch (comparison) {
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    case 'lte':
      return sign <= 0;
    case 'eq':
      return sign === 0;
    case 'neq':
      return sign !== 0;
  }
}

/** The most rules in rising order that different events, one after another, stand for. */
function longestRun(units: readonly Unit[], after: number): number {
  return units.reduce((longest, unit, index) => {
    const here = unit.rules
      .filter((rule) => rule > after)
      .map((rule) => 1 + longestRun(units.slice(index + 1), rule));
    return Math.max(longest, ...here);
  }, 0);
}

/** A double times 2^1074, by doubling: slow and plain. */
function fraction(value: number): bigint {
  let [scaled, doublings] = [value, 0];
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    doublings++;
  }
  return BigInt(scaled) << BigInt(1074 - doublings);
}
