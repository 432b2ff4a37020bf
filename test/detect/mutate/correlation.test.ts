import { expect, test } from 'vitest';
import { loadDetections } from '../../../src/detect/load.ts';
import { correlationMutants } from '../../../src/detect/mutate/correlation.ts';
import { correlationOperators } from '../../../src/detect/mutate/mutant.ts';
import type { JsonObject } from '../../../src/lib/json.ts';

function mutantsOf(body: JsonObject) {
  const text = JSON.stringify({
    title: 'c',
    correlation: { rules: ['rule_a', 'rule_b'], 'group-by': ['who'], timespan: '1h', ...body },
  });
  const { correlations, problems } = loadDetections([{ file: 'c.yml', text }], { strict: false });
  expect(problems).toEqual([]);
  return correlations.flatMap(({ correlation }) => correlationMutants(correlation));
}
const told = (body: JsonObject) =>
  mutantsOf(body).map(({ operator, before, after }) => [operator, before, after]);

test('the threshold, the window, the groups and the rules of a correlation can each be wrong', () => {
  const words = 'events >= 5 within 1h';
  expect(told({ type: 'event_count', condition: { gte: 5 } })).toEqual([
    ['shift-number', words, 'events >= 6 within 1h'],
    ['shift-bound', words, 'events > 5 within 1h'],
    ['halve-timespan', words, 'events >= 5 within 1h, times 0.5'],
    ['double-timespan', words, 'events >= 5 within 1h, times 2'],
    ['drop-group', 'grouped by who', '(not grouped by it)'],
    ['drop-rule', 'rule_a', '(left out)'],
    ['drop-rule', 'rule_b', '(left out)'],
  ]);
});

test.each([
  [{ type: 'temporal' }, 'of 2 rules in order >= 2 within 1h'],
  [{ type: 'temporal_ordered' }, 'of 2 rules >= 2 within 1h'],
  [{ type: 'value_count', condition: { field: 'f', gt: 1 } }, 'events > 1 within 1h'],
  [{ type: 'value_sum', condition: { field: 'f', gt: 1 } }, 'average of f > 1 within 1h'],
  [{ type: 'value_avg', condition: { field: 'f', gt: 1 } }, 'sum of f > 1 within 1h'],
  [
    { type: 'value_percentile', condition: { field: 'f', gt: 1, percentile: 90 } },
    'average of f > 1 within 1h',
  ],
] as const)('%j is easily taken for another measure', (body, after) => {
  expect(told(body).filter(([operator]) => operator === 'swap-type')).toEqual([
    ['swap-type', expect.any(String), after],
  ]);
});

test('a percentile can be another, and a rule that is left out takes its aliases with it', () => {
  const percentile = (value: number) =>
    told({ type: 'value_percentile', condition: { field: 'f', gt: 1, percentile: value } }).find(
      ([operator]) => operator === 'shift-percentile',
    )?.[2];
  expect(percentile(90)).toBe('percentile 45 of f > 1 within 1h');
  expect(percentile(50)).toBe('percentile 100 of f > 1 within 1h');
  const without = mutantsOf({
    type: 'temporal',
    'group-by': ['user'],
    aliases: { user: { rule_a: 'x', rule_b: 'y' } },
  }).find(({ operator }) => operator === 'drop-rule');
  expect(without?.correlation.aliases[0]?.fields.map(({ field }) => field)).toEqual(['y']);
});

test('every operator for correlations is planted by one of the types', () => {
  const planted = new Set(
    [{ type: 'temporal' }, { type: 'value_percentile', condition: { field: 'f', gt: 1, percentile: 9 } }]
      .flatMap(mutantsOf)
      .map(({ operator }) => operator),
  );
  expect(Object.keys(correlationOperators).filter((operator) => !planted.has(operator as never))).toEqual([]);
});
