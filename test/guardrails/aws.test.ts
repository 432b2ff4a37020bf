import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { planJson, refersTo, resultsOf, ukOnly, verdictOf } from './plans.ts';
import type { PlanItem } from './plans.ts';

const trust = (service: string): string =>
  JSON.stringify({
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } }],
  });
const policy = (statement: JsonValue): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statement });
const role: PlanItem = {
  at: 'aws_iam_role.sagemaker',
  after: { name: 'ml-execution', assume_role_policy: trust('sagemaker.amazonaws.com') },
};
const inline = (document: string): PlanItem => ({
  at: 'aws_iam_role_policy.p',
  after: { policy: document },
  expressions: { role: refersTo('aws_iam_role.sagemaker.id') },
});

test('a notebook that keeps to every guardrail passes, with its region from the provider', () => {
  const notebook: PlanItem = {
    at: 'aws_sagemaker_notebook_instance.n',
    after: {
      direct_internet_access: 'Disabled',
      subnet_id: 'subnet-00000000',
      kms_key_id: 'arn:aws:kms:eu-west-2:000000000000:key/00000000-0000-0000-0000-000000000000',
      root_access: 'Disabled',
    },
  };
  const results = resultsOf([notebook]);
  expect(results.map(({ rule, outcome }) => [rule, outcome])).toEqual([
    ['data-residency/approved-region', 'pass'],
    ['network-isolation/compute-isolated', 'pass'],
    ['network-isolation/own-network', 'pass'],
    ['encryption-at-rest/customer-key', 'pass'],
    ['least-privilege/no-root', 'pass'],
  ]);
});

test('a notebook of defaults fails all but its region', () => {
  const failed = resultsOf([{ at: 'aws_sagemaker_notebook_instance.n' }]).filter(
    ({ outcome }) => outcome === 'fail',
  );
  expect(failed.map(({ rule }) => rule)).toEqual([
    'network-isolation/compute-isolated',
    'network-isolation/own-network',
    'encryption-at-rest/customer-key',
    'least-privilege/no-root',
  ]);
});

describe('regions', () => {
  const model: PlanItem = { at: 'aws_sagemaker_model.m' };
  const rule = 'data-residency/approved-region';
  const regionResult = (item: PlanItem, provider: JsonObject, variables: JsonObject = {}) => {
    const { configuration } = planJson([item]) as { configuration: JsonObject };
    return resultsOf([item], ukOnly, {
      configuration: { ...configuration, provider_config: provider },
      variables,
    }).find((result) => result.rule === rule);
  };

  test('of the resource go before those of the provider', () => {
    expect(verdictOf(rule, [{ ...model, after: { region: 'us-east-1' } }])).toBe('fail:high');
  });

  test('come from variables of the root', () => {
    const provider = { aws: { expressions: { region: { references: ['var.region'] } } } };
    expect(regionResult(model, provider, { region: { value: 'us-west-2' } })?.outcome).toBe('fail');
    expect(regionResult(model, provider, { region: { value: 'eu-west-2' } })?.outcome).toBe('pass');
  });

  test('that nothing in the plan says are unknown', () => {
    expect(regionResult(model, {})?.outcome).toBe('unknown');
    const ofModule = { 'module.ml:aws': { expressions: { region: { references: ['var.region'] } } } };
    const result = regionResult({ ...model, provider: 'module.ml:aws' }, ofModule, {
      region: { value: 'eu-west-2' },
    });
    expect(result?.outcome).toBe('unknown');
  });
});

describe('Bedrock processes', () => {
  test.each([
    ['anthropic.example-model-v1:0', 'pass:high', 'pass:high'],
    ['eu.anthropic.example-model-v1:0', 'fail:high', 'pass:high'],
    ['global.anthropic.example-model-v1:0', 'fail:high', 'fail:high'],
  ])('%s where it says', (foundation_model, strict, zones) => {
    const agent: PlanItem = { at: 'aws_bedrockagent_agent.a', after: { foundation_model } };
    const rule = 'data-residency/processing';
    expect(verdictOf(rule, [agent])).toBe(strict);
    expect(verdictOf(rule, [agent], { ...ukOnly, allowDataZones: true })).toBe(zones);
  });

  test.each([
    ['arn:aws:bedrock:eu-west-2::foundation-model/anthropic.example', 'pass:high'],
    ['arn:aws:bedrock:us-east-1::foundation-model/anthropic.example', 'fail:high'],
    ['arn:aws:bedrock:eu-west-2:000000000000:inference-profile/us.anthropic.example', 'fail:high'],
  ])('an inference profile of %s', (copy_from, expected) => {
    const profile: PlanItem = {
      at: 'aws_bedrock_inference_profile.p',
      after: { model_source: [{ copy_from }] },
    };
    expect(verdictOf('data-residency/processing', [profile])).toBe(expected);
  });
});

