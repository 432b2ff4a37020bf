import { expect, describe, test } from 'vitest';
import { createCorrelating } from '../../../src/detect/correlate/correlating.ts';
import { tieCorrelations } from '../../../src/detect/correlate/tie.ts';
import { loadDetections } from '../../../src/detect/load.ts';
import { readDetectionFolder } from '../../../src/detect/read-folder.ts';
import type { Finding } from '../../../src/domain/finding.ts';
import { formatProblem } from '../../../src/lib/errors.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { evaluate } from '../../../src/sigma/evaluate.ts';
import { sigmaSchema } from '../../support/sigma-schema.ts';
import { anEvent, T0 } from '../../support/samples.ts';

const texts = readDetectionFolder('detections');
const loaded = loadDetections(texts);
const tied = tieCorrelations(loaded.correlations, loaded.items);

interface Step {
  /** Minutes after the start. */
  readonly at: number;
  /** The detection that has to match the record. */
  readonly rule: string;
  readonly record: JsonObject;
}

const account = (name: string): string =>
  `/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/RG-AI/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/${name}`;

const keyListed = (at: number, name = 'AOAI-CLINICAL'): Step => ({
  at,
  rule: 'azure_openai_keys_listed',
  record: {
    resourceId: account(name),
    operationName: 'MICROSOFT.COGNITIVESERVICES/ACCOUNTS/LISTKEYS/ACTION',
    category: 'Administrative',
    resultType: 'Success',
  },
});

const keyUsed = (
  at: number,
  lengths: { request?: number; response?: number } = {},
  name = 'aoai-clinical',
): Step => ({
  at,
  rule: 'azure_openai_key_used_from_public_network',
  record: {
    resourceId: account(name),
    category: 'RequestResponse',
    callerIpAddress: '203.0.113.***',
    resultSignature: '200',
    properties: {
      objectId: '',
      requestLength: lengths.request ?? 900,
      responseLength: lengths.response ?? 700,
    },
  },
});

const ownerGranted = (at: number, actor: string): Step => ({
  at,
  rule: 'azure_owner_role_assigned',
  record: {
    operationName: 'MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE',
    resultType: 'Success',
    identity: { claims: { 'http://schemas.microsoft.com/identity/claims/objectidentifier': actor } },
    properties: { requestbody: '{"RoleDefinitionId":"8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}' },
  },
});

const credentialAdded = (at: number, actor: string): Step => ({
  at,
  rule: 'entra_app_credential_added',
  record: {
    category: 'AuditLogs',
    operationName: 'Update application – Certificates and secrets management ',
    properties: {
      result: 'success',
      initiatedBy: { user: { id: actor } },
      targetResources: [{ id: '00000000-0000-0000-0000-00000000f001', displayName: 'claims-batch' }],
    },
  },
});

const mfaDisabled = (at: number, user: string): Step => ({
  at,
  rule: 'entra_admin_mfa_disabled',
  record: {
    category: 'AuditLogs',
    operationName: 'Disable Strong Authentication',
    properties: { result: 'success', targetResources: [{ userPrincipalName: user }] },
  },
});

const singleFactor = (at: number, user: string): Step => ({
  at,
  rule: 'entra_portal_signin_single_factor',
  record: {
    category: 'SignInLogs',
    resultType: 0,
    properties: {
      authenticationRequirement: 'singleFactorAuthentication',
      appDisplayName: 'Azure Portal',
      userPrincipalName: user,
    },
  },
});

const blobRead = (at: number, store = 'sttraining01'): Step => ({
  at,
  rule: 'storage_training_data_bulk_copy',
  record: {
    resourceId: `/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/${store}/blobServices/default`,
    category: 'StorageRead',
    operationName: 'GetBlob',
    statusCode: 200,
    callerIpAddress: '198.51.100.7:50123',
    uri: `https://${store}.blob.core.windows.net/trainingdata/part-1.parquet`,
    identity: { type: 'SAS' },
    properties: { userAgentHeader: 'AzCopy/10.27.1', objectKey: `/${store}/trainingdata/part-1.parquet` },
  },
});

const locked = (at: number, user: string, ip = '203.0.113.9'): Step => ({
  at,
  rule: 'entra_account_locked',
  record: {
    category: 'SignInLogs',
    resultType: 50_053,
    callerIpAddress: ip,
    properties: { userPrincipalName: user },
  },
});

