import type { Position, Rule } from '../../sigma/ast.ts';
import { compileRule } from '../../sigma/evaluate.ts';
import type { RuleCase } from '../rule-test.ts';
import { mutantsOf } from './mutate.ts';
import type { Mutant } from './mutant.ts';

/** The mutants of a rule against its events. */
export interface MutationResult {
  /** Mutants that an event tells from the rule. */
  readonly killed: number;
  /** Mutants that no event tells from the rule, though one could. */
  readonly survivors: readonly Omit<Mutant, 'rule'>[];
  /** Mutants that no event can tell from the rule. */
  readonly equivalent: readonly Omit<Mutant, 'rule'>[];
}

/**
 * Plants every fault there is into the rule, one at a time, and asks its events. `cases` hold the records as
 * detections read them.
 */
export function mutationsOf(rule: Rule, conditionAt: Position, cases: readonly RuleCase[]): MutationResult {
  const survivors: Mutant[] = [];
  const equivalent: Mutant[] = [];
  let killed = 0;
  for (const mutant of mutantsOf(rule, conditionAt)) {
    if (mutant.equivalence !== undefined) {
      equivalent.push(mutant);
      continue;
    }
    const rival = compileRule(mutant.rule);
    if (cases.some(({ record, shouldMatch }) => rival.evaluate(record).matched !== shouldMatch)) killed++;
    else survivors.push(mutant);
  }
  return { killed, survivors, equivalent };
}
