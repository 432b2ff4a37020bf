import type { UnsealedReader } from '../../domain/ports.ts';
import type { UnsealedCounts } from '../../domain/report.ts';
import type { Sums } from './sums.ts';

/** How much waits for a seal. */
export function countsOf(parts: readonly Sums[]): UnsealedCounts {
  const total = (count: (sums: Sums) => number): number => parts.reduce((sum, part) => sum + count(part), 0);
  return {
    captures: total(({ captures }) => captures),
    events: total(({ events }) => events.sources().reduce((sum, source) => sum + source.events, 0)),
    findings: total(({ findings }) => findings?.size ?? 0),
    observations: total(({ observations }) => observations.size),
    deadLetters: total(({ deadLetters }) => [...deadLetters.values()].reduce((sum, n) => sum + n, 0)),
  };
}

/** What of the sums waits for a seal. */
export const unsealedReader = (parts: () => readonly Sums[]): UnsealedReader => ({
  counts: () => countsOf(parts()),
  hasFinding: (id) => parts().some(({ findings }) => findings?.get(id) !== undefined),
  hasObservation: (id) => parts().some(({ observations }) => observations.has(id)),
});
