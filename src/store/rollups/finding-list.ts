import type { Finding } from '../../domain/finding.ts';
import type { FindingQuery } from '../../domain/ports.ts';
import { MINUTE_MS } from '../../lib/clock.ts';
import { createCountLadder } from './count-ladder.ts';
import type { CountLadder } from './count-ladder.ts';
import { insertSorted, placeIn } from '../../lib/sorted.ts';

/** Findings of a lake, each id once, newest first. */
export interface FindingList {
  readonly counts: CountLadder;
  readonly size: number;
  /** Of an id that comes again, the one of the lowest leaf and record stays. */
  add(findings: readonly Finding[]): void;
  find(query: FindingQuery): readonly Finding[];
  get(id: string): Finding | undefined;
}

/** Newest first; of one moment, by id. */
export const newestFirst = (a: Finding, b: Finding): number =>
  b.time - a.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const oldestFirst = (a: Finding, b: Finding): number => newestFirst(b, a);

const isBefore = ({ evidence: a }: Finding, { evidence: b }: Finding): boolean =>
  a.leaf < b.leaf || (a.leaf === b.leaf && a.record < b.record);

export function createFindingList(): FindingList {
  const counts = createCountLadder();
  const byId = new Map<string, Finding>();
  /** Oldest first: what comes is new, and goes to the end. */
  const ordered: Finding[] = [];

  const replace = (known: Finding, by: Finding): void => {
    byId.set(by.id, by);
    const at = placeIn(ordered, (item) => oldestFirst(item, known) < 0);
    if (ordered[at] === known) ordered.splice(at, 1);
    insertSorted(ordered, [by], oldestFirst);
  };

  return {
    counts,
    get size() {
      return byId.size;
    },
    add(findings) {
      const fresh = new Map<string, Finding>();
      for (const finding of findings) {
        const known = byId.get(finding.id);
        if (known !== undefined) {
          if (isBefore(finding, known)) replace(known, finding);
          continue;
        }
        const earlier = fresh.get(finding.id);
        if (earlier === undefined)
          counts.add(Math.floor(finding.time / MINUTE_MS) * MINUTE_MS, finding.level, 1);
        if (earlier === undefined || isBefore(finding, earlier)) fresh.set(finding.id, finding);
      }
      for (const [id, finding] of fresh) byId.set(id, finding);
      insertSorted(ordered, [...fresh.values()], oldestFirst);
    },
    find({ from, to, level, assertion, limit, offset }) {
      const found: Finding[] = [];
      let skip = offset;
      for (let i = placeIn(ordered, ({ time }) => time < to) - 1; i >= 0 && found.length < limit; i--) {
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
