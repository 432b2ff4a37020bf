import type { JsonObject } from '../../lib/json.ts';
import type { Rule } from '../../sigma/ast.ts';
import { createDecisions } from './decisions.ts';
import type { Decision } from './decisions.ts';
import { createFieldIndex } from './field-index.ts';
import { createFieldValues } from './field-values.ts';
import { truthGiven } from './formula.ts';
import { createJsonTexts } from './json-texts.ts';
import { programOf } from './program.ts';

/**
 * Says which rules of a list match a record, as their places in it, in order: the ones that the plain evaluator says,
 * at a cost that hardly grows with their number.
 *
 * `message` is what the record was read out of, as UTF-8 JSON, alone or among others: with it keywords that stand
 * nowhere in it need not be looked for in the record. It may hold more than the record, never less.
 */
export type Engine = (record: JsonObject, message?: Uint8Array) => readonly number[];

/**
 * Each field's values are reduced to what they mean for all rules at once, remembered a value; what they mean leads
 * from one field to the next in a tree, which ends where all rules are settled.
 */
export function createEngine(rules: readonly Rule[]): Engine {
  const program = programOf(rules);
  const json = createJsonTexts();
  const indexes = program.fields.map((_, place) => createFieldIndex(program, place, json));
  const values = createFieldValues(program.fields, indexes);
  const decisions = createDecisions(program, indexes);

  const settle = (
    { open, matched, known }: Extract<Decision, { kind: 'record' }>,
    record: JsonObject,
  ): readonly number[] => {
    const linesIn = (field: number) => known.get(field)?.lines;
    const more = open.filter((rule) => {
      const formula = program.formulas[rule];
      return formula !== undefined && truthGiven(formula, linesIn, record) === true;
    });
    return [...matched, ...more].map((rule) => program.places[rule] ?? 0).toSorted((a, b) => a - b);
  };
  return (record, message) => {
    json.start();
    values.start(record, message);
    let decision = decisions.first();
    while (decision.kind === 'ask') {
      const outcome = values.outcome(decision.field);
      decision = decision.last === outcome ? decision.lastNext : decisions.after(decision, outcome);
    }
    return decision.kind === 'done' ? decision.places : settle(decision, record);
  };
}
