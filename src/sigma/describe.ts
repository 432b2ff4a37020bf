import type { JsonValue } from '../lib/json.ts';
import type { FieldTest, KeywordTest, ValueTest } from './ast.ts';
import { textOf } from './fields.ts';
import { printPattern, shapeOf } from './pattern.ts';

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
export function describeTest(test: ValueTest): string {
  switch (test.kind) {
    case 'text': {
      const shape = shapeOf(test.pattern);
      const cased = test.isCased ? ' (letter case counts)' : '';
      if (shape.kind === 'present') return 'is a text';
      if (shape.kind === 'glob') return `fits ${printPattern(test.pattern)}${cased}`;
      return shape.text === '' && shape.kind === 'equals'
        ? 'is empty'
        : `${shape.kind} ${shape.text}${cased}`;
    }
    case 'number':
      return `${test.part === undefined ? '' : `${test.part} `}${comparisonSigns[test.comparison]} ${test.value}`;
    case 'boolean':
      return `equals ${test.value}`;
    case 'null':
      return 'is null or not there';
    case 'exists':
      return test.expected ? 'is there' : 'is not there';
    case 'regex':
      return `matches /${test.source}/${test.ignoreCase ? 'i' : ''}${test.multiline ? 'm' : ''}${test.dotAll ? 's' : ''}`;
    case 'cidr':
      return `lies in ${test.network}`;
    case 'fieldref':
      return `${test.comparison} the field ${test.field}${test.isCased ? ' (letter case counts)' : ''}`;
  }
}

const comparisonSigns = { eq: 'equals', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** All tests of a field in words, cut to what a person reads. */
export function describeTests({ values, link, ...test }: FieldTest | KeywordTest): string {
  const words = values
    .flatMap(({ anyOf }) => anyOf.slice(0, 1).map(describeTest))
    .join(link === 'all' ? ' and ' : ' or ');
  return cut(test.kind === 'field' && test.isNegated ? `not: ${words}` : words);
}
