import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { armTemplate, ruleName } from '../../../src/publish/sentinel/arm.ts';
import { limitFaults } from '../../../src/publish/sentinel/limits.ts';
import { correlationSchedule } from '../../../src/publish/sentinel/schedule.ts';
import { sentinel, sentinelFiles } from '../../../src/publish/sentinel/sentinel.ts';
import type { AnalyticsRule } from '../../../src/publish/sentinel/template.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import type { Tables } from '../../support/kusto.ts';
import { aDetection } from '../../support/samples.ts';
import { shippedInput } from '../../support/shipped.ts';
import { mergedTables, ownTables, publicTables } from '../../support/workspace-tables.ts';

const input = shippedInput();
const files = sentinelFiles(input);
const textOf = (path: string): string => files.find((file) => file.path === path)?.text ?? '';
const rules: readonly AnalyticsRule[] = files
  .filter(({ path }) => path.startsWith('rules/'))
  .map(({ text }) => parse(text) as AnalyticsRule);
const named = rules.map((rule) => [rule.name, rule] as const);
const failing = [...input.detections, ...(input.correlations ?? [])].filter(
  ({ observes }) => observes === 'fail',
);

interface Arm {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly resources: readonly {
    readonly type: string;
    readonly apiVersion: string;
    readonly name: string;
    readonly kind: string;
    readonly properties: Readonly<Record<string, unknown>>;
  }[];
}
const arm = JSON.parse(textOf('sentinel-rules.arm.json')) as Arm;

test('every detection that can fail becomes one analytics rule', async () => {
  expect(failing.length).toBeGreaterThan(10);
  expect(files.map(({ path }) => path).filter((path) => path.startsWith('rules/'))).toEqual(
    failing.toSorted((a, b) => (a.file < b.file ? -1 : 1)).map(({ name }) => `rules/${name}.yaml`),
  );
  expect(arm.resources).toHaveLength(failing.length);
  expect(textOf('coverage.md')).toContain(`${failing.length} of ${failing.length} detections compile`);
  expect(await sentinel.generate(input)).toEqual(files);
});

describe.each([
  ['our own facts', () => ownTables],
  ["Microsoft's list of columns", publicTables],
] as const)('against %s', (_, load: () => Tables | undefined) => {
  const listed = load();
  const analyse = kustoAnalyser(mergedTables(listed ?? {}));
  test.runIf(listed !== undefined).each(named)(
    '%s: no diagnostics, and every column it maps is there',
    (_name, rule) => {
      const { diagnostics, constantPredicates, columns } = analyse(rule.query);
      expect(diagnostics).toEqual([]);
      expect(constantPredicates).toEqual([]);
      const used = [
        ...Object.values(rule.customDetails),
        ...(rule.entityMappings ?? []).flatMap(({ fieldMappings }) =>
          fieldMappings.map(({ columnName }) => columnName),
        ),
      ];
      expect(Object.keys(columns)).toEqual(expect.arrayContaining(used));
      expect(columns['TimeGenerated']).toBe('datetime');
    },
  );
});

describe('an analytics rule', () => {
  test.each(named)('%s keeps every limit of Microsoft Sentinel', (_, rule) => {
    expect(limitFaults(rule)).toEqual([]);
    expect(rule.tactics.length).toBeGreaterThan(0);
    expect(rule.entityMappings?.length).toBeGreaterThan(0);
  });

  test('says what it is about, what to do, and which assertion it is evidence for', () => {
    const rule = rules.find(({ name }) => name === 'Azure OpenAI keys listed');
    expect(rule).toMatchObject({
      severity: 'Medium',
      kind: 'Scheduled',
      queryFrequency: '15m',
      queryPeriod: '2h',
      triggerOperator: 'gt',
      triggerThreshold: 0,
      tactics: ['CredentialAccess'],
      relevantTechniques: ['T1552'],
      requiredDataConnectors: [{ connectorId: 'AzureActivity', dataTypes: ['AzureActivity'] }],
      customDetails: { Detection: 'Detection', Assertion: 'Assertion' },
    });
    expect(rule?.description).toContain('What to do:\n1.');
    expect(rule?.description).toContain('Evidence for assertion ai.access.keyless');
    expect(rule?.description).toContain('AML.T0055');
    expect(rule?.query).toContain('Detection = "azure_openai_keys_listed", Assertion = "ai.access.keyless"');
  });

  test('a rule over Defender alerts opens no second incident and says why', () => {
    const echoes = rules.filter(({ query }) => query.includes('\nSecurityAlert\n'));
    expect(echoes.length).toBeGreaterThan(0);
    for (const rule of echoes) {
      expect(rule.incidentConfiguration.createIncident).toBe(false);
      expect(rule.description).toContain('open no incident');
    }
    expect(rules.filter((rule) => !rule.incidentConfiguration.createIncident)).toEqual(echoes);
  });

  test('a masked address is a detail, never an IP entity', () => {
    const rule = rules.find(({ query }) => query.includes('MICROSOFT.COGNITIVESERVICES"'));
    expect(rule?.customDetails).toHaveProperty('MaskedIpAddress');
    expect(rule?.entityMappings?.map(({ entityType }) => entityType)).not.toContain('IP');
  });
});

