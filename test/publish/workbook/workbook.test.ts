import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Framework } from '../../../src/domain/control.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { itemsOf, workbookFaults } from '../../../src/publish/workbook/check.ts';
import { workbook, workbookFiles } from '../../../src/publish/workbook/workbook.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import type { Tables } from '../../support/kusto.ts';
import { shippedFrameworks, shippedInput } from '../../support/shipped.ts';
import { mergedTables, ownTables, publicTables } from '../../support/workspace-tables.ts';

const mapping = (assertion: string) =>
  ({ assertion, strength: 'partial', rationale: 'A reason.', reviewer: 'reviewer@example.com' }) as const;

const framework: Framework = {
  id: 'soc2',
  title: 'SOC 2 "TSC"',
  version: '2017',
  source: 'https://example.com/soc2',
  controls: [
    {
      id: 'soc2:CC6.1',
      ref: 'CC6.1',
      title: 'Logical access',
      mappings: [mapping('ai.access.keyless'), mapping('nobody.speaks.to-it')],
    },
    { id: 'soc2:CC1.1', ref: 'CC1.1', title: 'Integrity', mappings: [mapping('nobody.speaks.to-it')] },
  ],
};

const input = shippedInput([framework]);
const files = workbookFiles(input);
const jsonOf = (path: string): JsonObject =>
  JSON.parse(files.find((file) => file.path === path)?.text ?? '{}') as JsonObject;
const notebook = jsonOf('ai-control-evidence.json');
const items = itemsOf(notebook);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

interface Query {
  readonly name: string;
  readonly kql: string;
  readonly chart: string;
}
const queries: readonly Query[] = items
  .filter(({ type }) => type === 3)
  .map((item) => {
    const content = item['content'] as JsonObject;
    return {
      name: text(item['name']),
      kql: text(content['query'])
        .replaceAll('{TimeRange:grain}', '1h')
        .replaceAll(/\{TimeRange:(?:start|end)\}/g, 'datetime(2026-03-02)'),
      chart: text(content['visualization']),
    };
  });
const queryOf = (name: string): string => queries.find((query) => query.name === name)?.kql ?? '';

test('one workbook with four tabs comes as JSON of the portal and as an ARM template', async () => {
  expect(await workbook.generate(input)).toEqual(files);
  expect(files.map(({ path }) => path)).toEqual(['ai-control-evidence.json', 'ai-control-evidence.arm.json']);
  expect(items.filter(({ type }) => type === 12).map(({ name }) => name)).toEqual([
    'group-overview',
    'group-access',
    'group-guardrails',
    'group-gaps',
  ]);
  expect(workbookFaults(notebook)).toEqual([]);
});

/** What suffixed columns a workspace has depends on what it was sent; here it has those of AI accounts. */
const withGrown = (tables: Tables): Tables => ({
  ...tables,
  AzureDiagnostics: { ...tables['AzureDiagnostics'], properties_s: 'string' },
});

describe.each([
  ['our own facts', (): Tables | undefined => ownTables],
  ["Microsoft's list of columns", publicTables],
] as const)('against %s', (_, load) => {
  const listed = load();
  const analyse = kustoAnalyser(withGrown(mergedTables(listed ?? {})));
  test.runIf(listed !== undefined).each(queries.map((query) => [query.name, query] as const))(
    '%s is accepted',
    (_name, { kql, chart }) => {
      const { diagnostics, constantPredicates, columns } = analyse(kql);
      expect(diagnostics).toEqual([]);
      expect(constantPredicates.filter((found) => !found.includes('now()'))).toEqual([]);
      expect(Object.keys(columns).length).toBeGreaterThan(1);
      const isChart = chart !== 'table';
      expect(Object.values(columns).includes('datetime') || !isChart).toBe(true);
    },
  );
});

test('matches are asked of every detection of medium level or higher that can fail', () => {
  const wanted = input.detections.filter(
    ({ observes, level }) => observes === 'fail' && ['medium', 'high', 'critical'].includes(level),
  );
  expect(wanted.length).toBeGreaterThan(10);
  for (const { name } of wanted) expect(queryOf('matches-by-detection')).toContain(`Detection = "${name}"`);
});

test('a control is shown with the assertion that a detection speaks to, and no match is not called a pass', () => {
  const kql = queryOf('controls');
  expect(kql).toContain('"SOC 2 \\"TSC\\"", "CC6.1", "Logical access", "ai.access.keyless", "partial", ');
  expect(kql).not.toContain('CC1.1');
  expect(kql).toContain('"– no match seen"');
  expect(JSON.stringify(notebook)).toContain('SOC 2 \\"TSC\\": 1 of 2 controls');
});

test('a source that never wrote is listed, not left out', () => {
  const kql = queryOf('sources-last-event');
  expect(kql).toContain('join kind=leftouter seen on Source');
  expect(kql).toContain('"∅ NO EVIDENCE"');
});

test('nothing is claimed that evidence cannot show', () => {
  for (const file of files) expect(file.text).not.toMatch(/compliant|certified|100 ?% secure/i);
});

test('the ARM template carries the same workbook under a name that does not change', () => {
  const arm = jsonOf('ai-control-evidence.arm.json') as {
    readonly resources: readonly {
      readonly name: string;
      readonly properties: { readonly serializedData: string };
    }[];
  };
  const [resource] = arm.resources;
  expect(resource).toMatchObject({
    type: 'Microsoft.Insights/workbooks',
    apiVersion: '2023-06-01',
    kind: 'shared',
    properties: { category: 'sentinel', sourceId: "[parameters('workspaceId')]" },
  });
  expect(resource?.name).toMatch(/^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  expect(JSON.parse(resource?.properties.serializedData ?? '{}')).toEqual(notebook);
});

test('the same input gives the same bytes, in whatever order the detections come', () => {
  expect(workbookFiles({ ...input, detections: input.detections.toReversed() })).toEqual(files);
});

test('without detections or frameworks the other tabs still stand', () => {
  const [file] = workbookFiles({ detections: [], frameworks: [], ruleText: () => '' });
  const empty = JSON.parse(file?.text ?? '{}') as JsonObject;
  expect(workbookFaults(empty)).toEqual([]);
  expect(JSON.stringify(empty)).toContain('no framework mapping was given');
});

test('a detection that cannot be a query is named', () => {
  const detection = input.detections.find(({ observes, level }) => observes === 'fail' && level === 'high');
  if (detection === undefined) throw new Error('no detection');
  const ruleText = (): string =>
    'title: T\nlogsource: {product: azure, service: resource}\ndetection: {s: {a: b}, condition: s}\n';
  const [file] = workbookFiles({ detections: [detection], frameworks: [framework], ruleText });
  expect(file?.text).toContain(`Not sayable as a query, so not asked here: \`${detection.name}\``);
});

test('the committed workbook is what the detections and mappings of this repository give', () => {
  for (const { path, text: generated } of workbookFiles(shippedInput(shippedFrameworks())))
    expect(readFileSync(`workbooks/${path}`, 'utf8')).toBe(generated);
});
