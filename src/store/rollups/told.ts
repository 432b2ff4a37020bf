import type { Observation } from '../../domain/control.ts';
import type { ObservationList } from './observation-list.ts';
import type { Sums } from './sums.ts';

/** Passes observations on, each id once, whether they were sealed by then or not. */
export interface Told {
  /** Came on top, and waits for a seal. */
  more(waiting: readonly Observation[], sealed: ObservationList): void;
  /** Is sealed now, and was not before. */
  sealed(fresh: readonly Observation[]): void;
  /** This is all there is: something may have been taken out. */
  anew(sealed: ObservationList, tail: readonly Sums[]): void;
}

const always = { from: 0, to: Infinity };

export function createTold(pass: (observations: readonly Observation[], isAll: boolean) => void): Told {
  /** Sealed, and passed on. */
  let passed: ObservationList | undefined;
  /** Passed on, and not sealed then. */
  let waiting = new Set<string>();

  return {
    more(observations, sealed) {
      const fresh = observations.filter(({ id }) => !sealed.has(id) && !waiting.has(id));
      for (const { id } of fresh) waiting.add(id);
      if (fresh.length > 0) pass(fresh, false);
    },
    sealed(observations) {
      // What waited was passed on then.
      const fresh = observations.filter(({ id }) => !waiting.delete(id));
      if (fresh.length > 0) pass(fresh, false);
    },
    anew(sealed, tail) {
      const inTail = new Map<string, Observation>();
      for (const { observations } of tail)
        for (const one of observations.within(always)) if (!sealed.has(one.id)) inTail.set(one.id, one);
      const isThere = (id: string): boolean => sealed.has(id) || inTail.has(id);
      const isGrown =
        [...waiting].every(isThere) && (passed === undefined || passed === sealed || holds(passed, isThere));
      const isNew = ({ id }: Observation): boolean =>
        !isGrown || !(passed?.has(id) === true || waiting.has(id));
      const known = passed === sealed && isGrown ? [] : sealed.within(always).filter(isNew);
      const more = [...known, ...[...inTail.values()].filter(isNew)];
      passed = sealed;
      waiting = new Set(inTail.keys());
      if (!isGrown || more.length > 0) pass(more, !isGrown);
    },
  };
}

function holds(list: ObservationList, isThere: (id: string) => boolean): boolean {
  for (const id of list.ids()) if (!isThere(id)) return false;
  return true;
}
