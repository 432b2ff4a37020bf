import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/lib/json.ts';
import { refersTo, resultsOf, ukOnly, verdictOf } from './plans.ts';
import type { PlanItem } from './plans.ts';

const zero = '00000000-0000-0000-0000-000000000000';
const account = (after: JsonObject = {}, unknown: JsonObject = {}): PlanItem => ({
  at: 'azurerm_cognitive_account.ai',
  after: { name: 'aoai-example', location: 'uksouth', kind: 'OpenAI', ...after },
  unknown,
});
const closedAccount = account({
  public_network_access_enabled: false,
  local_auth_enabled: false,
  customer_managed_key: [{ key_vault_key_id: 'https://kv-example.vault.azure.net/keys/ai/1' }],
});

test('an account that keeps to every guardrail passes each of them', () => {
  const results = resultsOf([closedAccount]);
  expect(results.map(({ rule, outcome }) => [rule, outcome])).toEqual([
    ['data-residency/approved-region', 'pass'],
    ['network-isolation/public-network-access', 'pass'],
    ['encryption-at-rest/customer-key', 'pass'],
    ['least-privilege/no-keys', 'pass'],
  ]);
});

test('an account of defaults fails network, key and key access, and says why and what to do', () => {
  const results = resultsOf([account()]).filter(({ outcome }) => outcome === 'fail');
  expect(results.map(({ rule, level, assertion }) => [rule, level, assertion])).toEqual([
    ['network-isolation/public-network-access', 'high', 'ai.network.private'],
    ['encryption-at-rest/customer-key', 'high', 'encryption.customer-managed-keys'],
    ['least-privilege/no-keys', 'medium', 'ai.access.keyless'],
  ]);
  expect(results[0]?.detail).toBe('public_network_access_enabled is not set, and open is the default');
  expect(results[0]?.fix).toContain('private endpoint');
});

describe('a public endpoint', () => {
  const rule = 'network-isolation/public-network-access';
  test.each<[string, string, PlanItem]>([
    ['fails', 'fail:high', account({ public_network_access_enabled: true })],
    [
      'passes when selected networks alone get in',
      'pass:high',
      account({ public_network_access_enabled: true, network_acls: [{ default_action: 'Deny' }] }),
    ],
    [
      'fails when the rules let in by default',
      'fail:high',
      account({ network_acls: [{ default_action: 'Allow' }] }),
    ],
    ['is unknown after apply', 'unknown:high', account({}, { public_network_access_enabled: true })],
    [
      'is unknown when the rules are',
      'unknown:high',
      account({ public_network_access_enabled: true }, { network_acls: [{ default_action: true }] }),
    ],
    [
      'of a search service fails',
      'fail:high',
      { at: 'azurerm_search_service.s', after: { location: 'uksouth' } },
    ],
    [
      'of a search service passes when addresses are named',
      'pass:high',
      { at: 'azurerm_search_service.s', after: { allowed_ips: ['192.0.2.1'] } },
    ],
    [
      'of a search service fails when everybody is named',
      'fail:high',
      { at: 'azurerm_search_service.s', after: { allowed_ips: ['0.0.0.0/0'] } },
    ],
    [
      'of a search service is unknown with unknown addresses',
      'unknown:high',
      { at: 'azurerm_search_service.s', after: {}, unknown: { allowed_ips: true } },
    ],
    [
      'of AI Services fails by word',
      'fail:high',
      { at: 'azurerm_ai_services.s', after: { public_network_access: 'Enabled' } },
    ],
    [
      'of an ML workspace passes when off',
      'pass:high',
      { at: 'azurerm_machine_learning_workspace.w', after: { public_network_access_enabled: false } },
    ],
    [
      'of an online endpoint written with azapi fails',
      'fail:high',
      {
        at: 'azapi_resource.endpoint',
        after: {
          type: 'Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-10-01',
          body: { properties: { publicNetworkAccess: 'Enabled' } },
        },
      },
    ],
    [
      'is read out of an azapi body that is text',
      'pass:high',
      {
        at: 'azapi_resource.account',
        after: {
          type: 'Microsoft.CognitiveServices/accounts@2024-10-01',
          body: '{"properties":{"publicNetworkAccess":"Disabled"}}',
        },
      },
    ],
    [
      'is unknown in a body that is not known yet',
      'unknown:high',
      {
        at: 'azapi_resource.account',
        after: { type: 'Microsoft.CognitiveServices/accounts@2024-10-01' },
        unknown: { body: true },
      },
    ],
  ])('%s', (_what, expected, item) => {
    expect(verdictOf(rule, [item])).toBe(expected);
  });
});

