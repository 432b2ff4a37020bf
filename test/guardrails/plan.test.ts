import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PipelineError } from '../../src/lib/errors.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { readCheckReport } from '../../src/guardrails/read-report.ts';
import { readPlan } from '../../src/guardrails/plan.ts';
import { planJson, refersTo, resultsOf, ukOnly } from './plans.ts';
import type { PlanItem } from './plans.ts';

const search = (over: Partial<PlanItem> = {}): PlanItem => ({
  at: 'azurerm_search_service.s',
  after: { location: 'uksouth' },
  ...over,
});

describe('what is checked is what there will be after apply', () => {
  test.each([
    [['create'], true],
    [['update'], true],
    [['delete', 'create'], true],
    [['create', 'delete'], true],
    [['no-op'], true],
    [['delete'], false],
    [['forget'], false],
  ])('actions %j', (actions, isChecked) => {
    expect(resultsOf([search({ actions })]).length > 0).toBe(isChecked);
  });

  test('a resource whose values are all unknown yields unknown, never a pass', () => {
    const results = resultsOf([search({ after: {}, unknown: true })]);
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
  });

  test('each instance is a resource of its own', () => {
    const items = ['a', 'b'].map((key) => search({ at: `azurerm_search_service.s["${key}"]` }));
    expect(new Set(resultsOf(items).map(({ resource }) => resource)).size).toBe(2);
  });
});

test('a plan that ended with an error, or was deferred, is incomplete: that is unknown, whatever else passes', () => {
  for (const over of [{ errored: true }, { complete: false }]) {
    const last = resultsOf([], ukOnly, over).at(-1);
    expect([last?.rule, last?.outcome]).toEqual(['plan/complete', 'unknown']);
  }
  expect(resultsOf([])).toEqual([]);
});

test('a value that the plan marks as sensitive is never said', () => {
  const item = search({
    after: {
      customer_managed_key_enforcement_enabled: 'hush-value',
      public_network_access_enabled: 'hush-value',
    },
    sensitive: { customer_managed_key_enforcement_enabled: true, public_network_access_enabled: true },
  });
  const text = JSON.stringify(resultsOf([item]));
  expect(text).not.toContain('hush-value');
  expect(text).toContain('(sensitive)');
});

describe('references', () => {
  const inModule = (
    expression: JsonObject,
    outputs: JsonObject = {},
    argument: JsonObject = {},
  ): JsonObject => {
    const plan = planJson([
      {
        at: 'module.ai.azurerm_cognitive_account.a',
        after: {},
        unknown: { customer_managed_key: [{ key_vault_key_id: true }] },
      },
    ]);
    return {
      ...plan,
      resource_changes: (plan['resource_changes'] as JsonObject[]).map((change) => ({
        ...change,
        type: 'azurerm_cognitive_account',
        name: 'a',
      })),
      configuration: {
        root_module: {
          module_calls: {
            keys: { module: { outputs } },
            ai: {
              expressions: { key_id: argument },
              module: {
                resources: [
                  {
                    address: 'azurerm_cognitive_account.a',
                    expressions: { customer_managed_key: [{ key_vault_key_id: expression }] },
                    for_each_expression: refersTo('azurerm_key_vault_key.each'),
                  },
                ],
              },
            },
          },
        },
      },
    };
  };
  const referred = (plan: JsonObject) => {
    const value = readPlan(plan).resources[0]?.read('customer_managed_key.key_vault_key_id');
    return value?.kind === 'unknown' ? value.refers : undefined;
  };

  test('are followed within a module, through its variables, and through the outputs of another', () => {
    expect(referred(inModule(refersTo('azurerm_key_vault_key.k.id')))).toEqual([
      'module.ai.azurerm_key_vault_key.k',
    ]);
    expect(referred(inModule(refersTo('var.key_id'), {}, refersTo('azurerm_key_vault_key.root.id')))).toEqual(
      ['azurerm_key_vault_key.root'],
    );
    const output = { id: { expression: refersTo('azurerm_key_vault_key.inner.id') } };
    expect(referred(inModule(refersTo('var.key_id'), output, { references: ['module.keys.id'] }))).toEqual([
      'module.keys.azurerm_key_vault_key.inner',
    ]);
    expect(referred(inModule(refersTo('each.value')))).toEqual(['module.ai.azurerm_key_vault_key.each']);
    expect(referred(inModule(refersTo('local.key')))).toEqual([]);
  });

  test('that go round in a circle come to nothing', () => {
    const output = { id: { expression: { references: ['module.keys.id'] } } };
    expect(referred(inModule(refersTo('var.key_id'), output, { references: ['module.keys.id'] }))).toEqual(
      [],
    );
  });
});

test('data that was read while planning comes from the prior state', () => {
  const role = planJson([
    { at: 'aws_iam_role.r', after: { name: 'r' }, unknown: { assume_role_policy: true } },
  ]);
  const prior_state = {
    values: {
      root_module: {
        child_modules: [
          {
            resources: [
              {
                address: 'module.x.data.aws_region.r',
                mode: 'data',
                type: 'aws_region',
                name: 'r',
                values: { id: 'x' },
              },
            ],
          },
        ],
      },
    },
  };
  expect(readPlan({ ...role, prior_state }).resources.map(({ address, mode }) => [address, mode])).toEqual([
    ['aws_iam_role.r', 'managed'],
    ['module.x.data.aws_region.r', 'data'],
  ]);
});

describe('a file that cannot be read says what to do', () => {
  test.each([
    ['PK\u0003\u0004', /terraform show -json tfplan > plan\.json/],
    ['{"format_version":"1.2","resource_cha', /cut short/],
    ['{"hello":1}', /neither a plan/],
    ['{"format_version":"1.2","resource_changes":[{"address":1}]}', /whose shape is not known/],
    ['\u00ff', /not JSON/],
  ])('%j', (text, message) => {
    const read = () => readCheckReport(Buffer.from(text), 'tfplan', ukOnly);
    expect(read).toThrow(PipelineError);
    expect(read).toThrow(message);
  });

  test('bytes that are no text', () => {
    expect(() => readCheckReport(Buffer.from([0xff, 0xfe, 0x00]), 'tfplan', ukOnly)).toThrow('not UTF-8');
  });
});

test('whatever stands in a plan, it is read or refused with words, and never passes on what is unknown', () => {
  const kinds = [
    'azurerm_cognitive_account',
    'azurerm_role_assignment',
    'azapi_resource',
    'aws_iam_role',
    'aws_iam_role_policy',
    'aws_s3_bucket',
    'aws_sagemaker_model',
    'azurerm_storage_account',
  ];
  const value = fc.jsonValue() as fc.Arbitrary<JsonValue>;
  const members = fc.dictionary(
    fc.constantFrom(
      'location',
      'type',
      'body',
      'tags',
      'sku',
      'network_acls',
      'policy',
      'role',
      'assume_role_policy',
      'inline_policy',
    ),
    value,
  );
  fc.assert(
    fc.property(fc.constantFrom(...kinds), members, value, value, (kind, after, unknown, expressions) => {
      const plan = planJson([
        { at: `${kind}.training`, after, unknown, expressions: expressions as JsonObject },
      ]);
      const read = () => readCheckReport(Buffer.from(JSON.stringify(plan)), 'p', ukOnly);
      for (const { detail, rule } of read().results) expect([detail, rule]).not.toContain('');
      const blank = planJson([{ at: `${kind}.training`, after: {}, unknown: true }]);
      const later = readCheckReport(Buffer.from(JSON.stringify(blank)), 'p', ukOnly).results;
      expect(later.filter(({ outcome }) => outcome === 'pass')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
