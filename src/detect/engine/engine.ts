import type { JsonObject } from '../../lib/json.ts';
import type { Rule } from '../../sigma/ast.ts';
import { countBits, hasBit } from './bits.ts';
import type { Bits } from './bits.ts';
import { createFieldIndex } from './field-index.ts';
import type { FieldIndex } from './field-index.ts';
import { createFieldValues } from './field-values.ts';
import { createJsonTexts } from './json-texts.ts';
import { holdsFor } from './formula.ts';
import { programOf } from './program.ts';
import { createSurvivors } from './survivors.ts';

/**
 * Says which rules of a list match a record, as their places in it, in order: the ones that the plain evaluator says,
 * at a cost that hardly grows with their number.
 */
export type Engine = (record: JsonObject) => readonly number[];

const none: readonly number[] = [];

/**
 * Each field's value leaves a set of rules that can still match, remembered a value. The sets of the fields that tell
 * rules apart are intersected, and only the rules that are left are asked whole. A field that could rule out none of them is not read;
 * one whose value was not met before waits until the others have spoken.
 */
export function createEngine(rules: readonly Rule[]): Engine {
  const program = programOf(rules);
  const json = createJsonTexts();
  const fields = program.fields.map((_, place) => createFieldIndex(program, place, json));
  const telling = byTelling(fields);
  const values = createFieldValues(program.fields, fields);
  const survivors = createSurvivors(rules.length);
  const waiting: number[] = [];

  return (record) => {
    json.start();
    values.start(record);
    survivors.start();
    waiting.length = 0;
    for (const { field, rules: tells } of telling) {
      if (!survivors.meet(tells)) continue;
      const outcome = values.remembered(field);
      if (outcome === undefined) waiting.push(field);
      else if (!survivors.keep(outcome)) return none;
    }
    for (const field of waiting) {
      const tells = fields[field]?.telling;
      if (tells !== undefined && survivors.meet(tells) && !survivors.keep(values.outcome(field))) return none;
    }
    let found: number[] | undefined;
    survivors.forEach((rule) => {
      const formula = program.formulas[rule];
      const place = program.places[rule];
      if (formula !== undefined && place !== undefined && holdsFor(formula, record, isTrue))
        (found ??= []).push(place);
    });
    return found === undefined ? none : found.toSorted((a, b) => a - b);
  };

  function isTrue(field: number, line: number): boolean {
    return hasBit(values.outcome(field).lines, line);
  }
}

/** The fields that rule out rules, those that rule out the most first: an empty set ends the search. */
const byTelling = (
  fields: readonly FieldIndex[],
): readonly { readonly field: number; readonly rules: Bits }[] =>
  fields
    .map(({ telling }, field) => ({ field, rules: telling, count: countBits(telling) }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
