import type { Observation } from '../domain/control.ts';
import { incidentKey } from '../domain/incident.ts';

/** Knows, for every cause that was observed to fail, whether it still does. */
export interface Clearance {
  observe(observations: readonly Observation[]): void;
  /** True when nothing says any more that the cause behind this incident key still fails at `now`. */
  isClear(key: string, now: number): boolean;
}

/** Keeps the newest word on each cause that ever failed; a cause that only ever passed costs nothing. */
export function createClearance(): Clearance {
  const newest = new Map<string, Observation>();
  return {
    observe(observations) {
      for (const observation of observations) {
        const key = incidentKey({ assertion: observation.assertion, subject: observation.resource });
        const known = newest.get(key);
        if (known === undefined ? observation.result === 'fail' : observation.time >= known.time)
          newest.set(key, observation);
      }
    },
    isClear(key, now) {
      const observation = newest.get(key);
      if (observation === undefined) return false;
      if (observation.result !== 'fail') return observation.result !== 'error';
      return observation.onExpiry === 'nothing' && now >= observation.validUntil;
    },
  };
}