describe('a correlation', () => {
  test('looks back over its whole window and the delay of the logs', () => {
    const rule = rules.find(({ query }) =>
      query.includes('Detection = "entra_mfa_disabled_and_portal_signin"'),
    );
    expect(rule).toMatchObject({ queryFrequency: '5m', queryPeriod: '25h' });
    expect(rule?.query).toContain('| where Arrived > ago(5m)');
    expect(rule?.requiredDataConnectors.map(({ connectorId }) => connectorId)).toEqual([
      'AzureActiveDirectory',
    ]);
    expect(rule?.description).toContain('Note: ');
  });

  test.each([
    ['high', 600_000, { every: '5m', over: '2h' }],
    ['medium', 3_600_000, { every: '15m', over: '3h' }],
    ['critical', 47 * 3_600_000, { every: '1h', over: '48h' }],
    ['low', 20 * 86_400_000, { every: '1h', over: '484h' }],
  ] as const)('%s over %i ms runs %j', (level, reachMs, schedule) => {
    expect(correlationSchedule(level, reachMs)).toEqual(schedule);
  });

  test('is refused by name with what is wrong with it, or with what it names', () => {
    const detection = aDetection();
    const correlation = {
      ...detection,
      id: '00000000-0000-0000-0000-000000000002',
      file: 'c.yml',
      name: 'azure_many',
    };
    const rule =
      'title: T\nlogsource: {product: azure, service: storage}\ndetection: {s: {uri: b}, condition: s}\n';
    const over = (days: number, of: string): string =>
      `title: C\ncorrelation:\n  type: event_count\n  rules: [${of}]\n  group-by: [callerIpAddress]\n  timespan: ${days}d\n  condition: {gte: 5}\n`;
    const coverage = (text: string): string =>
      sentinelFiles({
        detections: [detection],
        correlations: [correlation],
        frameworks: [],
        ruleText: (file) => (file === 'c.yml' ? text : rule),
      }).at(-1)?.text ?? '';
    expect(coverage(over(1, detection.name))).toContain('2 of 2 detections compile');
    expect(coverage(over(20, detection.name))).toContain('is not 5m to 14d');
    expect(coverage(over(1, 'nothing'))).toContain('no rule has the id or name `nothing`');
    expect(coverage('title: C\n')).toContain('| azure_many | high | refused |');
  });
});

describe('the ARM template', () => {
  test('has what the alert rule API requires, with ISO durations and names from the detection ids', () => {
    for (const [index, { properties, ...resource }] of arm.resources.entries()) {
      const rule = rules[index];
      expect(resource).toEqual({
        type: 'Microsoft.OperationalInsights/workspaces/providers/alertRules',
        apiVersion: '2025-09-01',
        name: `[concat(parameters('workspace'), '/Microsoft.SecurityInsights/${ruleName({ id: rule?.id ?? '' })}')]`,
        kind: 'Scheduled',
      });
      expect(properties).toMatchObject({
        displayName: rule?.name,
        enabled: "[parameters('enabled')]",
        severity: rule?.severity,
        query: rule?.query,
        queryFrequency: expect.stringMatching(/^PT\d+[HM]$/) as string,
        queryPeriod: expect.stringMatching(/^PT\d+[HM]$/) as string,
        triggerOperator: 'GreaterThan',
        triggerThreshold: 0,
        suppressionEnabled: false,
        suppressionDuration: 'PT5H',
      });
      expect(properties['techniques']).toEqual([
        ...new Set(rule?.relevantTechniques.map((technique) => technique.slice(0, 5))),
      ]);
    }
    expect(new Set(arm.resources.map(({ name }) => name)).size).toBe(arm.resources.length);
    expect(Object.keys(arm.parameters)).toEqual(['workspace', 'enabled']);
  });

  test('a text that looks like an expression stays a text', () => {
    const [rule] = rules;
    if (rule === undefined) throw new Error('no rule');
    expect(armTemplate([{ ...rule, name: '[resourceGroup().id]' }])).toMatchObject({
      resources: [{ properties: { displayName: '[[resourceGroup().id]' } }],
    });
  });
});

