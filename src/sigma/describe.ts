import type { JsonValue } from '../lib/json.ts';
import type { FieldTest, KeywordTest, ValueTest } from './ast.ts';
import { textOf } from './fields.ts';
import { meaningOf } from './meaning/meaning-of.ts';

/** Characters of a value that are shown; evidence holds the whole. */
const longestShown = 200;

export const cut = (text: string): string =>
  text.length > longestShown ? text.slice(0, longestShown).replace(/[\uD800-\uDBFF]$/u, '') : text;

/** A value as people are shown it. */
export const shown = (value: JsonValue | undefined): string =>
  value === undefined
    ? '(not there)'
    : cut(textOf(value) ?? (value === null ? 'null' : '(nested too deep to show)'));

/** One test in words: `contains /diagnosticSettings/delete`. */
export const describeTest = (test: ValueTest): string => meaningOf(test).says();

/** All tests of a field in words, cut to what a person reads. */
export function describeTests({ values, link, ...test }: FieldTest | KeywordTest): string {
  const words = values
    .flatMap(({ anyOf }) => anyOf.slice(0, 1).map(describeTest))
    .join(link === 'all' ? ' and ' : ' or ');
  return cut(test.kind === 'field' && test.isNegated ? `not: ${words}` : words);
}
