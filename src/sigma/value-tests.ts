import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { FieldReference, NumberTest, ValueTest } from './ast.ts';
import { isWithin, parseLoggedIp } from './cidr.ts';
import { timePartOf } from './dates.ts';
import { readPaths, textOf } from './fields.ts';
import { foldText, patternMatcher } from './pattern.ts';
import { regexMatcher } from './regex.ts';

/** Asks the values a field has in an event; says which of them passes. */
export type CompiledTest = (values: readonly JsonValue[], record: JsonObject) => Passed | undefined;

/** `value` is undefined when the test passed because nothing is there. */
interface Passed {
  readonly value: JsonValue | undefined;
}

const nothingThere: Passed = { value: undefined };

/** Where a field of the rule stands in a record: see `aliases/resolve.ts`. */
export type PathsOf = (field: string) => readonly string[];

/** One value passing is enough; a field that is not there passes `null` and `exists: false` alone. */
export function compileTest(test: ValueTest, pathsOf: PathsOf = (field) => [field]): CompiledTest {
  switch (test.kind) {
    case 'exists':
      return ([value]) => ((value !== undefined) === test.expected ? { value } : undefined);
    case 'null':
      return (values) => {
        if (values.length === 0) return nothingThere;
        return values.includes(null) ? { value: null } : undefined;
      };
    case 'fieldref': {
      const paths = pathsOf(test.field);
      return (values, record) => passing(values, refersTo(test, readPaths(record, paths)));
    }
    case 'text': {
      const fits = patternMatcher(test.pattern, test.isCased);
      return (values) => passing(values, onText(fits));
    }
    case 'regex': {
      const matcher = regexMatcher(test);
      if (typeof matcher === 'string') throw new TypeError(`regular expression was not checked: ${matcher}`);
      return (values) => passing(values, onText(matcher));
    }
    case 'boolean': {
      const wanted = String(test.value);
      return (values) =>
        passing(
          values,
          onText((text) => text.trim().toLowerCase() === wanted),
        );
    }
    case 'number':
      return (values) => passing(values, (value) => comparesTo(test, value));
    case 'cidr':
      return (values) =>
        passing(
          values,
          onText((text) => {
            const address = parseLoggedIp(text.trim());
            return address !== undefined && isWithin(address, test);
          }),
        );
  }
}

function passing(values: readonly JsonValue[], test: (value: JsonValue) => boolean): Passed | undefined {
  const value = values.find(test);
  return value === undefined ? undefined : { value };
}

const onText =
  (test: (text: string) => boolean) =>
  (value: JsonValue): boolean => {
    const text = textOf(value);
    return text !== undefined && test(text);
  };

/** Equality of a plain number is equality of texts (`"50140"` is 50140); order and dates need a number. */
function comparesTo({ comparison, value: wanted, part }: NumberTest, value: JsonValue): boolean {
  const text = textOf(value);
  if (text === undefined) return false;
  if (comparison === 'eq' && part === undefined) return text.trim() === String(wanted);
  const actual = part === undefined ? numberOf(value) : timePartOf(text, part);
  if (actual === undefined) return false;
  switch (comparison) {
    case 'eq':
      return actual === wanted;
    case 'lt':
      return actual < wanted;
    case 'lte':
      return actual <= wanted;
    case 'gt':
      return actual > wanted;
    case 'gte':
      return actual >= wanted;
  }
}

/** Logs write numbers as texts too: `"12.5"` counts, `"12 %"`, `""` and `true` do not. */
function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*$/iu.test(value))
    return undefined;
  return Number(value);
}

function refersTo(
  { comparison, isCased }: FieldReference,
  others: readonly JsonValue[],
): (value: JsonValue) => boolean {
  const fold = (value: JsonValue): string | undefined => {
    const text = textOf(value);
    return text === undefined || isCased ? text : foldText(text).trim();
  };
  return (value) => {
    const text = fold(value);
    return text !== undefined && others.some((other) => stands(comparison, text, fold(other)));
  };
}

function stands(comparison: FieldReference['comparison'], text: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  switch (comparison) {
    case 'equals':
      return text === other;
    case 'startswith':
      return text.startsWith(other);
    case 'endswith':
      return text.endsWith(other);
    case 'contains':
      return text.includes(other);
  }
}