test('the same detections give the same bytes, in whatever order they come', () => {
  expect(sentinelFiles({ ...input, detections: input.detections.toReversed() })).toEqual(files);
});

test('nothing in the files names a subscription or a tenant', () => {
  for (const { text } of files) expect(text).not.toMatch(/subscriptions\/[0-9a-f]{8}-/i);
});

test.each(['azure_diagnostic_settings_deleted', 'entra_break_glass_signin'])(
  '%s stays as agreed',
  async (name) => {
    await expect(textOf(`rules/${name}.yaml`)).toMatchFileSnapshot(`../../golden/sentinel/${name}.yaml`);
  },
);

describe('what cannot be published', () => {
  const detection = aDetection();
  const publish = (text: string, over: Partial<typeof detection> = {}) =>
    sentinelFiles({ detections: [{ ...detection, ...over }], frameworks: [], ruleText: () => text });
  const rule = (service: string, detectionText: string): string =>
    `title: T\nlogsource: {product: azure, service: ${service}}\ndetection: ${detectionText}\n`;

  test.each([
    ['a log source without a table', rule('resource', '{s: {a: b}, condition: s}'), 'no table is known'],
    [
      'a field without a column',
      rule('storage', '{s: {nope: b}, condition: s}'),
      'no column is known for `nope`',
    ],
    ['a rule that does not parse', 'title: T', 'logsource'],
    [
      'a query over the limit',
      rule(
        'storage',
        `{s: {uri|contains: [${Array.from({ length: 600 }, (_, n) => `x${n}`).join(', ')}]}, condition: s}`,
      ),
      'not 1 to 10000',
    ],
  ])('%s is refused by name, and the others go out', (_, text, words) => {
    const published = publish(text);
    expect(published.map(({ path }) => path)).toEqual(['sentinel-rules.arm.json', 'coverage.md']);
    const coverage = published.at(-1)?.text ?? '';
    expect(coverage).toContain('0 of 1 detections compile');
    expect(coverage).toContain('| azure_test_detection | high | refused |');
    expect(coverage).toContain(words);
  });

  test('an id used twice is an error', () => {
    const text = rule('storage', '{s: {uri: b}, condition: s}');
    expect(() =>
      sentinelFiles({ detections: [detection, detection], frameworks: [], ruleText: () => text }),
    ).toThrow(`id ${detection.id} is used twice`);
  });

  test('a passing observation is no analytics rule', () => {
    expect(publish('', { observes: 'pass' }).map(({ path }) => path)).toEqual([
      'sentinel-rules.arm.json',
      'coverage.md',
    ]);
  });

  test('a rule without a date has version 1.0.0, one with a date has the date', () => {
    const plain = rule('storage', '{s: {uri: b}, condition: s}');
    expect(publish(plain)[0]?.text).toContain('version: 1.0.0');
    expect(publish(`${plain}date: 2026-03-02\nmodified: 2026-11-22\n`)[0]?.text).toContain(
      'version: 2026.11.22',
    );
  });
});

test('what a list approves stands in the query, so that the list and Sentinel say the same', () => {
  const query = rules.find(({ name }) => name === 'Azure AI account in unapproved region')?.query ?? '';
  const { values } = parse(readFileSync('detections/lists/approved_ai_regions.yml', 'utf8')) as {
    readonly values: readonly string[];
  };
  expect(values.length).toBeGreaterThan(10);
  for (const value of values) expect(query).toContain(`\\"location\\":\\"${value}\\"`);
  expect(query).not.toContain('%');
});

test('how queries read texts is told once in the overview, and in the head of each query', () => {
  const strict = 'a single word, or an empty text, counts as it stands';
  expect(textOf('coverage.md').split(strict)).toHaveLength(2);
  expect(rules.filter(({ query }) => query.includes(`// Texts: ${strict}`)).length).toBeGreaterThan(10);
});
