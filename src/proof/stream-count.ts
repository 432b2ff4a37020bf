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

/** Counts captures by stream, in whatever order their rows come. */
export function createStreamCount(captures: number): {
  /** @param at which capture of the seal. */
  take(at: number, stream: string, sequence: number): void;
  /**
   * The streams, in the order they first appear; undefined when one goes back or stands still.
   *
   * @param contiguous streams that number without gaps.
   */
  finish(contiguous: ReadonlySet<string>): StreamCount[] | undefined;
} {
  const names: string[] = [];
  const numbers = new Map<string, number>();
  const which = new Uint32Array(captures);
  const sequences = new Float64Array(captures);
  let [last, lastNumber] = ['', -1];

  return {
    take(at, stream, sequence) {
      if (stream !== last || lastNumber < 0) {
        last = stream;
        lastNumber = numbers.get(stream) ?? names.push(stream) - 1;
        numbers.set(stream, lastNumber);
      }
      which[at] = lastNumber;
      sequences[at] = sequence;
    },
    finish(contiguous) {
      const counts: {
        stream: string;
        first: number;
        last: number;
        count: number;
        holes: Hole[];
        contiguous?: true;
      }[] = [];
      const byName: (typeof counts)[number][] = [];
      for (let at = 0; at < captures; at++) {
        const [number, sequence] = [which[at] ?? 0, sequences[at] ?? 0];
        const known = byName[number];
        if (known === undefined) {
          const stream = names[number] ?? '';
          const mark = contiguous.has(stream) ? { contiguous: true as const } : {};
          const made = { stream, first: sequence, last: sequence, count: 1, holes: [], ...mark };
          byName[number] = made;
          counts.push(made);
          continue;
        }
        if (sequence <= known.last) return undefined;
        if (known.contiguous === true && sequence > known.last + 1 && known.holes.length < MAX_HOLES)
          known.holes.push({ first: known.last + 1, last: sequence - 1 });
        known.last = sequence;
        known.count++;
      }
      return counts;
    },
  };
}
