import type { JsonObject } from '../../lib/json.ts';
import type { PublishInput } from '../publisher.ts';
import { controlQuery, coverageLines, supportedControls } from './controls.ts';
import { markdown, parameters, query, tabGroup, tabs, timeParameter } from './items.ts';
import type { QueryItem, Tab } from './items.ts';
import { matchesOf } from './matches.ts';
import type { Matches } from './matches.ts';
import { accessQueries, gapQueries, guardrailQueries } from './queries.ts';

const schema = 'https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json';

/** What a reader needs before the first table: whose words these are, and what they do not say. */
const introduction = `# AI control evidence

What this workspace holds about the controls of an Azure AI estate. It shows **evidence supporting** a control, and
where evidence is missing. It never says that a control is met: a source that is silent shows no match either, so read
the tab *Evidence gaps* first.

✕ seen to fail · ∅ no evidence · ! to be looked at · ✓ seen to hold · – nothing seen`;

/** The workbook, Notebook/1.0. Same input, same object. */
export function workbookOf(input: PublishInput): JsonObject {
  const pages: readonly Tab[] = [
    { id: 'overview', label: 'Overview', items: overview(input) },
    { id: 'access', label: 'AI access', items: accessQueries.map(query) },
    { id: 'guardrails', label: 'Guardrails', items: guardrailQueries.map(query) },
    { id: 'gaps', label: 'Evidence gaps', items: gapQueries.map(query) },
  ];
  return {
    version: 'Notebook/1.0',
    items: [
      markdown('introduction', introduction),
      parameters(),
      asKnownAt,
      tabs(pages),
      ...pages.map(tabGroup),
    ],
    fallbackResourceIds: [],
    fromTemplateId: 'sentinel-AiControlEvidence',
    $schema: schema,
  };
}

const asKnownAt = query({
  name: 'as-known-at',
  title: 'As known at (UTC)',
  query: `print AsKnownAt = now(), From = {${timeParameter}:start}, To = {${timeParameter}:end}`,
  empty: 'The workspace did not answer; is it chosen above, and may you read it?',
});

function overview(input: PublishInput): readonly JsonObject[] {
  const matches = matchesOf(input, ['AzureResourceId', 'ActorName']);
  const supported = supportedControls(input.frameworks, matches);
  const about = markdown(
    'controls-about',
    aboutControls(input, matches, coverageLines(input.frameworks, supported)),
  );
  if (matches.detections.length === 0) return [about];
  const byDetection: QueryItem = {
    name: 'matches-by-detection',
    title: `Matches by detection, worst first (${matches.detections.length} detections asked)`,
    query: `${matches.query}
| summarize Matches = count(), Resources = dcountif(AzureResourceId, isnotempty(AzureResourceId)), Actors = dcountif(ActorName, isnotempty(ActorName)), First = min(TimeGenerated), Last = max(TimeGenerated) by Level, Detection, Assertion
| extend Rank = case(Level == "critical", 0, Level == "high", 1, 2)
| order by Rank asc, Last desc
| project State = strcat("✕ ", Level), Detection, Matches, Resources, Actors, First, Last, Assertion`,
    empty:
      'No match in this time range. That says something only where the sources arrive: see Evidence gaps.',
  };
  const overTime: QueryItem = {
    name: 'matches-over-time',
    title: 'Matches over time by level',
    query: `${matches.query}
| summarize Matches = count() by bin(TimeGenerated, {${timeParameter}:grain}), Level`,
    empty: 'No match in this time range.',
    chart: 'barchart',
  };
  const controls: QueryItem = {
    name: 'controls',
    title: `Controls that a detection here speaks to (${supported.length} control and assertion pairs)`,
    query: controlQuery(supported, matches),
    empty: 'No framework mapping was given when this workbook was generated.',
  };
  return [query(byDetection), query(overTime), about, ...(supported.length === 0 ? [] : [query(controls)])];
}

function aboutControls(
  { frameworks }: PublishInput,
  { detections, left }: Matches,
  coverage: readonly string[],
): string {
  const lines = [
    '## Controls',
    '',
    `${detections.length} detections of level medium or higher are asked here. Through their assertions they bear on:`,
    '',
    ...(frameworks.length === 0 ? ['- no framework mapping was given'] : coverage),
    '',
    'The other controls need evidence that this workspace does not hold: posture results, attestations, documents.',
  ];
  const missing = left.map(({ name }) => `\`${name}\``).join(', ');
  return [
    ...lines,
    ...(left.length === 0 ? [] : ['', `Not sayable as a query, so not asked here: ${missing}.`]),
  ].join('\n');
}
