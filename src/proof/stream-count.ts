import type { StreamFacts } from './entries.ts';

/** Sequences [first, last] of a stream that should have come and did not. */
export interface Hole {
  readonly first: number;
  readonly last: number;
}

/** What a seal took in from one stream, and what is missing within. */
export interface StreamCount extends StreamFacts {
  /** Of streams that number without gaps; no more than `MAX_HOLES`. */
  readonly holes: readonly Hole[];
}

/** Holes listed for one stream of one seal: more are a description of chaos. */
export const MAX_HOLES = 1000;

/** Counts captures by stream, in the order of their leaves. */
export interface StreamCounter {
  /** False when the stream goes back or stands still. */
  take(stream: string, sequence: number): boolean;
  /** The streams, in the order they first appear. */
  counted(): StreamCount[];
}

interface Counting {
  readonly stream: string;
  readonly first: number;
  last: number;
  count: number;
  readonly holes: Hole[];
  readonly contiguous?: true;
}

/** @param contiguous streams that number without gaps. */
export function createStreamCounter(contiguous: ReadonlySet<string>): StreamCounter {
  const streams = new Map<string, Counting>();
  return {
    take(stream, sequence) {
      const known = streams.get(stream);
      if (known === undefined) {
        const mark = contiguous.has(stream) ? { contiguous: true as const } : {};
        streams.set(stream, { stream, first: sequence, last: sequence, count: 1, holes: [], ...mark });
        return true;
      }
      if (sequence <= known.last) return false;
      if (known.contiguous === true && sequence > known.last + 1 && known.holes.length < MAX_HOLES)
        known.holes.push({ first: known.last + 1, last: sequence - 1 });
      known.last = sequence;
      known.count++;
      return true;
    },
    counted: () => [...streams.values()],
  };
}
