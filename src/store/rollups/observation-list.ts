import type { Observation } from '../../domain/control.ts';
import type { TimeRange } from '../../domain/ports.ts';

/** Observations of a lake, each id once, oldest first. */
export interface ObservationList {
  /** Answers those that were not there yet. */
  add(observations: readonly Observation[]): readonly Observation[];
  within(range: TimeRange): readonly Observation[];
  has(id: string): boolean;
  /** True when all of another list is in this one. */
  holds(other: ObservationList): boolean;
  ids(): Iterable<string>;
}

const oldestFirst = (a: Observation, b: Observation): number =>
  a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export function createObservationList(): ObservationList {
  const ids = new Set<string>();
  let ordered: readonly Observation[] = [];
  return {
    add(observations) {
      const fresh = observations.filter(({ id }) => {
        const isKnown = ids.has(id);
        ids.add(id);
        return !isKnown;
      });
      if (fresh.length > 0) ordered = [...ordered, ...fresh].toSorted(oldestFirst);
      return fresh;
    },
    has: (id) => ids.has(id),
    ids: () => ids.keys(),
    holds(other) {
      for (const id of other.ids()) if (!ids.has(id)) return false;
      return true;
    },
    within: ({ from, to }) => ordered.filter(({ time }) => from <= time && time < to),
  };
}
