import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answers, createDetector } from '../../src/detect/detector.ts';
import { explainDetection } from '../../src/detect/explain.ts';
import { findingOf } from '../../src/detect/finding.ts';
import type { EventClass } from '../../src/domain/event.ts';
import { formatProblem } from '../../src/lib/errors.ts';
import { normalisers } from '../../src/normalise/registry.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { aDetection, anEvent } from '../support/samples.ts';
import { loadedDetection } from './support.ts';

const keyVault: EventClass = {
  id: 'key_vault',
  title: 'Key Vault',
  logSources: [{ product: 'azure', service: 'keyvault' }],
};
const activity: EventClass = {
  id: 'azure_activity',
  title: 'Activity Log',
  logSources: [
    { product: 'azure', service: 'activitylogs' },
    { product: 'azure', service: 'activity', category: 'admin' },
  ],
};

const purge = anEvent({
  class: 'key_vault',
  record: { operationName: 'KeyPurge', properties: { id: 'HTTPS://kv.example.com/keys/A' } },
});

test('an event is asked by the detections of its log source, and a match becomes a finding', () => {
  const { detection, rule, logSourceAt } = loadedDetection();
  const detector = createDetector([{ detection, rule, logSourceAt }], [activity, keyVault]);
  expect(detector.problems).toEqual([]);
  expect(detector.detections).toEqual([detection]);
  expect(detector.packVersion).toMatch(/^[\da-f]{64}$/u);

  const matches = detector.detect(purge);
  expect(matches.map(({ why, ...match }) => ({ ...match, why: why() }))).toEqual([
    {
      detection,
      event: purge,
      why: [{ field: 'operationName', value: 'KeyPurge', test: 'equals KeyPurge' }],
    },
  ]);
  expect(matches.map(findingOf)).toEqual([
    expect.objectContaining({
      id: expect.stringMatching(/^fnd-[\da-f]{20}$/u),
      detectionId: detection.id,
      detectionName: 'vault_key_purged',
      detectionVersion: detection.version,
      level: 'high',
      assertion: 'keys.protected',
      time: purge.time,
      eventId: purge.id,
      resourceId: 'https://kv.example.com/keys/a',
      actor: purge.actor,
      matched: [{ field: 'operationName', value: 'KeyPurge', test: 'equals KeyPurge' }],
      techniques: detection.techniques,
    }),
  ]);

  expect(detector.detect({ ...purge, class: 'azure_activity' })).toEqual([]);
  expect(detector.detect({ ...purge, class: 'never_heard_of' })).toEqual([]);
  expect(detector.detect({ ...purge, record: { operationName: 'KeyPurge', resultType: 'Failure' } })).toEqual(
    [],
  );
});

test('the same events give the same matches and findings', () => {
  const item = loadedDetection();
  const run = () => createDetector([item], [keyVault]).detect(purge).map(findingOf);
  expect(run()).toEqual(run());
});

describe('a rule names the parts of a log source that it cares for', () => {
  test.each([
    [{ product: 'azure' }, true],
    [{ product: 'azure', service: 'keyvault' }, true],
    [{ service: 'keyvault' }, true],
    [{ product: 'azure', service: 'storage' }, false],
    [{ product: 'aws', service: 'keyvault' }, false],
    [{ product: 'azure', service: 'keyvault', category: 'audit' }, false],
  ])('%j is answered: %s', (wanted, expected) => {
    expect(answers({ product: 'azure', service: 'keyvault' }, wanted)).toBe(expected);
  });

  test('a rule for a product runs on all its classes', () => {
    const detector = createDetector([loadedDetection({ '    service: keyvault': '' })], [activity, keyVault]);
    expect(detector.detect(purge)).toHaveLength(1);
    expect(detector.detect({ ...purge, class: 'azure_activity' })).toHaveLength(1);
  });

  test('a rule that no class answers to is a problem, because it could never match', () => {
    const detector = createDetector(
      [loadedDetection({ 'service: keyvault': 'service: pim' })],
      [activity, keyVault],
    );
    expect(detector.problems.map(formatProblem)).toEqual([
      'azure/vault_key_purged.yml:13:1  no event class answers to this log source (product azure, service pim)  name a log source that a normaliser makes; `plumbline components` lists them',
    ]);
    expect(detector.detect(purge)).toEqual([]);
  });
});

