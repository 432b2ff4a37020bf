import { test } from './bool.ts';
import type { Bool } from './bool.ts';
import type { Caveat } from './inexpressible.ts';
import type { Value } from './operand.ts';

/** Comparisons with null are null, and so is their negation; a row with nothing to compare is no match. */
export const notNull = (comparison: string): Bool => test(`coalesce(${comparison}, false)`);

/** Whether the row has the value. */
export function present(value: Value, caveat: Caveat): Bool {
  if (value.type === 'string') {
    caveat(emptyIsNone(value));
    return test(`isnotempty(${value.kql})`);
  }
  if (value.type !== 'dynamic') return test(`isnotnull(${value.kql})`);
  caveat(`a null counts as not there: ${value.kql}`);
  return test(`gettype(${value.kql}) != "null"`);
}

export const emptyIsNone = ({ kql }: Value): string =>
  `Log Analytics keeps no difference between an empty text and none: ${kql}`;
