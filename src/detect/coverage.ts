import type { Detection } from '../domain/detection.ts';
import { retiredTactics, retiredTechniques, techniqueNames } from './coverage-techniques.ts';

/** What the coverage of techniques needs to know of a rule or correlation. */
export type Tagged = Pick<Detection, 'name' | 'techniques' | 'tactics' | 'observes'>;

/** A technique of ATT&CK or ATLAS, and the rules that see it. */
export interface TechniqueCoverage {
  /** `T1685.002`, `AML.T0054`. */
  readonly id: string;
  /** Undefined for a technique that our table does not name. */
  readonly name: string | undefined;
  /** What the rules call it, when that is a retired id of it. */
  readonly retiredIds: readonly string[];
  /** Names of the rules that find it, in order. */
  readonly rules: readonly string[];
  /** Those of them that cannot find anything at present. */
  readonly blind: readonly string[];
}

export interface TacticCoverage {
  readonly tactic: string;
  /** What ATT&CK has in its stead; empty for one that it has. */
  readonly successors: readonly string[];
  readonly rules: readonly string[];
}

/** An id or a tactic that ATT&CK has no more, and the rules that still say it. */
export interface RetiredTag {
  readonly tag: string;
  readonly successors: readonly string[];
  readonly rules: readonly string[];
}

export interface AttackCoverage {
  /** ATT&CK first, then ATLAS, each in the order of its ids; retired ids under their successor. */
  readonly techniques: readonly TechniqueCoverage[];
  readonly tactics: readonly TacticCoverage[];
  readonly retired: readonly RetiredTag[];
}

export const isAtlas = ({ id }: Pick<TechniqueCoverage, 'id'>): boolean => id.startsWith('AML.');

/**
 * Which techniques and tactics the rules see. Rules that only see something put right (`observes: pass`) find no
 * attack and do not count.
 *
 * @param isBlind which rules, by name, cannot find anything at present.
 */
export function attackCoverage(
  rules: readonly Tagged[],
  isBlind: (rule: string) => boolean = () => false,
): AttackCoverage {
  const finding = rules.filter(({ observes }) => observes === 'fail');
  const byTechnique = rulesBy(finding, ({ techniques }) =>
    techniques.map((id) => retiredTechniques[id] ?? id),
  );
  const byTactic = rulesBy(finding, ({ tactics }) => tactics);
  const asWritten = rulesBy(rules, ({ techniques }) => techniques);
  const tacticsAsWritten = rulesBy(rules, ({ tactics }) => tactics);
  return {
    techniques: [...byTechnique].toSorted(byId).map(([id, names]) => ({
      id,
      name: techniqueNames[id],
      retiredIds: [...asWritten.keys()].filter((written) => retiredTechniques[written] === id).toSorted(),
      rules: names,
      blind: names.filter(isBlind),
    })),
    tactics: [...byTactic].toSorted(byId).map(([tactic, names]) => ({
      tactic,
      successors: retiredTactics[tactic] ?? [],
      rules: names,
    })),
    retired: [
      ...[...asWritten].flatMap(([tag, names]) => {
        const successor = retiredTechniques[tag];
        return successor === undefined ? [] : [{ tag, successors: [successor], rules: names }];
      }),
      ...[...tacticsAsWritten].flatMap(([tag, names]) => {
        const successors = retiredTactics[tag];
        return successors === undefined ? [] : [{ tag, successors, rules: names }];
      }),
    ],
  };
}

function rulesBy(
  rules: readonly Tagged[],
  keysOf: (rule: Tagged) => readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const rule of rules)
    for (const key of new Set(keysOf(rule))) {
      const names = found.get(key);
      if (names === undefined) found.set(key, [rule.name]);
      else names.push(rule.name);
    }
  for (const names of found.values()) names.sort();
  return found;
}

/** ATLAS after ATT&CK: `AML.` would else come first. */
const byId = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => {
  const ranks = [a, b].map((id) => (id.startsWith('AML.') ? 1 : 0));
  return (ranks[0] ?? 0) - (ranks[1] ?? 0) || (a < b ? -1 : 1);
};
