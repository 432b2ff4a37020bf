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

/**
 * The truth of a formula when nothing is known but the lines of one field.
 *
 * Its law: it may only weaken. `false` is said when the formula is false whatever stands in the other fields, `true`
 * when it is true whatever stands there; everything else is open (Kleene's logic).
 */
export function truthBeside(formula: Formula, field: number, lines: Bits): Truth {
  switch (formula.kind) {
    case 'line':
      return formula.field === field ? hasBit(lines, formula.line) : undefined;
    case 'record':
      return undefined;
    case 'not': {
      const truth = truthBeside(formula.of, field, lines);
      return truth === undefined ? undefined : !truth;
    }
    case 'and':
      return settled(formula.of, field, lines, false);
    case 'or':
      return settled(formula.of, field, lines, true);
  }
}

/** One part of the `decisive` truth settles an `and` (false) or an `or` (true); else one open part leaves it open. */
function settled(parts: readonly Formula[], field: number, lines: Bits, decisive: boolean): Truth {
  let truth: Truth = !decisive;
  for (const part of parts) {
    const partly = truthBeside(part, field, lines);
    if (partly === decisive) return decisive;
    if (partly === undefined) truth = undefined;
  }
  return truth;
}

/** The truth of a formula for a record; `isTrue` knows the lines. */
export function holdsFor(
  formula: Formula,
  record: JsonObject,
  isTrue: (field: number, line: number) => boolean,
): boolean {
  switch (formula.kind) {
    case 'line':
      return isTrue(formula.field, formula.line);
    case 'record':
      return formula.passes(record);
    case 'not':
      return !holdsFor(formula.of, record, isTrue);
    case 'and':
      for (const part of formula.of) if (!holdsFor(part, record, isTrue)) return false;
      return true;
    case 'or':
      for (const part of formula.of) if (holdsFor(part, record, isTrue)) return true;
      return false;
  }
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
