import { describe, expect, test } from 'vitest';
import type { CompiledCorrelation } from '../../../src/sigma/kql/correlation.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import { mergedTables, publicTables } from '../../support/workspace-tables.ts';
import { compileLast, correlationText, resolved, ruleNamed } from './correlation-support.ts';

const analyse = kustoAnalyser(mergedTables(publicTables() ?? {}));
const byUser = 'group-by: [properties.userPrincipalName]\ntimespan: 10m';
const users = (fields: Readonly<Record<string, string>>): string =>
  `group-by: [user]\ntimespan: 10m\naliases:\n  user:\n${Object.entries(fields)
    .map(([rule, field]) => `    ${rule}: ${field}`)
    .join('\n')}`;

const compiled = (...bodies: readonly string[]): CompiledCorrelation => {
  const result = compileLast(resolved(bodies.map((body, index) => correlationText(body, `c${index}`))), {
    ingestedWithin: '5m',
    labels: { Detection: 'c' },
  });
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  return result;
};

const spray = `type: value_count\nrules: [failed]\n${byUser}\ncondition: {field: callerIpAddress, gte: 5}`;

describe('a correlation as a query', () => {
  test('gives a row a group and window: when, since when, how much, who, and the event that completed it', () => {
    const { query, tables, columns, groups, reachMs } = compiled(spray);
    const { diagnostics, columns: given } = analyse(query);
    expect(diagnostics).toEqual([]);
    expect(given).toMatchObject({
      TimeGenerated: 'datetime',
      Since: 'datetime',
      Measure: 'long',
      Events: 'long',
      Group1: 'string',
      ActorName: 'string',
      Detection: 'string',
    });
    expect(tables).toEqual(['SigninLogs', 'AADNonInteractiveUserSignInLogs']);
    expect(columns).toContain('IpAddress');
    expect(groups).toEqual([{ field: 'properties.userPrincipalName', column: 'Group1' }]);
    expect(reachMs).toBe(600_000);
  });

  test.each([
    [
      'event_count',
      `type: event_count\nrules: [failed]\n${byUser}\ncondition: {gte: 5}`,
      'Measure = count()',
    ],
    [
      'event_count within a range',
      `type: event_count\nrules: [failed]\n${byUser}\ncondition: {gt: 5, lte: 9, neq: 7}`,
      'Measure > 5 and Measure <= 9 and Measure != 7',
    ],
    [
      'event_count of several rules',
      `type: event_count\nrules: [failed, entered]\n${byUser}\ncondition: {eq: 5}`,
      'arg_min(Rule, *) by Row, Group1',
    ],
    [
      'event_count over everything',
      'type: event_count\nrules: [failed]\ngroup-by: []\ntimespan: 1h\ncondition: {gt: 100}',
      'on Slot',
    ],
    ['value_count', spray, 'count_distinct(Value1)'],
    [
      'value_count of combinations',
      `type: value_count\nrules: [failed]\n${byUser}\ncondition: {field: [callerIpAddress, properties.appId], gte: 5}`,
      'count_distinct(strcat(Value1, "\\u001f", Value2))',
    ],
    [
      'temporal',
      `type: temporal\nrules: [failed, changed]\n${users({ failed: 'properties.userPrincipalName', changed: 'properties.targetResources.userPrincipalName' })}`,
      'count_distinct(Rule)',
    ],
    [
      'temporal_ordered',
      `type: temporal_ordered\nrules: [failed, entered, changed]\n${users({ failed: 'properties.userPrincipalName', entered: 'properties.userPrincipalName', changed: 'properties.initiatedBy.user.userPrincipalName' })}`,
      'Run3_3 >= TimeGenerated - 600s, 3',
    ],
    [
      'temporal_ordered, some of them',
      'type: temporal_ordered\nrules: [failed, entered, changed]\ngroup-by: []\ntimespan: 10m\ncondition: {gte: 2}',
      'max_of(',
    ],
    [
      'value_sum',
      `type: value_sum\nrules: [failed]\n${byUser}\ncondition: {field: durationMs, gte: 5000}`,
      'sum(Value1)',
    ],
    [
      'value_avg',
      `type: value_avg\nrules: [failed]\n${byUser}\ncondition: {field: durationMs, lt: 0.5}`,
      'avg(Value1)',
    ],
    [
      'value_percentile',
      `type: value_percentile\nrules: [failed]\n${byUser}\ncondition: {field: durationMs, percentile: 95, gte: 5000}`,
      'array_sort_asc',
    ],
    [
      'value_percentile as a share',
      `type: value_percentile\nrules: [failed]\n${byUser}\ncondition: {field: properties.appId, lte: 5}`,
      '100.0 * tolong(Part.Count) / Events',
    ],
  ])("%s: Microsoft's binder has nothing to say", (_, body, words) => {
    const { query } = compiled(body);
    const { diagnostics, constantPredicates } = analyse(query);
    expect({ diagnostics, constantPredicates }).toEqual({ diagnostics: [], constantPredicates: [] });
    expect(query).toContain(words);
    expect(query).not.toMatch(/\bdcount|\bpercentiles?\(/);
  });

  test('a correlation of correlations is one query, and looks back as far as both', () => {
    const { query, reachMs, tables } = compiled(
      spray,
      `type: temporal_ordered\nrules: [c0, changed]\n${users({ c0: 'properties.userPrincipalName', changed: 'properties.targetResources.userPrincipalName' })}`,
    );
    expect(analyse(query).diagnostics).toEqual([]);
    expect(query.match(/^let /gm)).toHaveLength(2);
    expect(reachMs).toBe(1_200_000);
    expect(tables).toEqual(['SigninLogs', 'AADNonInteractiveUserSignInLogs', 'AuditLogs']);
  });

  test('what counts findings gets findings, what tells rules apart gets every moment', () => {
    const counting = compiled(spray, `type: event_count\nrules: [c0]\n${byUser}\ncondition: {gte: 3}`).query;
    const telling = compiled(spray, `type: temporal\nrules: [c0, entered]\n${byUser}`).query;
    expect(counting.match(/bin_at\(/g)).toHaveLength(2);
    expect(telling.match(/bin_at\(/g)).toHaveLength(1);
    expect([...analyse(counting).diagnostics, ...analyse(telling).diagnostics]).toEqual([]);
  });

  test('how a query that runs now and then differs from the stream is said', () => {
    expect(compiled(spray).caveats.join()).toContain('is found again by the run that sees it');
  });
});

describe('what KQL cannot say of a correlation is refused', () => {
  const refusedWords = (bodies: readonly string[], ...more: Parameters<typeof ruleNamed>[]): string => {
    const rules = more.map((args) => ruleNamed(...args));
    const items = resolved(
      bodies.map((body, index) => correlationText(body, `c${index}`)),
      rules.length === 0 ? undefined : rules,
    );
    return (compileLast(items).problems ?? [])
      .map(({ file, line, what }) => `${file}:${line} ${what}`)
      .join();
  };

  test('a field that no table has', () => {
    expect(
      refusedWords([
        `type: event_count\nrules: [failed]\ngroup-by: [nothing]\ntimespan: 10m\ncondition: {gte: 5}`,
      ]),
    ).toBe('c0.yml:3 KQL cannot say this: no table of `failed` has all of `nothing`');
  });

  test('a field that the correlation below does not group by', () => {
    expect(
      refusedWords([
        spray,
        'type: event_count\nrules: [c0]\ngroup-by: [properties.appId]\ntimespan: 10m\ncondition: {gte: 5}',
      ]),
    ).toContain('`properties.appId` is not in the `group-by` of `c0`');
  });

  test('a rule that has no query of its own, at its own place', () => {
    expect(
      refusedWords(
        ['type: event_count\nrules: [other]\ngroup-by: []\ntimespan: 10m\ncondition: {gte: 5}'],
        ['other', 'resource', '{s: {a: b}, condition: s}'],
      ),
    ).toBe('other.yml:1 no table is known for log source azure/resource');
  });
});