const many = (count: number, make: (index: number) => Step): readonly Step[] =>
  Array.from({ length: count }, (_, i) => make(i));
const user = (index: number): string => `user-${index}@example.com`;
const ada = 'ada@example.com';

/** For each correlation: what it finds, and what comes close to it. */
const cases: Readonly<
  Record<string, { match: Record<string, readonly Step[]>; miss: Record<string, readonly Step[]> }>
> = {
  azure_openai_key_listed_then_used: {
    match: {
      'a call half an hour later': [keyListed(0), keyUsed(30)],
      'a call four hours later to the minute': [keyListed(0), keyUsed(240)],
    },
    miss: {
      'the call came first': [keyUsed(0), keyListed(30)],
      'the call came after more than four hours': [keyListed(0), keyUsed(241)],
      'the call came to another account': [keyListed(0), keyUsed(30, {}, 'aoai-claims')],
    },
  },
  azure_owner_granted_then_app_credential_added: {
    match: {
      'by the same account': [ownerGranted(0, 'ACTOR-1'), credentialAdded(21, 'actor-1')],
      'a day later': [ownerGranted(0, 'actor-1'), credentialAdded(1440, 'actor-1')],
    },
    miss: {
      'by another account': [ownerGranted(0, 'actor-1'), credentialAdded(21, 'actor-2')],
      'the credential came first': [credentialAdded(0, 'actor-1'), ownerGranted(21, 'actor-1')],
    },
  },
  entra_mfa_disabled_and_portal_signin: {
    match: {
      'the sign-in follows': [mfaDisabled(0, ada), singleFactor(17, ada)],
      'the sign-in is logged as earlier': [singleFactor(0, ada), mfaDisabled(17, ada)],
    },
    miss: {
      'somebody else signs in': [mfaDisabled(0, ada), singleFactor(17, 'ben@example.com')],
      'the sign-in is two days later': [mfaDisabled(0, ada), singleFactor(2880, ada)],
    },
  },
  storage_training_data_mass_copy: {
    match: {
      'fifty objects in ten minutes': many(50, (i) => blobRead(i / 5)),
      'fifty objects in an hour': many(50, (i) => blobRead((i * 60) / 49)),
    },
    miss: {
      'forty-nine objects': many(49, (i) => blobRead(i / 5)),
      'fifty objects in two accounts': many(50, (i) =>
        blobRead(i / 5, i % 2 === 0 ? 'sttraining01' : 'sttraining02'),
      ),
      'fifty objects in an hour and a half': many(50, (i) => blobRead((i * 90) / 49)),
    },
  },
  entra_lockouts_of_many_accounts: {
    match: {
      'five accounts': many(5, (i) => locked(i, user(i))),
      'five accounts among repetitions': many(12, (i) => locked(i, user(i % 5))),
    },
    miss: {
      'four accounts, many times': many(20, (i) => locked(i, user(i % 4))),
      'five accounts from two addresses': many(5, (i) => locked(i, user(i), `203.0.113.${i % 2}`)),
      'one account in five spellings': many(5, (i) =>
        locked(i, `User@${'EXAMPLE'.slice(0, i)}${'example'.slice(i)}.com`),
      ),
    },
  },
  azure_openai_key_answers_volume: {
    match: {
      'one character above': [keyUsed(0, { response: 500_000 }), keyUsed(5, { response: 1 })],
      'many answers': many(30, (i) => keyUsed(i, { response: 20_000 })),
    },
    miss: {
      'half a million to the character': [keyUsed(0, { response: 499_999 }), keyUsed(5, { response: 1 })],
      'spread over two hours': many(30, (i) => keyUsed(i * 5, { response: 20_000 })),
    },
  },
  azure_openai_key_long_prompts: {
    match: {
      'every prompt is long': many(3, (i) => keyUsed(i, { request: 50_000 })),
      'half of them are': [keyUsed(0, { request: 40_000 }), keyUsed(0, { request: 60_000 })],
    },
    miss: {
      'every prompt is short': many(3, (i) => keyUsed(i, { request: 39_999 })),
      'one long document among short prompts': [
        keyUsed(0, { request: 10 }),
        keyUsed(1, { request: 10 }),
        keyUsed(2, { request: 900_000 }),
      ],
    },
  },
  azure_openai_key_average_answer: {
    match: {
      'all at the threshold': many(3, (i) => keyUsed(i, { response: 15_000 })),
      'some above, some below': [keyUsed(0, { response: 10_000 }), keyUsed(1, { response: 20_000 })],
    },
    miss: {
      'a character less': [keyUsed(0, { response: 15_000 - 1 }), keyUsed(1, { response: 15_000 })],
      'answers without a length': many(3, (i) => ({
        ...keyUsed(i),
        record: { ...keyUsed(i).record, properties: { objectId: '', responseLength: 'long' } },
      })),
    },
  },
  azure_openai_stolen_key_at_work: {
    match: {
      'listed, used, and much answered': [keyListed(0), keyUsed(30, { response: 600_000 })],
      'much answered in the evening': [keyListed(0), keyUsed(30), keyUsed(600, { response: 600_000 })],
    },
    miss: {
      'little answered': [keyListed(0), keyUsed(30, { response: 6000 })],
      'never listed': [keyUsed(30, { response: 600_000 })],
      'much answered by another account': [
        keyListed(0),
        keyUsed(30),
        keyUsed(40, { response: 600_000 }, 'aoai-other'),
      ],
    },
  },
};

