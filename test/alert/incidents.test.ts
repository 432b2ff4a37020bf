import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIncidentBook } from '../../src/alert/incidents.ts';
import type { IncidentBook } from '../../src/alert/incidents.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { causeOf, incidentKey } from '../../src/domain/incident.ts';
import { DAY_MS, HOUR_MS } from '../../src/lib/clock.ts';
import { T0, aFinding, anActor, resourceOf } from '../support/samples.ts';

const aBook = (rememberMs?: number): IncidentBook =>
  createIncidentBook({
    detection: (name) => ({ runbook: `1. Look at ${name}.` }),
    controlsOf: () => ['soc2:CC7.2', 'iso27001:A.8.15', 'soc2:CC7.2'],
    ...(rememberMs === undefined ? {} : { rememberMs }),
  });

test('findings of one cause become one incident with plain words, count, level, controls and a runbook', () => {
  const book = aBook();
  const changed = book.observe([
    aFinding({ id: 'fnd-2', time: T0 + HOUR_MS, level: 'medium', title: 'Diagnostic setting changed' }),
    aFinding({ id: 'fnd-1', title: 'Diagnostic settings deleted' }),
  ]);
  expect(changed).toEqual([
    {
      key: expect.stringMatching(/^inc-[0-9a-f]{20}$/),
      title: 'AI account aoai-clinical: Diagnostic settings deleted',
      level: 'high',
      assertion: 'logging.diagnostic-settings.kept',
      resourceId: resourceOf('aoai-clinical'),
      state: 'open',
      firstSeen: T0,
      lastSeen: T0 + HOUR_MS,
      count: 2,
      findingIds: ['fnd-1', 'fnd-2'],
      controls: ['iso27001:A.8.15', 'soc2:CC7.2'],
      runbook: '1. Look at azure_test_detection.',
    },
  ]);
});

test('another resource or another assertion is another incident; another detection of the same cause is not', () => {
  const book = aBook();
  book.observe([
    aFinding({ id: 'a' }),
    aFinding({ id: 'b', resourceId: resourceOf('aoai-billing') }),
    aFinding({ id: 'c', assertion: 'ai.content-safety.enforced' }),
    aFinding({ id: 'd', detectionName: 'another_detection' }),
  ]);
  expect(book.incidents().map(({ count }) => count)).toHaveLength(3);
  expect(book.incidents().map(({ count }) => count)).toContain(2);
});

test('Entra findings on the tenant are told apart by target, then actor, and name nobody in the title', () => {
  const tenant = '/tenants/00000000-0000-0000-0000-0000000000aa/providers/microsoft.aadiam';
  const book = aBook();
  book.observe([
    aFinding({ id: 'a', resourceId: tenant, target: 'Ada@example.com', title: 'Admin MFA disabled' }),
    aFinding({ id: 'b', resourceId: tenant, target: 'ada@example.com', title: 'Admin MFA disabled' }),
    aFinding({ id: 'c', resourceId: tenant, target: 'grace@example.com', title: 'Admin MFA disabled' }),
    aFinding({ id: 'd', resourceId: undefined, target: undefined, actor: anActor() }),
  ]);
  expect(
    book
      .incidents()
      .map(({ count }) => count)
      .toSorted((a, b) => a - b),
  ).toEqual([1, 1, 2]);
  expect(book.incidents().every(({ resourceId }) => resourceId === undefined)).toBe(true);
  expect(JSON.stringify(book.incidents())).not.toContain('example.com');
  expect(book.incidents()[0]?.title).toMatch(/\(ref [0-9a-f]{8}\)$/);
});

test('an object in a key vault is called by its vault, never by its own path', () => {
  const book = aBook();
  const id = 'https://kv-train-01.vault.azure.net/deletedkeys/training-cmk?x=ada';
  const [incident] = book.observe([aFinding({ resourceId: id, title: 'Key vault object purged' })]);
  expect(incident).toMatchObject({
    title: 'Key vault kv-train-01: Key vault object purged',
    resourceId: 'https://kv-train-01.vault.azure.net',
  });
  const [foreign] = book.observe([
    aFinding({ id: 'f', resourceId: 'https://evil.example.com/vault.azure.net' }),
  ]);
  expect(foreign?.resourceId).toBeUndefined();
});

test.each([
  [
    '/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/st1/blobServices/default',
    'Storage account st1',
  ],
  ['/subscriptions/s/resourcegroups/rg/providers/microsoft.new/things/t1', 'Things t1'],
  [
    '/subscriptions/s/resourcegroups/rg/providers/microsoft.authorization/roleassignments/x',
    'Resource group rg',
  ],
  ['/subscriptions/s', 'Subscription s'],
  ['/providers/microsoft.management/managementgroups/mg1', 'Managementgroups mg1'],
])('%s is called by its resource', (resourceId, label) => {
  const [incident] = aBook().observe([aFinding({ resourceId, title: 'Changed' })]);
  expect(incident?.title).toBe(`${label}: Changed`);
});

