import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { guidOf } from '../../../src/publish/guid.ts';
import { sentinelAttack, sentinelTactic } from '../../../src/publish/sentinel/attack.ts';
import { limitFaults, setFaults } from '../../../src/publish/sentinel/limits.ts';
import { isoDuration, minutesOf } from '../../../src/publish/sentinel/template.ts';
import type { AnalyticsRule } from '../../../src/publish/sentinel/template.ts';

const sound: AnalyticsRule = {
  id: '00000000-0000-4000-8000-000000000001',
  name: 'A rule',
  description: 'Says what it sees.',
  severity: 'High',
  status: 'Available',
  kind: 'Scheduled',
  requiredDataConnectors: [],
  queryFrequency: '5m',
  queryPeriod: '1h',
  triggerOperator: 'gt',
  triggerThreshold: 0,
  tactics: ['DefenseEvasion'],
  relevantTechniques: ['T1562.008'],
  query: 'AzureActivity | where Caller == "x"',
  entityMappings: [
    { entityType: 'Account', fieldMappings: [{ identifier: 'FullName', columnName: 'ActorName' }] },
  ],
  customDetails: { Operation: 'Operation' },
  eventGroupingSettings: { aggregationKind: 'SingleAlert' },
  incidentConfiguration: {
    createIncident: true,
    groupingConfiguration: {
      enabled: true,
      reopenClosedIncident: false,
      lookbackDuration: '5h',
      matchingMethod: 'AllEntities',
    },
  },
  version: '2026.11.22',
};

test('a sound rule has no faults', () => {
  expect(limitFaults(sound)).toEqual([]);
});

const mapping = (entityType: 'Account' | 'IP', ...identifiers: readonly string[]) => ({
  entityType,
  fieldMappings: identifiers.map((identifier) => ({ identifier, columnName: 'X' })),
});

test.each<[string, Partial<AnalyticsRule>, string]>([
  ['an id that is no GUID', { id: 'x' }, 'not a GUID'],
  ['a name of 257 characters', { name: 'x'.repeat(257) }, 'name has 257'],
  ['no description', { description: '' }, 'description has 0'],
  ['a description of 5,001 characters', { description: 'x'.repeat(5001) }, 'description has 5001'],
  ['a query of 10,001 characters', { query: 'x'.repeat(10_001) }, 'query has 10001'],
  ['a query over everything', { query: 'union * | take 1' }, 'reads all tables'],
  ['a version of two parts', { version: '1.0' }, 'not a.b.c'],
  ['a frequency of 1 minute', { queryFrequency: '1m' }, 'queryFrequency 1m'],
  ['a frequency in ISO form', { queryFrequency: 'PT5M' }, 'queryFrequency PT5M'],
  ['a period of 15 days', { queryPeriod: '15d' }, 'queryPeriod 15d'],
  ['a period shorter than the frequency', { queryFrequency: '2h' }, 'shorter than queryFrequency'],
  ['a long period run often', { queryPeriod: '2d' }, 'needs a queryFrequency of 1h'],
  ['a negative threshold', { triggerThreshold: -1 }, 'triggerThreshold -1'],
  ['a technique without its tactic', { tactics: ['Impact'] }, 'needs one of the tactics DefenseEvasion'],
  ['a technique Sentinel does not know', { relevantTechniques: ['T1685'] }, 'do not know T1685'],
  ['an ATLAS id', { relevantTechniques: ['AML.T0054'] }, 'not a technique id'],
  [
    'a tactic spelled as ATT&CK does',
    { tactics: ['defense-evasion' as 'Impact'] },
    'no tactic `defense-evasion`',
  ],
  ['a detail of 21 letters', { customDetails: { ['x'.repeat(21)]: 'X' } }, 'custom detail'],
  ['a detail with a blank', { customDetails: { 'a b': 'X' } }, 'custom detail `a b`'],
  ['a detail that is an expression', { customDetails: { A: 'tostring(X)' } }, 'names no column'],
  [
    '21 details',
    { customDetails: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`A${n}`, 'X'])) },
    '21 custom details',
  ],
  ['no mapping in a list of mappings', { entityMappings: [] }, '0 entity mappings'],
  [
    'eleven mappings',
    { entityMappings: Array.from({ length: 11 }, () => mapping('IP', 'Address')) },
    '11 entity',
  ],
  [
    'four identifiers',
    { entityMappings: [mapping('Account', 'FullName', 'Sid', 'Name', 'PUID')] },
    '4 field mappings',
  ],
  [
    'an identifier of another entity',
    { entityMappings: [mapping('IP', 'FullName')] },
    'no identifier `FullName`',
  ],
  ['an account that nothing names', { entityMappings: [mapping('Account', 'UPNSuffix')] }, 'needs one of'],
])('%s is a fault', (_, over, words) => {
  expect(limitFaults({ ...sound, ...over }).join()).toContain(words);
});

test('a workspace takes 512 rules, each id once', () => {
  const many = Array.from({ length: 513 }, (_, n) => ({ ...sound, id: String(n) }));
  expect(setFaults(many)).toEqual(['513 rules; a workspace takes 512']);
  expect(setFaults([sound, sound])).toEqual([`id ${sound.id} is used twice`]);
  expect(setFaults([sound])).toEqual([]);
});

describe("ATT&CK in Sentinel's words", () => {
  test('tactics are spelled its way, and the two halves of Defense Evasion are one', () => {
    expect(sentinelTactic('privilege-escalation')).toBe('PrivilegeEscalation');
    expect(sentinelTactic('defense-impairment')).toBe('DefenseEvasion');
    expect(sentinelTactic('stealth')).toBe('DefenseEvasion');
    expect(sentinelTactic('ml-attack-staging')).toBeUndefined();
  });

  test('a new number goes as the old one and is named beside it; ATLAS has no place', () => {
    expect(
      sentinelAttack(['defense-impairment', 'impact'], ['T1685.002', 'T1485', 'AML.T0054', 'T1078']),
    ).toEqual({
      tactics: ['DefenseEvasion', 'Impact'],
      techniques: ['T1078', 'T1485', 'T1562'],
      elsewhere: ['T1685.002', 'AML.T0054'],
    });
    expect(sentinelAttack(['impact'], ['T1552'])).toMatchObject({ techniques: [], elsewhere: ['T1552'] });
  });
});

test('durations go from a template to ISO 8601', () => {
  expect(['5m', '1h', '14d'].map(isoDuration)).toEqual(['PT5M', 'PT1H', 'P14D']);
  expect(['5m', '1h', '14d', '5', '1w'].map(minutesOf)).toEqual([5, 60, 20_160, undefined, undefined]);
  expect(() => isoDuration('soon')).toThrow('not a duration');
});

test('a name gives the same version 5 GUID each time, another name another', () => {
  const form = /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      expect(guidOf(a)).toMatch(form);
      expect(guidOf(a) === guidOf(b)).toBe(a === b);
    }),
  );
});