describe('keys of the customer', () => {
  const rule = 'encryption-at-rest/customer-key';
  test('may be named by a resource of their own', () => {
    const apart: PlanItem = {
      at: 'azurerm_cognitive_account_customer_managed_key.k',
      after: { key_vault_key_id: 'https://kv-example.vault.azure.net/keys/ai/1' },
      expressions: { cognitive_account_id: refersTo('azurerm_cognitive_account.ai.id') },
    };
    expect(verdictOf(rule, [account(), apart])).toBe('pass:high');
    expect(verdictOf(rule, [account(), { ...apart, expressions: {} }])).toBe('fail:high');
    const later = { ...apart, after: {}, unknown: { key_vault_key_id: true } };
    expect(verdictOf(rule, [account(), later])).toBe('unknown:high');
  });

  test('that are known after apply are unknown, and the result names where they come from', () => {
    const item: PlanItem = {
      at: 'azurerm_machine_learning_workspace.w',
      after: { encryption: [{}] },
      unknown: { encryption: [{ key_id: true }] },
      expressions: { encryption: [{ key_id: refersTo('azurerm_key_vault_key.ml.id') }] },
    };
    const result = resultsOf([item]).find((one) => one.rule === rule);
    expect([result?.outcome, result?.detail]).toEqual([
      'unknown',
      'encryption.key_id is known after apply (from azurerm_key_vault_key.ml)',
    ]);
  });

  test('are demanded of a search service', () => {
    const search = (on: boolean): PlanItem => ({
      at: 'azurerm_search_service.s',
      after: { customer_managed_key_enforcement_enabled: on },
    });
    expect([verdictOf(rule, [search(true)]), verdictOf(rule, [search(false)])]).toEqual([
      'pass:high',
      'fail:high',
    ]);
  });
});

describe('data residency', () => {
  const rule = 'data-residency/approved-region';
  test.each([
    ['uksouth', 'pass:high'],
    ['UK South', 'pass:high'],
    ['eastus', 'fail:high'],
  ])('judges the location %s', (location, expected) => {
    expect(verdictOf(rule, [account({ location })])).toBe(expected);
  });

  test('is unknown while nobody has said which regions are approved', () => {
    expect(verdictOf(rule, [account()], { regions: [], allowDataZones: false })).toBe('unknown:high');
  });

  test.each([
    ['Standard', false, 'pass:high'],
    ['GlobalStandard', false, 'fail:high'],
    ['GlobalProvisionedManaged', true, 'fail:high'],
    ['DataZoneStandard', false, 'fail:high'],
    ['DataZoneBatch', true, 'pass:high'],
  ])('judges a deployment of SKU %s (data zones approved: %s)', (name, allowDataZones, expected) => {
    const policy = { ...ukOnly, allowDataZones };
    const deployment = 'data-residency/processing';
    expect(
      verdictOf(deployment, [{ at: 'azurerm_cognitive_deployment.d', after: { sku: [{ name }] } }], policy),
    ).toBe(expected);
    expect(
      verdictOf(
        deployment,
        [{ at: 'azurerm_cognitive_deployment.d', after: { scale: [{ type: name }] } }],
        policy,
      ),
    ).toBe(expected);
    const azapi = {
      type: 'Microsoft.CognitiveServices/accounts/deployments@2024-10-01',
      body: { sku: { name } },
    };
    expect(verdictOf(deployment, [{ at: 'azapi_resource.d', after: azapi }], policy)).toBe(expected);
  });

  test('says that copies in a paired region are for someone to look at', () => {
    const store = (kind: string): PlanItem => ({
      at: 'azurerm_storage_account.training',
      after: { name: 'sttraining', location: 'uksouth', account_replication_type: kind },
    });
    const copies = 'data-residency/copies';
    expect(['LRS', 'ZRS', 'GRS', 'RAGZRS'].map((kind) => verdictOf(copies, [store(kind)]))).toEqual([
      'pass:medium',
      'pass:medium',
      'unknown:medium',
      'unknown:medium',
    ]);
  });
});