function findingsOf(steps: readonly Step[]): readonly Finding[] {
  const correlating = createCorrelating({
    correlations: tied,
    latenessMs: 0,
    idleAfterMs: Infinity,
    lost: () => undefined,
  });
  const found = steps.flatMap(({ at, rule, record }, index) => {
    const item = loaded.items.find(({ detection }) => detection.name === rule);
    if (item === undefined || !evaluate(item.rule, record).matched)
      throw new Error(`${rule} does not match ${index}`);
    const event = anEvent({ id: `event-${String(index).padStart(3, '0')}`, time: T0 + at * 60_000, record });
    const message = { stream: 'one', receivedAt: T0 + 10 * 86_400_000 };
    return correlating.take(
      message,
      [event],
      [{ event, matches: [{ detection: item.detection, event, matched: [] }] }],
    );
  });
  return [...found, ...correlating.finish()].map(({ finding }) => finding);
}

test('a listed key that is used outside makes one critical finding that names both events', () => {
  const [finding, ...others] = findingsOf([keyListed(0), keyUsed(30), keyUsed(31)]).filter(
    ({ detectionName }) => detectionName === 'azure_openai_key_listed_then_used',
  );
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ level: 'critical', eventId: 'event-001', time: T0 + 30 * 60_000 });
  expect(finding?.matched).toEqual([
    { field: 'temporal_ordered', value: '2', test: 'of 2 rules in order >= 2 within 4h' },
    { field: 'window', value: '2026-03-02T09:00:00.000Z/2026-03-02T09:30:00.000Z', test: 'at most 4h' },
    { field: 'resourceId', value: account('aoai-clinical').toLowerCase(), test: 'the same for all' },
    { field: 'events', value: '2', test: 'in the window' },
    { field: 'event', value: 'event-000', test: 'part of the window' },
    { field: 'event', value: 'event-001', test: 'part of the window' },
  ]);
});

test('every shipped correlation loads, ties to its rules, leaves their findings alone, and is tested here', () => {
  expect([...loaded.problems, ...tied.problems].map(formatProblem)).toEqual([]);
  expect([...tied.silent]).toEqual([]);
  expect(tied.items.map(({ detection }) => detection.name).toSorted()).toEqual(Object.keys(cases).toSorted());
  expect(new Set(tied.items.map(({ plan }) => plan.correlation.type)).size).toBe(7);
});

test('every shipped correlation is valid by the JSON Schema of the specification', () => {
  const check = sigmaSchema('correlation-rules');
  const faults = texts
    .filter(({ file }) => file.includes('/correlations/'))
    .flatMap(({ file, text }) => (check?.(text) ?? []).map((fault) => `${file}: ${fault}`));
  expect(faults).toEqual([]);
});

describe.each(Object.entries(cases))('%s', (name, { match, miss }) => {
  test('has two matches and two near misses or more', () => {
    expect(Object.keys(match).length).toBeGreaterThanOrEqual(2);
    expect(Object.keys(miss).length).toBeGreaterThanOrEqual(2);
  });
  test.each(Object.entries(match))('finds: %s', (_, steps) => {
    expect(findingsOf(steps).filter(({ detectionName }) => detectionName === name)).not.toEqual([]);
  });
  test.each(Object.entries(miss))('does not find: %s', (_, steps) => {
    expect(findingsOf(steps).filter(({ detectionName }) => detectionName === name)).toEqual([]);
  });
});