test('the same finding again changes nothing, neither the count nor the state', () => {
  const book = aBook();
  book.observe([aFinding({ id: 'a' }), aFinding({ id: 'a' })]);
  expect(book.observe([aFinding({ id: 'a' })])).toEqual([]);
  expect(book.incidents()[0]?.count).toBe(1);
  book.resolve(() => true, T0 + HOUR_MS);
  expect(book.observe([aFinding({ id: 'a' })])).toEqual([]);
  expect(book.incidents()[0]?.state).toBe('resolved');
});

test('resolving asks for each open incident, and a new finding reopens it with the same key and a fresh count', () => {
  const book = aBook();
  book.observe([aFinding({ id: 'a' }), aFinding({ id: 'b', resourceId: resourceOf('aoai-billing') })]);
  const asked: string[] = [];
  const isClear = (title: string): boolean => {
    asked.push(title);
    return title.includes('aoai-clinical');
  };
  const resolved = book.resolve((incident) => isClear(incident.title), T0 + HOUR_MS);
  expect(asked).toHaveLength(2);
  expect(resolved.map(({ state, resourceId }) => [state, resourceId])).toEqual([
    ['resolved', resourceOf('aoai-clinical')],
  ]);
  expect(book.resolve(() => false, T0 + HOUR_MS)).toEqual([]);

  const [reopened] = book.observe([aFinding({ id: 'c', time: T0 + 2 * HOUR_MS, level: 'low' })]);
  expect(reopened).toMatchObject({
    key: resolved[0]?.key,
    state: 'open',
    count: 1,
    level: 'low',
    firstSeen: T0 + 2 * HOUR_MS,
    findingIds: ['c'],
  });
});

test('a resolved incident is forgotten after the time given, an open one never', () => {
  const book = aBook(DAY_MS);
  book.observe([aFinding({ id: 'a' }), aFinding({ id: 'b', resourceId: resourceOf('aoai-billing') })]);
  book.resolve(({ title }) => title.includes('clinical'), T0);
  book.resolve(() => false, T0 + DAY_MS);
  expect(book.incidents()).toHaveLength(2);
  book.resolve(() => false, T0 + 2 * DAY_MS);
  expect(book.incidents().map(({ resourceId }) => resourceId)).toEqual([resourceOf('aoai-billing')]);
});

test('an incident shows the newest 20 finding ids and counts all', () => {
  const book = aBook();
  const findings = Array.from({ length: 50 }, (_, i) =>
    aFinding({ id: `fnd-${String(i).padStart(2, '0')}`, time: T0 + i }),
  );
  const [incident] = book.observe(findings.toReversed());
  expect(incident?.count).toBe(50);
  expect(incident?.findingIds).toEqual(findings.slice(-20).map(({ id }) => id));
});

test('a finding whose rule is gone still makes an incident, with an empty runbook', () => {
  const book = createIncidentBook({ detection: () => undefined, controlsOf: () => [] });
  expect(book.observe([aFinding()])[0]).toMatchObject({ runbook: '', controls: [] });
});

const findings = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 3 }),
    time: fc.integer({ min: T0, max: T0 + 20 }),
    level: fc.constantFrom('low' as const, 'medium' as const, 'high' as const),
    account: fc.constantFrom('a', 'b', 'c'),
    detectionName: fc.constantFrom('first', 'second'),
    title: fc.constantFrom('One', 'Two'),
  }),
  { selector: ({ id }) => id, maxLength: 60 },
);
const asFindings = (drafts: readonly (Partial<Finding> & { account: string })[]): Finding[] =>
  drafts.map(({ account, ...draft }) => aFinding({ ...draft, resourceId: resourceOf(account) }));

test('any order, repetition or batching of the same findings gives the same incidents', () => {
  fc.assert(
    fc.property(findings, fc.infiniteStream(fc.nat()), (drafts, randoms) => {
      const whole = aBook();
      whole.observe(asFindings(drafts));

      const mixed = aBook();
      const shuffled = [...drafts, ...drafts.slice(0, 5)]
        .map((draft) => ({ draft, at: randoms.next().value ?? 0 }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ draft }) => draft);
      while (shuffled.length > 0) mixed.observe(asFindings(shuffled.splice(0, 1 + (shuffled.length % 7))));
      expect(mixed.incidents()).toEqual(whole.incidents());
    }),
  );
});

test('counts add up to the distinct findings, and every key follows from its cause', () => {
  fc.assert(
    fc.property(findings, (drafts) => {
      const book = aBook();
      const all = asFindings(drafts);
      book.observe(all);
      expect(book.incidents().reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      expect(new Set(book.incidents().map(({ key }) => key))).toEqual(
        new Set(all.map((finding) => incidentKey(causeOf(finding)))),
      );
    }),
  );
});
