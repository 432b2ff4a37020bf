import { expect, test } from 'vitest';
import { readCorrelationCases } from '../../src/detect/correlation-test.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import type { JsonObject } from '../../src/lib/json.ts';

const events: Readonly<Record<string, JsonObject>> = { 'locked/once': { who: 'ada', a: { 'b/c': 'x' } } };
const read = (text: string) =>
  readCorrelationCases(text, 'tests/c.yml', (rule, name) => events[`${rule}/${name}`]);
const miss = `miss:
  - { name: m1, records: [{ of: locked, like: once }] }
  - { name: m2, records: [{ of: locked, like: once, after: 90s }] }
`;
const faults = (text: string) => read(text).problems.map(formatProblem);

test('a case is events of rules, each at its time, changed and repeated', () => {
  const { cases, problems } = read(`match:
  - name: three times, every one another
    records:
      - { of: locked, like: once, after: 1h, set: { /who: ben }, times: 2, every: 5m, differing: [/who, /a/b~1c] }
      - { of: locked, like: once, remove: [/a] }
  - { name: plain, records: [{ of: locked, like: once }] }
${miss}`);
  expect(problems).toEqual([]);
  expect(cases[0]).toEqual({
    name: 'three times, every one another',
    shouldMatch: true,
    records: [
      { afterMs: 3_600_000, record: { who: 'ben0', a: { 'b/c': 'x0' } } },
      { afterMs: 3_900_000, record: { who: 'ben1', a: { 'b/c': 'x1' } } },
      { afterMs: 0, record: { who: 'ada' } },
    ],
  });
  expect(cases.map(({ name, shouldMatch }) => [name, shouldMatch])).toEqual([
    ['three times, every one another', true],
    ['plain', true],
    ['m1', false],
    ['m2', false],
  ]);
});

test('an event that no rule has, a change that leads nowhere, and names there twice are told', () => {
  expect(
    faults(`match:
  - { name: m1, records: [{ of: locked, like: twice }] }
  - { name: b, records: [{ of: locked, like: once, set: { /no/where: 1 } }] }
${miss}`),
  ).toEqual([
    expect.stringContaining('match "m1": the rule locked has no event called "twice"'),
    expect.stringContaining('match "b": /no/where leads nowhere'),
    expect.stringContaining('two cases are called "m1"'),
  ]);
});

test('too few cases, and times that are none, are told with their place', () => {
  expect(faults(`match:\n  - { name: a, records: [{ of: locked, like: once }] }\n${miss}`)).toEqual([
    expect.stringContaining('it has 1 of at least 2 events under `match`'),
  ]);
  expect(
    faults(`match:\n  - { name: a, records: [{ of: locked, like: once, after: soon }] }\n${miss}`),
  ).toEqual([expect.stringMatching(/^tests\/c\.yml:2:\d+ .*not a duration such as 90s, 5m, 24h/)]);
  expect(faults('match: []\nmiss: []\nmuss: []')).not.toEqual([]);
});
