import { expect, test } from 'vitest';
import { createFieldSight } from '../../src/detect/blind-fields.ts';
import { askedFields, blindRules } from '../../src/detect/blind-rules.ts';
import { tieCorrelations } from '../../src/detect/correlate/tie.ts';
import { loadDetections } from '../../src/detect/load.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { eventClasses } from '../../src/normalise/registry.ts';

const rule = (name: string, service: string, selection: JsonObject): { file: string; text: string } => ({
  file: `${name}.yml`,
  text: JSON.stringify({
    title: name,
    id: `00000000-0000-0000-0000-${name.padStart(12, '0').replaceAll(/[^\da-f]/g, 'a')}`,
    name,
    logsource: { product: 'azure', service },
    detection: { selection, condition: 'selection' },
  }),
});
const correlation = (name: string, body: JsonObject): { file: string; text: string } => ({
  file: `${name}.yml`,
  text: JSON.stringify({ title: name, name, correlation: { timespan: '1h', ...body } }),
});

const files = [
  rule('activity', 'activitylogs', { operationName: 'X', 'properties.requestbody': 'y' }),
  rule('aliased', 'signinlogs', { ResultType: 50_126 }),
  rule('vault', 'keyvault', { operationName: 'KeyPurge' }),
  correlation('ordered', {
    type: 'temporal_ordered',
    rules: ['aliased', 'vault'],
    'group-by': ['correlationId'],
  }),
  correlation('counted', {
    type: 'event_count',
    rules: ['aliased', 'vault'],
    'group-by': ['properties.userPrincipalName'],
    condition: { gte: 3 },
  }),
  correlation('above', {
    type: 'event_count',
    rules: ['ordered'],
    'group-by': ['correlationId'],
    condition: { gte: 2 },
  }),
];

function blindAfter(records: readonly (readonly [string, JsonObject])[]) {
  const { items, correlations, problems } = loadDetections(files, { strict: false });
  expect(problems).toEqual([]);
  const tied = tieCorrelations(correlations, items);
  expect(tied.problems).toEqual([]);
  const rules = { loaded: items, correlations: tied };
  const sight = createFieldSight(askedFields(rules), eventClasses);
  for (const [index, [eventClass, record]] of records.entries()) sight.see(eventClass, index, record);
  return blindRules(rules, sight);
}
const reasons = (records: readonly (readonly [string, JsonObject])[]) =>
  Object.fromEntries(blindAfter(records).map(({ rule: name, why }) => [name, why]));

const signIn: JsonObject = {
  resultType: '0',
  correlationId: 'c',
  properties: { userPrincipalName: 'ada@example.com' },
};

test('rules whose log source never arrived are blind, and so are correlations of them', () => {
  expect(reasons([['entra_signin', signIn]])).toEqual({
    activity: 'no_log_source',
    vault: 'no_log_source',
    ordered: 'no_rules',
    above: 'no_rules',
  });
});

test('a rule whose field never arrived says which, where it looked, and in how many records', () => {
  const blind = blindAfter([
    ['azure_activity', { operationName: 'A', time: 't' }],
    ['azure_activity', { operationName: 'B', properties: {} }],
  ]);
  expect(blind.find(({ rule: name }) => name === 'activity')).toMatchObject({
    why: 'no_fields',
    fields: [{ field: 'properties.requestbody', paths: ['properties.requestbody'] }],
    arrived: { events: 2, first: 0, last: 1 },
  });
});

test('a field counts as seen under any of the names that the alias table knows', () => {
  const everything: readonly (readonly [string, JsonObject])[] = [
    ['entra_signin', signIn],
    ['key_vault', { operationName: 'KeyGet', correlationId: 'd' }],
    ['azure_activity', { OPERATIONNAME: 'X', properties: { requestBody: 'z' } }],
  ];
  expect(reasons(everything)).toEqual({});
});

test('a correlation is blind when no event has the field it groups by', () => {
  const { correlationId, ...lone } = signIn;
  expect(correlationId).toBe('c');
  const blind = blindAfter([
    ['entra_signin', lone],
    ['key_vault', { operationName: 'KeyGet', correlationId: 'd' }],
  ]);
  expect(blind.find(({ rule: name }) => name === 'ordered')).toMatchObject({
    why: 'no_rules',
    rules: [{ rule: 'aliased', fields: ['correlationId'] }],
  });
  expect(blind.map(({ rule: name }) => name)).not.toContain('counted');
});

test('nothing that arrived leaves every rule blind', () => {
  expect(Object.keys(reasons([])).toSorted()).toEqual([
    'above',
    'activity',
    'aliased',
    'counted',
    'ordered',
    'vault',
  ]);
});