describe('stores of training data', () => {
  const store: PlanItem = {
    at: 'azurerm_storage_account.main',
    after: { name: 'stmain', location: 'uksouth', public_network_access_enabled: true },
  };
  const rule = 'network-isolation/public-network-access';

  test('are those that an AI resource uses, or whose name or tags say so; others are left alone', () => {
    expect(resultsOf([store])).toEqual([]);
    const workspace: PlanItem = {
      at: 'azurerm_machine_learning_workspace.w',
      expressions: { storage_account_id: refersTo('azurerm_storage_account.main.id') },
    };
    expect(verdictOf(rule, [store, workspace])).toBe('fail:high');
    expect(
      verdictOf(rule, [{ ...store, after: { ...store.after, tags: { purpose: 'model training' } } }]),
    ).toBe('fail:high');
  });

  test('may have their network rules in a resource of their own', () => {
    const training = { ...store, after: { ...store.after, name: 'stdataset' } };
    const rules: PlanItem = {
      at: 'azurerm_storage_account_network_rules.r',
      after: { default_action: 'Deny' },
      expressions: { storage_account_id: refersTo('azurerm_storage_account.main.id') },
    };
    expect(verdictOf(rule, [training, rules])).toBe('pass:high');
  });

  test('must not be open to anonymous readers', () => {
    const blobs = 'network-isolation/no-public-blobs';
    const with_ = (value: boolean | undefined): PlanItem => ({
      ...store,
      after: {
        name: 'stdataset',
        ...(value === undefined ? {} : { allow_nested_items_to_be_public: value }),
      },
    });
    expect([false, true, undefined].map((value) => verdictOf(blobs, [with_(value)]))).toEqual([
      'pass:high',
      'fail:high',
      'fail:high',
    ]);
  });
});

describe('roles', () => {
  const rule = 'least-privilege/role-assignment';
  const assignment = (
    after: JsonObject,
    expressions: JsonObject = {},
    unknown: JsonObject = {},
  ): PlanItem => ({
    at: 'azurerm_role_assignment.a',
    after,
    unknown,
    expressions: { scope: refersTo('azurerm_cognitive_account.ai.id'), ...expressions },
  });

  test('over an AI account must not be broad', () => {
    const verdict = (name: string) =>
      verdictOf(rule, [assignment({ role_definition_name: name }), account()]);
    expect(verdict('Owner')).toBe('fail:high');
    expect(verdict('Cognitive Services OpenAI User')).toBe('pass:high');
  });

  test('are known by their ids', () => {
    const id = `/subscriptions/${zero}/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`;
    expect(verdictOf(rule, [assignment({ role_definition_id: id }), account()])).toBe('fail:high');
  });

  test('of an identity that an AI resource runs as are critical over a subscription', () => {
    const identity: PlanItem = { at: 'azurerm_user_assigned_identity.u' };
    const workspace: PlanItem = {
      at: 'azurerm_machine_learning_workspace.w',
      expressions: { identity: [{ identity_ids: refersTo('azurerm_user_assigned_identity.u.id') }] },
    };
    const given = assignment(
      { role_definition_name: 'Contributor', scope: `/subscriptions/${zero}` },
      { scope: {}, principal_id: refersTo('azurerm_user_assigned_identity.u.principal_id') },
    );
    expect(verdictOf(rule, [given, identity, workspace])).toBe('fail:critical');
    expect(verdictOf(rule, [given, identity])).toBeUndefined();
  });

  test('that are not known yet are unknown', () => {
    expect(verdictOf(rule, [assignment({}, {}, { role_definition_name: true }), account()])).toBe(
      'unknown:high',
    );
    expect(verdictOf(rule, [assignment({}, {}, { role_definition_id: true }), account()])).toBe(
      'unknown:high',
    );
    expect(verdictOf(rule, [assignment({}), account()])).toBe('unknown:high');
  });

  test.each([
    [['*'], 'fail:critical'],
    [['Microsoft.CognitiveServices/*', 'Microsoft.Resources/deployments/read'], 'fail:high'],
    [['Microsoft.CognitiveServices/accounts/read'], 'pass:high'],
    [['Microsoft.Compute/*'], undefined],
  ])('of one’s own with %j', (actions, expected) => {
    const item: PlanItem = { at: 'azurerm_role_definition.r', after: { permissions: [{ actions }] } };
    expect(verdictOf('least-privilege/role-definition', [item])).toBe(expected);
  });
});