describe('keys', () => {
  const rule = 'encryption-at-rest/customer-key';
  test('of AWS are no keys of the customer', () => {
    const domain: PlanItem = { at: 'aws_sagemaker_domain.d', after: { kms_key_id: 'alias/aws/sagemaker' } };
    expect(verdictOf(rule, [domain])).toBe('fail:high');
  });

  test('of a feature group are looked for in the stores it has', () => {
    const online = { security_config: [{ kms_key_id: 'key' }] };
    const group = (after: JsonObject): PlanItem => ({ at: 'aws_sagemaker_feature_group.g', after });
    expect(verdictOf(rule, [group({ online_store_config: [online] })])).toBe('pass:high');
    expect(
      verdictOf(rule, [
        group({ online_store_config: [online], offline_store_config: [{ s3_storage_config: [{}] }] }),
      ]),
    ).toBe('fail:high');
    expect(verdictOf(rule, [group({})])).toBeUndefined();
  });

  const bucket: PlanItem = { at: 'aws_s3_bucket.training', after: { bucket: 'example-training' } };
  const sse = (by: JsonObject, unknown: JsonValue = {}): PlanItem => ({
    at: 'aws_s3_bucket_server_side_encryption_configuration.e',
    after: { rule: [{ apply_server_side_encryption_by_default: [by] }] },
    unknown: { rule: [{ apply_server_side_encryption_by_default: [unknown] }] },
    expressions: { bucket: refersTo('aws_s3_bucket.training.id') },
  });
  test.each<[string, readonly PlanItem[], string]>([
    ['nothing', [], 'fail:high'],
    ['AES256', [sse({ sse_algorithm: 'AES256' })], 'fail:high'],
    ['the key of AWS', [sse({ sse_algorithm: 'aws:kms' })], 'fail:high'],
    ['a key', [sse({ sse_algorithm: 'aws:kms', kms_master_key_id: 'arn:aws:kms:::key/x' })], 'pass:high'],
    ['a key to come', [sse({ sse_algorithm: 'aws:kms' }, { kms_master_key_id: true })], 'unknown:high'],
    ['an algorithm to come', [sse({}, { sse_algorithm: true })], 'unknown:high'],
  ])('of a bucket of training data with %s', (_what, others, expected) => {
    expect(verdictOf('encryption-at-rest/bucket-customer-key', [bucket, ...others])).toBe(expected);
  });

  test('a bucket of training data is closed by all four blocks', () => {
    const block = (over: JsonObject, unknown: JsonObject = {}): PlanItem => ({
      at: 'aws_s3_bucket_public_access_block.b',
      after: {
        bucket: 'example-training',
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
        ...over,
      },
      unknown,
    });
    const verdict = (...others: readonly PlanItem[]) =>
      verdictOf('network-isolation/no-public-bucket', [bucket, ...others]);
    expect([
      verdict(),
      verdict(block({})),
      verdict(block({ ignore_public_acls: false })),
      verdict(block({}, { ignore_public_acls: true })),
    ]).toEqual(['fail:high', 'pass:high', 'fail:high', 'unknown:high']);
  });
});

