import { expect, test } from 'vitest';
import { asMatched } from '../../src/detect/correlate/correlator.ts';
import { explainCorrelation } from '../../src/detect/explain-correlation.ts';
import { tieCorrelations } from '../../src/detect/correlate/tie.ts';
import { createDetector } from '../../src/detect/detector.ts';
import { loadDetections } from '../../src/detect/load.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { eventClasses } from '../../src/normalise/registry.ts';
import { anEvent, T0 } from '../support/samples.ts';

const rule = (name: string, operationName: string) => ({
  file: `${name}.yml`,
  text: JSON.stringify({
    title: name,
    id: `00000000-0000-0000-0000-${name.padStart(12, '0').replaceAll(/[^\da-f]/g, '0')}`,
    name,
    logsource: { product: 'azure', service: 'activitylogs' },
    detection: { selection: { operationName }, condition: 'selection' },
  }),
});
const correlation = (name: string, body: JsonObject) => ({
  file: `${name}.yml`,
  text: JSON.stringify({
    title: name,
    name,
    correlation: { timespan: '10m', 'group-by': ['who'], ...body },
  }),
});
const { items, correlations, problems } = loadDetections(
  [
    rule('rule_a', 'A'),
    rule('rule_b', 'B'),
    correlation('ordered', { type: 'temporal_ordered', rules: ['rule_a', 'rule_b'] }),
    correlation('counted', {
      type: 'event_count',
      rules: ['rule_a', 'rule_b'],
      condition: { gt: 2, lte: 9 },
    }),
    correlation('summed', {
      type: 'value_sum',
      rules: ['rule_a'],
      condition: { field: 'bytes', gte: 100 },
    }),
    correlation('twice', { type: 'event_count', rules: ['ordered'], timespan: '1h', condition: { gte: 2 } }),
  ],
  { strict: false },
);
const tied = tieCorrelations(correlations, items);
const detector = createDetector(items, eventClasses);

/** Minute, operation, who, and anything else of the record. */
type Step = readonly [number, string, string | undefined, JsonObject?];

function explained(name: string, ...steps: readonly Step[]) {
  expect([...problems, ...tied.problems]).toEqual([]);
  const matched = steps.map(([minute, operationName, who, more = {}], index) => {
    const record: JsonObject = { operationName, ...(who === undefined ? {} : { who }), ...more };
    const event = anEvent({ id: `e${index}`, class: 'azure_activity', time: T0 + minute * 60_000, record });
    return asMatched(event, detector.detect(event));
  });
  const explanation = explainCorrelation(tied, name, matched);
  if (explanation === undefined) throw new Error(`no correlation ${name}`);
  return explanation;
}

test('a window that is complete is found, with its events and what the measure came to', () => {
  expect(explained('ordered', [0, 'A', 'ada'], [5, 'B', 'ADA'])).toMatchObject({
    found: true,
    condition: 'of 2 rules in order >= 2 within 10m',
    rules: [
      { rule: 'rule_a', matched: 1 },
      { rule: 'rule_b', matched: 1 },
    ],
    groups: [{ group: { who: 'ada' }, found: true, value: 2, from: T0, events: ['e0', 'e1'], missing: [] }],
    leftOut: [],
  });
});

test('a window that is not says which rule is missing, group by group, the nearest group first', () => {
  const { found, groups } = explained('ordered', [0, 'A', 'ada'], [5, 'B', 'ben'], [6, 'X', 'cid']);
  expect(found).toBe(false);
  expect(groups).toMatchObject([
    { group: { who: 'ada' }, found: false, value: 1, missing: ['rule_b'] },
    { group: { who: 'ben' }, found: false, value: 1, missing: ['rule_a'] },
  ]);
});

test('events that came in the wrong order, or too far apart, are told by the measure', () => {
  expect(explained('ordered', [0, 'B', 'ada'], [5, 'A', 'ada']).groups).toMatchObject([
    { value: 1, missing: [], events: ['e0', 'e1'] },
  ]);
  expect(explained('ordered', [0, 'A', 'ada'], [11, 'B', 'ada']).groups).toMatchObject([
    { value: 1, missing: ['rule_a'], events: ['e1'] },
  ]);
});

test('of all windows the one nearest to the condition is shown', () => {
  const { groups } = explained('counted', [0, 'A', 'x'], [1, 'B', 'x'], [30, 'A', 'x'], [60, 'A', 'y']);
  expect(groups).toMatchObject([
    { group: { who: 'x' }, value: 2, events: ['e0', 'e1'] },
    { group: { who: 'y' }, value: 1 },
  ]);
});

test('events that stand in no group say why', () => {
  expect(explained('summed', [0, 'A', undefined, { bytes: 5 }], [1, 'A', 'ada']).leftOut).toEqual([
    { event: 'e0', why: 'it lacks a field of `group-by`' },
    { event: 'e1', why: 'it lacks the field that is measured' },
  ]);
  expect(explained('summed', [0, 'A', 'ada', { bytes: 60 }], [1, 'A', 'ada', { bytes: 30 }])).toMatchObject({
    found: false,
    groups: [{ value: 90 }],
  });
});

test('a correlation of a correlation counts its findings', () => {
  const once: readonly Step[] = [
    [0, 'A', 'ada'],
    [5, 'B', 'ada'],
  ];
  expect(explained('twice', ...once)).toMatchObject({
    found: false,
    rules: [{ rule: 'ordered', matched: 1 }],
    groups: [{ value: 1 }],
  });
  expect(explained('twice', ...once, [40, 'A', 'ada'], [41, 'B', 'ada'])).toMatchObject({ found: true });
});

test('a name that no correlation has is answered with nothing', () => {
  expect(explainCorrelation(tied, 'rule_a', [])).toBeUndefined();
});
