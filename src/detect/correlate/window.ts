import type { CorrelationBound, Measure } from '../../sigma/correlation-ast.ts';
import { createExactSum } from './exact-sum.ts';
import type { ExactSum } from './exact-sum.ts';
import type { Member } from './member.ts';
import { createSortedValues } from './sorted-values.ts';

/**
 * What a measure needs to know of the events in one group's window, kept up to date event by event. No step's cost
 * grows with the length of the window.
 */
export interface Window {
  add(member: Member): void;
  /** An event left: it is too old, or memory ran out. */
  remove(member: Member): void;
  /**
   * The measure when it passes all bounds, else undefined.
   *
   * @param since the start of the window, epoch ms, included.
   * @param fresh the events of this instant, which are added already.
   */
  passing(since: number, fresh: readonly Member[]): number | undefined;
}

export function createWindow(measure: Measure, bounds: readonly CorrelationBound[], rules: number): Window {
  switch (measure.kind) {
    case 'events':
      return eventWindow(bounds);
    case 'distinct':
      return distinctWindow(bounds);
    case 'rules':
      return measure.isOrdered ? orderedWindow(bounds, rules) : ruleWindow(bounds);
    case 'sum':
    case 'average':
      return sumWindow(bounds, measure.kind);
    case 'percentile':
      return percentileWindow(bounds, measure.percentile);
    case 'share':
      return shareWindow(bounds);
  }
}

export const holds = ({ comparison }: CorrelationBound, difference: number): boolean => {
  switch (comparison) {
    case 'gt':
      return difference > 0;
    case 'gte':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'lte':
      return difference <= 0;
    case 'eq':
      return difference === 0;
    case 'neq':
      return difference !== 0;
  }
};

const passed = (bounds: readonly CorrelationBound[], value: number): number | undefined =>
  bounds.every((bound) => holds(bound, value - bound.value)) ? value : undefined;

function eventWindow(bounds: readonly CorrelationBound[]): Window {
  let count = 0;
  return {
    add: () => void count++,
    remove: () => void count--,
    passing: () => passed(bounds, count),
  };
}

/** How often each key is there; a key that is there no more is forgotten. */
const addTo = <K>(counts: Map<K, number>, keys: readonly K[]): void => {
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
};

const removeFrom = <K>(counts: Map<K, number>, keys: readonly K[]): void => {
  for (const key of keys) {
    const count = counts.get(key) ?? 0;
    if (count > 1) counts.set(key, count - 1);
    else counts.delete(key);
  }
};

function distinctWindow(bounds: readonly CorrelationBound[]): Window {
  const counts = new Map<string, number>();
  return {
    add: ({ values }) => addTo(counts, values),
    remove: ({ values }) => removeFrom(counts, values),
    passing: () => passed(bounds, counts.size),
  };
}

function ruleWindow(bounds: readonly CorrelationBound[]): Window {
  const counts = new Map<number, number>();
  return {
    add: ({ rules }) => addTo(counts, rules),
    remove: ({ rules }) => removeFrom(counts, rules),
    passing: () => passed(bounds, counts.size),
  };
}

/**
 * For each length and each rule that ends it, the latest time at which a run of that many rules in order began: one
 * that began earlier leaves the window earlier, so no other needs to be known.
 */
function orderedWindow(bounds: readonly CorrelationBound[], rules: number): Window {
  /** `starts[length - 1][rule]`. */
  const starts = Array.from({ length: rules }, () => new Float64Array(rules).fill(-Infinity));
  return {
    add({ rules: matched, time }) {
      // From the last rule to the first: one event never follows itself.
      for (const rule of matched.toReversed()) {
        for (let length = rule; length > 0; length--) {
          const [row, before] = [starts[length], starts[length - 1]];
          if (row === undefined || before === undefined) continue;
          for (let earlier = 0; earlier < rule; earlier++)
            row[rule] = Math.max(row[rule] ?? -Infinity, before[earlier] ?? -Infinity);
        }
        const [single] = starts;
        if (single !== undefined) single[rule] = time;
      }
    },
    remove: () => undefined,
    passing: (since) =>
      passed(bounds, starts.findLastIndex((row) => row.some((start) => start >= since)) + 1),
  };
}

function sumWindow(bounds: readonly CorrelationBound[], kind: 'sum' | 'average'): Window {
  const sum: ExactSum = createExactSum();
  let count = 0;
  return {
    add: ({ numbers }) => {
      count += numbers.length;
      for (const number of numbers) sum.add(number);
    },
    remove: ({ numbers }) => {
      count -= numbers.length;
      for (const number of numbers) sum.remove(number);
    },
    passing() {
      const times = kind === 'sum' ? 1 : count;
      if (count === 0 || !bounds.every((bound) => holds(bound, sum.compare(bound.value, times))))
        return undefined;
      return sum.over(times);
    },
  };
}

function percentileWindow(bounds: readonly CorrelationBound[], percentile: number): Window {
  const sorted = createSortedValues();
  return {
    add: ({ numbers }) => {
      for (const number of numbers) sorted.add(number);
    },
    remove: ({ numbers }) => {
      for (const number of numbers) sorted.remove(number);
    },
    passing() {
      const value = sorted.at(nearestRank(percentile, sorted.size));
      return value === undefined ? undefined : passed(bounds, value);
    },
  };
}

/** From 0. Nearest rank: the least value that at least so many percent are not above. */
export const nearestRank = (percentile: number, size: number): number =>
  Math.max(0, Math.ceil((percentile * size) / 100) - 1);

function shareWindow(bounds: readonly CorrelationBound[]): Window {
  const counts = new Map<string, number>();
  let events = 0;
  return {
    add: ({ values }) => {
      if (values.length > 0) events++;
      addTo(counts, values);
    },
    remove: ({ values }) => {
      if (values.length > 0) events--;
      removeFrom(counts, values);
    },
    passing(_, fresh) {
      const shares = fresh.flatMap(({ values }) =>
        values.map((value) => ((counts.get(value) ?? 0) * 100) / events),
      );
      const passing = shares.filter((share) => passed(bounds, share) !== undefined);
      return passing.length === 0 ? undefined : Math.min(...passing);
    },
  };
}
