import type { StreamFacts } from './entries.ts';
import type { FaultList } from './verify-port.ts';

/** A seal's place in the order of all seals: the version of its commit of `captures`. */
export interface Turn {
  readonly version: number;
  readonly place: string;
  readonly streams: readonly StreamFacts[];
}

/** Several writers may carry a stream one after the other; none may take in what another has. */
export function checkTurns(turns: readonly Turn[], faults: FaultList): void {
  const last = new Map<string, number>();
  for (const { place, streams } of turns.toSorted((a, b) => a.version - b.version)) {
    for (const { stream, first, last: newest } of streams) {
      const before = last.get(stream);
      if (before !== undefined && first <= before) {
        faults.add(
          'conservation',
          place,
          `${stream}: sequence ${first} comes after ${before}, which another writer has: taken in twice`,
        );
      }
      last.set(stream, Math.max(newest, before ?? newest));
    }
  }
}
