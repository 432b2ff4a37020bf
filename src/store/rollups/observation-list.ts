import type { Observation } from '../../domain/control.ts';
import type { TimeRange } from '../../domain/ports.ts';
import { insertSorted, placeIn } from '../../lib/sorted.ts';

/** Observations of a lake, each id once, oldest first. */
export interface ObservationList {
  /** Answers those that were not there yet. */
  add(observations: readonly Observation[]): readonly Observation[];
  within(range: TimeRange): readonly Observation[];
  has(id: string): boolean;
  readonly size: number;
  ids(): Iterable<string>;
}

/** Oldest first; of one moment, by id. */
export const oldestFirst = (a: Observation, b: Observation): number =>
  a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export function createObservationList(): ObservationList {
  const ids = new Set<string>();
  const ordered: Observation[] = [];
  return {
    add(observations) {
      const fresh = observations.filter(({ id }) => {
        const isKnown = ids.has(id);
        ids.add(id);
        return !isKnown;
      });
      insertSorted(ordered, fresh, oldestFirst);
      return fresh;
    },
    has: (id) => ids.has(id),
    ids: () => ids.keys(),
    get size() {
      return ids.size;
    },
    within: ({ from, to }) =>
      ordered.slice(
        placeIn(ordered, ({ time }) => time < from),
        placeIn(ordered, ({ time }) => time < to),
      ),
  };
}
