import type { Observation } from '../domain/control.ts';
import { incidentKey } from '../domain/incident.ts';
import { inOrder } from './resource.ts';

/** Knows, for every cause that was observed to fail, whether it still does. */
export interface Clearance {
  observe(observations: readonly Observation[]): void;
  /** True when nothing says any more that the cause behind this incident key still fails at `now`. */
  isClear(key: string, now: number): boolean;
}

export interface ClearanceSettings {
  /** Causes that only ever passed, of which the newest word is kept. (Default: 20,000) */
  readonly mostPasses?: number;
}

/**
 * Keeps the newest word on each cause that ever failed, and on the causes that passed last: records come in any
 * order, and the one that says "mended" may overtake the one that says "broken".
 */
export function createClearance({ mostPasses = 20_000 }: ClearanceSettings = {}): Clearance {
  const newest = new Map<string, Observation>();
  const passed = new Map<string, Observation>();

  function pass(key: string, observation: Observation): void {
    const known = passed.get(key);
    passed.delete(key);
    passed.set(key, known === undefined ? observation : newer(known, observation));
    const oldest = passed.keys().next();
    if (passed.size > mostPasses && oldest.done !== true) passed.delete(oldest.value);
  }

  return {
    observe(observations) {
      for (const observation of observations) {
        const key = incidentKey({ assertion: observation.assertion, subject: observation.resource });
        const known = newest.get(key);
        if (known !== undefined) newest.set(key, newer(known, observation));
        else if (observation.result !== 'fail') pass(key, observation);
        else {
          const mended = passed.get(key);
          passed.delete(key);
          newest.set(key, mended === undefined ? observation : newer(mended, observation));
        }
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

/** The one that counts: the later, and of two at the same moment the worse. */
const newer = (a: Observation, b: Observation): Observation => inOrder([a, b]).at(-1) ?? b;
