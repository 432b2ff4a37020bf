import type { Condition, Position } from '../../sigma/ast.ts';
import { printCondition } from '../../sigma/condition.ts';
import { replaced, within, without } from './mutant.ts';
import type { Operator, Planted } from './mutant.ts';

/** Every fault that a condition can be given; `at` is where it stands. */
export function conditionFaults(condition: Condition, at: Position): readonly Planted<Condition>[] {
  const fault = (operator: Operator, part: Condition): Planted<Condition> => ({
    operator,
    at,
    before: printCondition(condition),
    after: printCondition(part),
    part,
    equivalence: undefined,
  });
  switch (condition.kind) {
    case 'search':
      return [];
    case 'not':
      return [
        fault('drop-not', condition.of),
        ...within(conditionFaults(condition.of, at), (of): Condition => ({ kind: 'not', of })),
      ];
    case 'quantified': {
      const { names, quantifier } = condition;
      if (names.length === 1) return [];
      return [
        fault('swap-quantifier', { ...condition, quantifier: quantifier === '1' ? 'all' : '1' }),
        ...names.map((name, index) => ({
          ...fault('drop-search', { ...condition, names: without(names, index) }),
          after: `${printCondition(condition)}, without ${name}`,
        })),
      ];
    }
    case 'and':
    case 'or': {
      const { kind, of } = condition;
      const whole = (parts: readonly Condition[]): Condition => {
        const [only] = parts;
        return parts.length === 1 && only !== undefined ? only : { kind, of: parts };
      };
      return [
        ...of.map((_, index) => fault('drop-part', whole(without(of, index)))),
        fault('swap-link', { kind: kind === 'and' ? 'or' : 'and', of }),
        ...of.flatMap((part, index) =>
          within(conditionFaults(part, at), (changed) => whole(replaced(of, index, changed))),
        ),
      ];
    }
  }
}
