import type { Hole, StreamCount } from './stream-count.ts';

/** Sequences that a source gave out and that no log has. */
export interface Gap extends Hole {
  readonly stream: string;
}

/** Collects what was taken in of streams that number without gaps, by whichever writer, and says what is missing. */
export interface Coverage {
  add(facts: StreamCount): void;
  gaps(): Gap[];
}

interface Span {
  readonly first: number;
  last: number;
}

export function createCoverage(): Coverage {
  const spans = new Map<string, Span[]>();

  const addSpan = (stream: string, first: number, last: number): void => {
    const known = spans.get(stream) ?? [];
    spans.set(stream, known);
    const newest = known.at(-1);
    if (newest?.last === first - 1) newest.last = last;
    else known.push({ first, last });
  };

  return {
    add({ stream, first, last, contiguous, holes }) {
      if (contiguous !== true) return;
      let from = first;
      for (const hole of holes) {
        addSpan(stream, from, hole.first - 1);
        from = hole.last + 1;
      }
      addSpan(stream, from, last);
    },
    gaps() {
      const gaps: Gap[] = [];
      for (const [stream, known] of [...spans].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        let reached: number | undefined;
        for (const { first, last } of known.toSorted((a, b) => a.first - b.first)) {
          if (reached !== undefined && first > reached + 1)
            gaps.push({ stream, first: reached + 1, last: first - 1 });
          reached = Math.max(reached ?? last, last);
        }
      }
      return gaps;
    },
  };
}
