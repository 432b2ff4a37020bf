import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PipelineError } from '../../src/lib/errors.ts';
import { readCheckReport } from '../../src/guardrails/read-report.ts';
import type { CheckReport } from '../../src/guardrails/result.ts';
import { ukOnly } from './plans.ts';

const read = (value: unknown): CheckReport =>
  readCheckReport(Buffer.from(JSON.stringify(value)), 'results.json', ukOnly);
const brief = (value: unknown) =>
  read(value).results.map(({ rule, outcome, level, resource, detail }) => [
    rule,
    outcome,
    level,
    resource,
    detail,
  ]);

const checkov = {
  check_type: 'terraform',
  results: {
    passed_checks: [
      { check_id: 'CKV_EXAMPLE_1', check_name: 'Held', resource: 'a.b', file_path: '/main.tf' },
    ],
    failed_checks: [
      {
        check_id: 'CKV_EXAMPLE_2',
        check_name: 'Not held',
        resource: 'module.x.a.b',
        resource_address: 'module.x.a.b[0]',
        severity: 'HIGH',
        file_path: '/main.tf',
        repo_file_path: '/infra/main.tf',
        file_line_range: [12, 20],
        guideline: 'https://docs.example.com/2',
      },
      { check_id: 'CKV_EXAMPLE_3', check_name: 'No severity', resource: 'c.d', severity: null },
    ],
    skipped_checks: [
      {
        check_id: 'CKV_EXAMPLE_4',
        check_name: 'Left out',
        resource: 'e.f',
        check_result: { result: 'SKIPPED', suppress_comment: 'approved by grace' },
      },
    ],
    parsing_errors: ['/broken.tf'],
  },
  summary: { passed: 1, failed: 2, skipped: 1, parsing_errors: 1 },
};

describe('Checkov', () => {
  test('results keep check, level, resource, place and guideline; a file it could not parse is unknown', () => {
    expect(brief(checkov)).toEqual([
      ['CKV_EXAMPLE_1', 'pass', 'medium', 'a.b', 'Held'],
      ['CKV_EXAMPLE_2', 'fail', 'high', 'module.x.a.b[0]', 'Not held'],
      ['CKV_EXAMPLE_3', 'fail', 'medium', 'c.d', 'No severity'],
      ['CKV_EXAMPLE_4', 'skipped', 'medium', 'e.f', 'approved by grace'],
      [
        'parsing_errors',
        'unknown',
        'medium',
        '/broken.tf',
        'Checkov could not read the file, so nothing in it was checked',
      ],
    ]);
    const failed = read(checkov).results[1];
    expect([failed?.file, failed?.line, failed?.fix]).toEqual([
      '/infra/main.tf',
      12,
      'https://docs.example.com/2',
    ]);
  });

  test('of several frameworks come in a list', () => {
    expect(read([checkov, checkov]).results).toHaveLength(10);
  });
});

