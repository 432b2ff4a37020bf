import type { Bits } from './bits.ts';
import type { Outcome } from './field-index.ts';

/** The rules that every outcome so far lets match; made for one record after another. */
export interface Survivors {
  /** Every rule again. */
  start(): void;
  /** Leaves the rules that the outcome leaves too; false when there are none. */
  keep(outcome: Outcome): boolean;
  /** Is one of `bits` among them? */
  meet(bits: Bits): boolean;
  forEach(visit: (rule: number) => void): void;
}

/** Keeps the words that are not zero, closed up: after the first field few are left, however many rules there are. */
export function createSurvivors(rules: number): Survivors {
  const all = Math.ceil(rules / 32);
  const places = new Int32Array(all);
  const words = new Int32Array(all);
  let count = all;
  let isAll = true;

  const first = ({ rules: bits, filled }: Outcome): void => {
    isAll = false;
    count = filled.length;
    for (let i = 0; i < count; i++) {
      const place = filled[i] ?? 0;
      places[i] = place;
      words[i] = bits[place] ?? 0;
    }
  };
  return {
    start() {
      isAll = true;
      count = all;
    },
    keep(outcome) {
      if (isAll) {
        first(outcome);
        return count > 0;
      }
      const bits = outcome.rules;
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const place = places[i] ?? 0;
        const word = (words[i] ?? 0) & (bits[place] ?? 0);
        if (word === 0) continue;
        places[kept] = place;
        words[kept] = word;
        kept++;
      }
      count = kept;
      return kept > 0;
    },
    meet(bits) {
      if (isAll) return true;
      for (let i = 0; i < count; i++) if (((words[i] ?? 0) & (bits[places[i] ?? 0] ?? 0)) !== 0) return true;
      return false;
    },
    forEach(visit) {
      for (let i = 0; i < count; i++) {
        const place = isAll ? i : (places[i] ?? 0);
        for (let word = isAll ? -1 : (words[i] ?? 0); word !== 0; word &= word - 1) {
          const rule = place * 32 + 31 - Math.clz32(word & -word);
          if (rule < rules) visit(rule);
        }
      }
    },
  };
}