test('no record, however odd, is thrown over', () => {
  const detector = createDetector(
    [
      loadedDetection({
        'operationName: KeyPurge':
          'a.b|re: x+\n        c|cidr: 192.0.2.0/24\n        d|gt: 1\n        e|hour: 3\n        f|fieldref: a\n        g|exists: true\n        h: null',
        'resultType: Failure': 'y: z',
      }),
      loadedDetection({ 'selection:\n        operationName: KeyPurge': 'selection:\n        - needle' }),
    ],
    [keyVault],
  );
  const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'a.b', '', '.', '__proto__');
  const odd = fc.dictionary(
    key,
    fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.jsonValue()), fc.constant('\uD800'), fc.constant('x')),
  );
  fc.assert(
    fc.property(odd, (record) => {
      const matches = detector.detect({ ...purge, record });
      expect(matches.length).toBeLessThanOrEqual(2);
    }),
    { numRuns: 500 },
  );
});

describe('a finding', () => {
  const matchOn = (record: JsonObject, resourceFields: readonly string[]) =>
    findingOf({
      detection: aDetection({ resourceFields }),
      event: anEvent({ record, resourceId: '/event' }),
      why: () => [],
    });

  test.each<readonly [JsonObject, readonly string[], string]>([
    [{}, [], '/event'],
    [{}, ['a', 'b'], '/event'],
    [{ b: 'B/X' }, ['a', 'b'], 'b/x'],
    [{ a: '', b: 'B/X' }, ['a', 'b'], 'b/x'],
    [{ a: null, b: 'B/X' }, ['a', 'b'], 'b/x'],
    [{ a: 'First', b: 'Second' }, ['a', 'b'], 'first'],
    [{ targets: [{ id: 'T-1' }, { id: 'T-2' }] }, ['targets.id'], 't-1'],
  ])('of %j with resource fields %j speaks about %s', (record, fields, resource) => {
    expect(matchOn(record, fields).resourceId).toBe(resource);
  });

  test('shows values of at most 200 characters', () => {
    const finding = findingOf({
      detection: aDetection(),
      event: anEvent(),
      why: () => [{ field: 'a', value: 'x'.repeat(500), test: 'contains x' }],
    });
    expect(finding.matched[0]?.value).toHaveLength(200);
  });
});

test('an explanation shows each test with what the event has there', () => {
  expect(
    explainDetection(loadedDetection(), { id: 'e-1', record: { operationName: 'KeyDelete' } }),
  ).toMatchObject({
    detection: { name: 'vault_key_purged', level: 'high', file: 'azure/vault_key_purged.yml' },
    eventId: 'e-1',
    condition: 'selection and not filter',
    matched: false,
    searches: [
      { name: 'selection', passed: false },
      { name: 'filter', passed: false },
    ],
    leaves: [
      {
        search: 'selection',
        field: 'operationName',
        test: 'equals KeyPurge',
        actual: ['KeyDelete'],
        passed: false,
      },
      { search: 'filter', field: 'resultType', test: 'equals Failure', actual: [], passed: false },
    ],
  });
});

test.each([
  'SignInLogs',
  'NonInteractiveUserSignInLogs',
  'ServicePrincipalSignInLogs',
  'ManagedIdentitySignInLogs',
  'MicrosoftServicePrincipalSignInLogs',
  'ADFSSignInLogs',
])('a rule for sign-ins is asked about records of the category %s', (category) => {
  const received = { category, operationName: 'Sign-in activity', properties: { appDisplayName: 'Portal' } };
  const normaliser = normalisers.find((each) => each.accepts(received));
  const signIns: EventClass = {
    id: normaliser?.classes[0]?.id ?? '',
    title: 'Sign-ins',
    logSources: normaliser?.classes[0]?.logSources ?? [],
  };
  const { detection, rule, logSourceAt } = loadedDetection({
    'service: keyvault': 'service: signinlogs',
    KeyPurge: 'Sign-in activity',
  });
  const detector = createDetector([{ detection, rule, logSourceAt }], [signIns]);
  expect(detector.detect(anEvent({ class: signIns.id, record: received }))).toHaveLength(1);
});
