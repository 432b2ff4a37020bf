import type { Position, Rule } from '../../sigma/ast.ts';
import { conditionFaults } from './condition.ts';
import type { Mutant } from './mutant.ts';
import { replaced } from './mutant.ts';
import { searchFaults } from './searches.ts';

/**
 * Every rule that differs from this one by one planted fault, in the order of the file: what a good set of events
 * tells apart from it. The same rule gives the same mutants.
 *
 * @param conditionAt where the condition stands.
 */
export function mutantsOf(rule: Rule, conditionAt: Position): readonly Mutant[] {
  const { searches, condition } = rule;
  const planted = [
    ...searches.flatMap((search, index) =>
      searchFaults(search).map(({ part, ...fault }) => ({
        ...fault,
        rule: { ...rule, searches: replaced(searches, index, part) },
      })),
    ),
    ...conditionFaults(condition, conditionAt).map(({ part, ...fault }) => ({
      ...fault,
      rule: { ...rule, condition: part },
    })),
  ];
  return planted.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
}
