import type { JsonObject } from '../../lib/json.ts';
import type { Rule } from '../../sigma/ast.ts';
import { countBits, hasBit } from './bits.ts';
import { createFieldIndex } from './field-index.ts';
import type { FieldIndex } from './field-index.ts';
import { createFieldValues } from './field-values.ts';
import { holdsFor, linesOf } from './formula.ts';
import type { Formula } from './formula.ts';
import { programOf } from './program.ts';
import type { Program } from './program.ts';
import { createSurvivors } from './survivors.ts';

/**
 * Says which rules of a list match a record, as their places in it, in order: the ones that the plain evaluator says,
 * at a cost that hardly grows with their number.
 */
export type Engine = (record: JsonObject) => readonly number[];

const none: readonly number[] = [];

/**
 * Each field's value leaves a set of rules that can still match, remembered a value. The sets of the fields that tell
 * rules apart are intersected, and only the rules that are left are asked whole. A field whose value was not met
 * before waits until the others have spoken: often nothing is left then that it could rule out.
 */
export function createEngine(rules: readonly Rule[]): Engine {
  const { program, places } = clustered(programOf(rules));
  const fields = program.fields.map((_, place) => createFieldIndex(program, place));
  const telling = byTelling(fields);
  const values = createFieldValues(program.fields, fields);
  const survivors = createSurvivors(rules.length);

  return (record) => {
    values.start(record);
    survivors.start();
    let waiting: number[] | undefined;
    for (const field of telling) {
      const outcome = values.remembered(field);
      if (outcome === undefined) (waiting ??= []).push(field);
      else if (!survivors.keep(outcome)) return none;
    }
    if (waiting !== undefined)
      for (const field of waiting) {
        const index = fields[field];
        if (index !== undefined && survivors.meet(index.telling) && !survivors.keep(values.outcome(field)))
          return none;
      }
    let found: number[] | undefined;
    survivors.forEach((rule) => {
      const formula = program.formulas[rule];
      const place = places[rule];
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
const byTelling = (fields: readonly FieldIndex[]): readonly number[] =>
  fields
    .map(({ telling }, field) => ({ field, rules: countBits(telling) }))
    .filter(({ rules }) => rules > 0)
    .toSorted((a, b) => b.rules - a.rules)
    .map(({ field }) => field);

/**
 * The program with rules that ask alike side by side, and the place each rule had: what one value leaves then fills
 * few words.
 */
function clustered(program: Program): { readonly program: Program; readonly places: readonly number[] } {
  const uses = program.fields.map(() => 0);
  for (const formula of program.formulas)
    for (const field of new Set(linesOf(formula).map((line) => line.field)))
      uses[field] = (uses[field] ?? 0) + 1;
  const keyed = program.formulas.map((formula, place) => ({ formula, place, key: clusterOf(formula, uses) }));
  const sorted = keyed.toSorted((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.place - b.place);
  return {
    program: { ...program, formulas: sorted.map(({ formula }) => formula) },
    places: sorted.map(({ place }) => place),
  };
}

/** The line of a rule in the field that most rules ask. */
function clusterOf(formula: Formula, uses: readonly number[]): readonly [field: number, line: number] {
  const [first] = linesOf(formula).toSorted(
    (a, b) => (uses[b.field] ?? 0) - (uses[a.field] ?? 0) || a.field - b.field || a.line - b.line,
  );
  return first === undefined ? [uses.length, 0] : [first.field, first.line];
}
