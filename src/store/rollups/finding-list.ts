import type { Finding } from '../../domain/finding.ts';
import type { FindingQuery } from '../../domain/ports.ts';
import { MINUTE_MS } from '../../lib/clock.ts';
import { createCountLadder } from './count-ladder.ts';
import type { CountLadder } from './count-ladder.ts';

/** Findings of a lake, each id once, newest first. */
export interface FindingList {
  readonly counts: CountLadder;
  readonly size: number;
  /** Of an id that comes again, the one of the lowest leaf and record stays. */
  add(findings: readonly Finding[]): void;
  find(query: FindingQuery): readonly Finding[];
  get(id: string): Finding | undefined;
}

const newestFirst = (a: Finding, b: Finding): number =>
  b.time - a.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const isBefore = ({ evidence: a }: Finding, { evidence: b }: Finding): boolean =>
  a.leaf < b.leaf || (a.leaf === b.leaf && a.record < b.record);

/** How many stand before the first that was seen earlier than `time`. */
function placeOf(ordered: readonly Finding[], time: number): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ordered[middle]?.time ?? -Infinity) >= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function createFindingList(): FindingList {
  const counts = createCountLadder();
  const byId = new Map<string, Finding>();
  let ordered: readonly Finding[] = [];
  return {
    counts,
    get size() {
      return byId.size;
    },
    add(findings) {
      if (findings.length === 0) return;
      for (const finding of findings) {
        const known = byId.get(finding.id);
        if (known === undefined)
          counts.add(Math.floor(finding.time / MINUTE_MS) * MINUTE_MS, finding.level, 1);
        if (known === undefined || isBefore(finding, known)) byId.set(finding.id, finding);
      }
      ordered = [...byId.values()].toSorted(newestFirst);
    },
    find({ from, to, level, assertion, limit, offset }) {
      const found: Finding[] = [];
      let skip = offset;
      for (let i = placeOf(ordered, to); i < ordered.length && found.length < limit; i++) {
        const finding = ordered[i];
        if (finding === undefined || finding.time < from) break;
        if (level !== undefined && finding.level !== level) continue;
        if (assertion !== undefined && finding.assertion !== assertion) continue;
        if (skip > 0) skip--;
        else found.push(finding);
      }
      return found;
    },
    get: (id) => byId.get(id),
  };
}