describe('OPA', () => {
  const evaluated = (text: string, value: unknown) => ({ result: [{ expressions: [{ text, value }] }] });

  test('a list of messages is a list of failures', () => {
    const deny = ['no public account', { msg: 'no key', severity: 'critical', resource: 'a.b', id: 'KEY' }];
    expect(brief(evaluated('data.terraform.deny', deny))).toEqual([
      ['data.terraform.deny', 'fail', 'high', 'data.terraform.deny', 'no public account'],
      ['KEY', 'fail', 'critical', 'a.b', 'no key'],
    ]);
  });

  test.each<[string, unknown, string[]]>([
    ['data.x.deny', [], ['pass']],
    ['data.x.deny', true, ['fail']],
    ['data.x.allow', true, ['pass']],
    ['data.x.allow', false, ['fail']],
    ['data.x', { deny: ['a'], warn: ['b'], allow: true, helper: 1 }, ['fail', 'fail', 'pass']],
    ['data.x.count', 3, ['unknown']],
  ])('%s = %j', (text, value, outcomes) => {
    expect(read(evaluated(text, value)).results.map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  test('an undefined decision is an empty result: nothing is claimed', () => {
    expect(read({ result: [] }).results).toEqual([]);
  });

  test('conftest tells failures, warnings, exceptions and successes apart', () => {
    const file = {
      filename: 'plan.json',
      namespace: 'main',
      successes: 3,
      failures: [{ msg: 'public', metadata: { id: 'NET', severity: 'high' } }],
      warnings: [{ msg: 'tag missing' }],
      exceptions: [{ msg: 'approved' }],
    };
    expect(brief([file])).toEqual([
      ['main', 'pass', 'high', 'plan.json', '3 rules hold'],
      ['NET', 'fail', 'high', 'plan.json', 'public'],
      ['main', 'fail', 'low', 'plan.json', 'tag missing'],
      ['main', 'skipped', 'high', 'plan.json', 'approved'],
    ]);
  });
});

describe('SARIF', () => {
  const sarif = (results: readonly unknown[]) => ({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'ExampleScan',
            rules: [
              {
                id: 'R1',
                shortDescription: { text: 'Rule one' },
                defaultConfiguration: { level: 'error' },
                helpUri: 'https://docs.example.com/r1',
              },
              { id: 'R2', name: 'RuleTwo', properties: { 'security-severity': '9.8' } },
            ],
          },
        },
        invocations: [{ executionSuccessful: true, endTimeUtc: '2026-03-02T09:00:00Z' }],
        results,
      },
    ],
  });

  test('results take level, words and help from their rule, and keep file and line', () => {
    const report = read(
      sarif([
        {
          ruleId: 'R1',
          message: { text: 'open' },
          locations: [
            { physicalLocation: { artifactLocation: { uri: 'infra/main.tf' }, region: { startLine: 4 } } },
          ],
        },
        { ruleIndex: 1, message: { text: 'key' } },
      ]),
    );
    expect([report.tool, report.time]).toEqual(['ExampleScan', Date.parse('2026-03-02T09:00:00Z')]);
    expect(report.results[0]).toMatchObject({
      rule: 'R1',
      title: 'Rule one',
      level: 'high',
      file: 'infra/main.tf',
      line: 4,
      fix: 'https://docs.example.com/r1',
    });
    expect(report.results[1]).toMatchObject({
      rule: 'R2',
      title: 'RuleTwo',
      level: 'critical',
      resource: 'unnamed',
    });
  });

  test.each<[object, string]>([
    [{}, 'fail'],
    [{ kind: 'pass' }, 'pass'],
    [{ kind: 'notApplicable' }, 'skipped'],
    [{ kind: 'review' }, 'unknown'],
    [{ kind: 'open' }, 'unknown'],
    [{ suppressions: [{ kind: 'inSource' }] }, 'skipped'],
    [{ suppressions: [{ kind: 'external', status: 'rejected' }] }, 'fail'],
  ])('%j is %s', (over, outcome) => {
    expect(read(sarif([{ ruleId: 'R1', message: { text: 'x' }, ...over }])).results[0]?.outcome).toBe(
      outcome,
    );
  });

  test.each([
    ['9.0', 'critical'],
    ['7', 'high'],
    ['4', 'medium'],
    ['0.1', 'low'],
  ])('a security severity of %s is %s', (score, level) => {
    const one = { ruleId: 'R1', message: { text: 'x' }, properties: { 'security-severity': score } };
    expect(read(sarif([one])).results[0]?.level).toBe(level);
  });
});

/** What the rules and details of the results are, or that the value was refused with words. */
function outcomeKinds(value: unknown): readonly string[] | 'refused' {
  try {
    return read(value).results.flatMap(({ rule, detail }) => [typeof rule, typeof detail]);
  } catch (thrown) {
    if (thrown instanceof PipelineError) return 'refused';
    throw thrown;
  }
}

test('JSON of any shape is read or refused with words', () => {
  const holder = fc.oneof(
    fc.jsonValue(),
    fc.record({
      version: fc.constant('2.1.0'),
      runs: fc.array(fc.record({ tool: fc.jsonValue(), results: fc.array(fc.jsonValue()) })),
    }),
    fc.record({
      result: fc.array(
        fc.record({ expressions: fc.array(fc.record({ text: fc.string(), value: fc.jsonValue() })) }),
      ),
    }),
    fc.record({
      check_type: fc.string(),
      results: fc.dictionary(fc.constantFrom('failed_checks', 'parsing_errors'), fc.array(fc.jsonValue())),
    }),
  );
  fc.assert(
    fc.property(holder, (value) => {
      const kinds = outcomeKinds(value);
      expect(kinds === 'refused' || kinds.every((kind) => kind === 'string')).toBe(true);
    }),
    { numRuns: 300 },
  );
});
