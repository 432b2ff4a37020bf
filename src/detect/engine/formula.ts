import type { JsonObject } from '../../lib/json.ts';
import type { Bits } from './bits.ts';
import { hasBit } from './bits.ts';

/** A rule as a formula over its lines (`field|modifier: values`): what each search and condition amounts to. */
export type Formula =
  /** A line whose truth follows from the values of one field: bit `line` of what the field's values make true. */
  | { readonly kind: 'line'; readonly field: number; readonly line: number }
  /** A line that has to see the whole record (`fieldref`). */
  | { readonly kind: 'record'; readonly passes: (record: JsonObject) => boolean }
  | { readonly kind: 'not'; readonly of: Formula }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Formula[] };

/** What is known of a formula: undefined when it depends on what is not known. */
export type Truth = boolean | undefined;

/** The lines that the values of a field make true; undefined when nothing is known of the field. */
export type Known = (field: number) => Bits | undefined;

/** The truth of a formula when nothing is known but the lines of one field. */
export const truthBeside = (formula: Formula, field: number, lines: Bits): Truth =>
  truthGiven(formula, (other) => (other === field ? lines : undefined));

/**
 * The truth of a formula when the lines of some fields are known. Lines that have to see the record are open, unless
 * there is one.
 *
 * Its law: it may only weaken. `false` is said when the formula is false whatever stands in the other fields, `true`
 * when it is true whatever stands there; everything else is open (Kleene's logic).
 */
export function truthGiven(formula: Formula, known: Known, record?: JsonObject): Truth {
  switch (formula.kind) {
    case 'line': {
      const lines = known(formula.field);
      return lines === undefined ? undefined : hasBit(lines, formula.line);
    }
    case 'record':
      return record === undefined ? undefined : formula.passes(record);
    case 'not': {
      const truth = truthGiven(formula.of, known, record);
      return truth === undefined ? undefined : !truth;
    }
    case 'and':
      return settled(formula.of, known, record, false);
    case 'or':
      return settled(formula.of, known, record, true);
  }
}

/** One part of the `decisive` truth settles an `and` (false) or an `or` (true); else one open part leaves it open. */
function settled(
  parts: readonly Formula[],
  known: Known,
  record: JsonObject | undefined,
  decisive: boolean,
): Truth {
  let truth: Truth = !decisive;
  for (const part of parts) {
    const partly = truthGiven(part, known, record);
    if (partly === decisive) return decisive;
    if (partly === undefined) truth = undefined;
  }
  return truth;
}

/** Joins parts, without a node where there is one part alone. */
export function joined(kind: 'and' | 'or', parts: readonly Formula[]): Formula {
  const [first, second] = parts;
  return first !== undefined && second === undefined ? first : { kind, of: parts };
}

/** The lines a formula asks, of all fields. */
export function linesOf(formula: Formula): readonly { readonly field: number; readonly line: number }[] {
  switch (formula.kind) {
    case 'line':
      return [formula];
    case 'record':
      return [];
    case 'not':
      return linesOf(formula.of);
    case 'and':
    case 'or':
      return formula.of.flatMap(linesOf);
  }
}