describe('a role of an AI service', () => {
  const rule = 'least-privilege/execution-role';

  test.each<[string, JsonValue, string]>([
    ['everything', { Effect: 'Allow', Action: '*', Resource: '*' }, 'fail:critical'],
    ['*:*', [{ Effect: 'Allow', Action: ['*:*'], Resource: ['*'] }], 'fail:critical'],
    ['all of S3 everywhere', { Effect: 'Allow', Action: 's3:*', Resource: '*' }, 'fail:high'],
    ['all of IAM', { Effect: 'Allow', Action: 'iam:*', Resource: '*' }, 'fail:critical'],
    ['passing on any role', { Effect: 'Allow', Action: 'iam:PassRole', Resource: '*' }, 'fail:high'],
    ['all but something', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }, 'fail:high'],
    [
      'one bucket',
      { Effect: 'Allow', Action: ['s3:*'], Resource: ['arn:aws:s3:::example-training/*'] },
      'pass:high',
    ],
    ['a denial of everything', { Effect: 'Deny', Action: '*', Resource: '*' }, 'pass:high'],
  ])('that allows %s', (_what, statement, expected) => {
    expect(verdictOf(rule, [role, inline(policy(statement))])).toBe(expected);
  });

  test('is judged by the policies attached to it', () => {
    const attach = (policy_arn: string): PlanItem => ({
      at: 'aws_iam_role_policy_attachment.a',
      after: { role: 'ml-execution', policy_arn },
    });
    const verdict = (name: string) => verdictOf(rule, [role, attach(`arn:aws:iam::aws:policy/${name}`)]);
    expect([
      verdict('AdministratorAccess'),
      verdict('AmazonSageMakerFullAccess'),
      verdict('AmazonS3ReadOnlyAccess'),
    ]).toEqual(['fail:critical', 'fail:high', 'pass:high']);
    const own: PlanItem = {
      at: 'aws_iam_policy.own',
      after: { policy: policy({ Effect: 'Allow', Action: '*', Resource: '*' }) },
    };
    const toOwn: PlanItem = {
      ...attach(''),
      unknown: { policy_arn: true },
      expressions: { policy_arn: refersTo('aws_iam_policy.own.arn') },
    };
    expect(verdictOf(rule, [role, toOwn, own])).toBe('fail:critical');
    expect(verdictOf(rule, [role, toOwn])).toBe('unknown:high');
  });

  test('whose policy is known after apply is judged by the document it is made of, else unknown', () => {
    const later: PlanItem = {
      at: 'aws_iam_role_policy.p',
      after: {},
      unknown: { policy: true },
      expressions: {
        role: refersTo('aws_iam_role.sagemaker.id'),
        policy: refersTo('data.aws_iam_policy_document.d.json'),
      },
    };
    const document = (actions: readonly string[]): PlanItem => ({
      at: 'data.aws_iam_policy_document.d',
      after: { statement: [{ actions, resources: ['*'] }] },
      actions: ['read'],
    });
    expect(verdictOf(rule, [role, later, document(['s3:*'])])).toBe('fail:high');
    expect(verdictOf(rule, [role, later, document(['s3:GetObject'])])).toBe('unknown:high');
    expect(verdictOf(rule, [role, later])).toBe('unknown:high');
  });

  test('is known by its trust policy, by the document of it, or by the resource that runs as it; others are left alone', () => {
    const broad = inline(policy({ Effect: 'Allow', Action: '*', Resource: '*' }));
    const lambda = { ...role, after: { name: 'x', assume_role_policy: trust('lambda.amazonaws.com') } };
    expect(verdictOf(rule, [lambda, broad])).toBeUndefined();
    const domain: PlanItem = {
      at: 'aws_sagemaker_domain.d',
      expressions: { default_user_settings: [{ execution_role: refersTo('aws_iam_role.sagemaker.arn') }] },
    };
    expect(verdictOf(rule, [lambda, broad, domain])).toBe('fail:critical');
    const document: PlanItem = {
      at: 'data.aws_iam_policy_document.trust',
      after: { statement: [{ principals: [{ type: 'Service', identifiers: ['bedrock.amazonaws.com'] }] }] },
    };
    const later: PlanItem = {
      at: 'aws_iam_role.sagemaker',
      after: { name: 'x' },
      unknown: { assume_role_policy: true },
      expressions: { assume_role_policy: refersTo('data.aws_iam_policy_document.trust.json') },
    };
    expect(verdictOf(rule, [later, broad, document])).toBe('fail:critical');
  });

  test('that has inline and managed policies of its own is judged by these too; text that is none is unknown', () => {
    const with_ = (after: JsonObject): PlanItem => ({ ...role, after: { ...role.after, ...after } });
    const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
    expect(verdictOf(rule, [with_({ managed_policy_arns: [admin] })])).toBe('fail:critical');
    expect(verdictOf(rule, [with_({ inline_policy: [{ policy: '{' }] })])).toBe('unknown:high');
    expect(verdictOf(rule, [role])).toBe('unknown:high');
  });
});

test('a model registry that lets in everybody is critical', () => {
  const group = (principal: JsonValue): PlanItem => ({
    at: 'aws_sagemaker_model_package_group_policy.p',
    after: { resource_policy: policy([{ Effect: 'Allow', Principal: principal, Action: 'sagemaker:*' }]) },
  });
  const rule = 'least-privilege/model-registry-closed';
  expect(verdictOf(rule, [group('*')])).toBe('fail:critical');
  expect(verdictOf(rule, [group({ AWS: '*' })])).toBe('fail:critical');
  expect(verdictOf(rule, [group({ AWS: '000000000000' })])).toBe('pass:high');
  const later: PlanItem = {
    at: 'aws_sagemaker_model_package_group_policy.p',
    unknown: { resource_policy: true },
  };
  expect(verdictOf(rule, [later])).toBe('unknown:high');
});
