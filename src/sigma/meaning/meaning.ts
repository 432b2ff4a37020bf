import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { textOf } from '../fields.ts';
import type { Bool } from '../kql/bool.ts';
import type { Caveat } from '../kql/inexpressible.ts';
import type { Value } from '../kql/operand.ts';

/**
 * What a test of a value means, three times: to the matcher, in KQL, and in words. A kind of test is a function that
 * gives all three, so none can be written without the others, and they stand next to each other.
 */
export interface TestMeaning {
  readonly matcher: (pathsOf: PathsOf) => CompiledTest;
  /**
   * Of one value of a row; never null, and never without a column.
   *
   * @throws Inexpressible for what KQL has no exact words for.
   */
  readonly kql: (value: Value, asking: Asking) => Bool;
  /** `contains /diagnosticSettings/delete` */
  readonly says: () => string;
}

/** Asks the values a field has in an event; says which of them passes. */
export type CompiledTest = (values: readonly JsonValue[], record: JsonObject) => Passed | undefined;

/** `value` is undefined when the test passed because nothing is there. */
export interface Passed {
  readonly value: JsonValue | undefined;
}

/** Where a field of the rule stands in a record: see `aliases/resolve.ts`. */
export type PathsOf = (field: string) => readonly string[];

/** What a query over one table can be asked beside the value. */
export interface Asking {
  readonly caveat: Caveat;
  /** The other fields of the row; none: the table has no such field. */
  readonly valuesOf: (field: string) => readonly Value[];
}

/** One value passing is enough. */
export function passing(
  values: readonly JsonValue[],
  test: (value: JsonValue) => boolean,
): Passed | undefined {
  const value = values.find(test);
  return value === undefined ? undefined : { value };
}

/** A test of the text that values are compared by. */
export const passingTexts =
  (test: (text: string) => boolean): CompiledTest =>
  (values) =>
    passing(values, (value) => {
      const text = textOf(value);
      return text !== undefined && test(text);
    });

export const casedWords = (isCased: boolean): string => (isCased ? ' (letter case counts)' : '');
