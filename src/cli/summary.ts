import type { Incident } from '../domain/incident.ts';
import type { ReportData } from '../domain/report.ts';
import { compareLevels, levels } from '../domain/severity.ts';
import { formatDuration } from '../lib/clock.ts';
import type { PipelineTotals } from '../pipeline.ts';
import { shownStatuses, statusLook } from '../publish/report/status.ts';
import { columns, count, levelWords, styleFor, wrapText } from './text.ts';

export interface SummaryInput {
  readonly heading: string;
  readonly totals: Readonly<PipelineTotals>;
  readonly tookMs: number;
  readonly report: ReportData;
  readonly reportFile: string;
  readonly lakeFolder: string;
  readonly verifiedLine: string;
  readonly hasColour: boolean;
  /** Lines of the planted stories, in the demo: they say more than the incidents they become. */
  readonly stories?: readonly string[];
}

const WIDTH = 80;
const INDENT = ' '.repeat(10);

/** Everything a run found, on one screen of 80 columns. */
export function summarise(input: SummaryInput): string {
  const { report, totals } = input;
  const style = styleFor(input.hasColour);
  const seconds = Math.max(0.001, input.tookMs / 1000);
  const label = (text: string): string => style.bold(text.padEnd(INDENT.length));
  const lines = [
    '',
    style.bold(input.heading),
    '',
    `${label('Records')}${count(totals.records)} in ${count(totals.captures)} messages, ${formatDuration(input.tookMs)}, ${count(Math.round(totals.records / seconds))}/s${asides(totals)}`,
    `${label('Findings')}${levelCounts(report)}`,
    ...(input.stories === undefined
      ? topIncidents(report.incidents).map((line) => INDENT + line)
      : ['', ...input.stories]),
    '',
    ...frameworkTable(report).map((line, index) => (index === 0 ? style.dim(line) : line)),
    '',
    `${label('Evidence')}${count(report.evidence.size)} leaves under ${count(report.evidence.seals)} signed checkpoints`,
    `${INDENT}root ${report.evidence.root}`,
    ...wrapText(input.verifiedLine, WIDTH, INDENT),
    `${label('Lake')}${input.lakeFolder}`,
    `${label('Report')}${input.reportFile}`,
    '',
  ];
  return lines.join('\n');
}

function asides({ deadLetters, duplicates }: Readonly<PipelineTotals>): string {
  const parts = [
    ...(deadLetters > 0 ? [`${count(deadLetters)} unreadable, kept as dead letters`] : []),
    ...(duplicates > 0 ? [`${count(duplicates)} messages seen before`] : []),
  ];
  return parts.length === 0 ? '' : `\n${INDENT}${parts.join('; ')}`;
}

function levelCounts({ findings }: ReportData): string {
  const counted = levels
    .toReversed()
    .map((level) => ({ level, found: findings.filter((finding) => finding.level === level).length }))
    .filter(({ found }) => found > 0);
  return counted.length === 0
    ? 'none'
    : counted.map(({ level, found }) => `${count(found)} ${levelWords[level]}`).join(' · ');
}

const MOST_INCIDENTS = 12;
/** So that a line stays within 80 columns. */
const TITLE_WIDTH = 42;

function topIncidents(incidents: readonly Incident[]): string[] {
  const worst = incidents
    .filter(({ level }) => compareLevels(level, 'high') >= 0)
    .toSorted((a, b) => compareLevels(b.level, a.level) || a.firstSeen - b.firstSeen);
  const rows = worst
    .slice(0, MOST_INCIDENTS)
    .map(({ level, title, state, count: times }) => [
      levelWords[level],
      title.length > TITLE_WIDTH ? `${title.slice(0, TITLE_WIDTH - 1)}…` : title,
      times > 1 ? `×${count(times)}` : '',
      state,
    ]);
  const more =
    worst.length > MOST_INCIDENTS ? [`… and ${worst.length - MOST_INCIDENTS} more in the report`] : [];
  return [...columns(rows), ...more];
}

function frameworkTable({ posture }: ReportData): string[] {
  const shown = shownStatuses.filter((status) => posture.frameworks.some(({ counts }) => counts[status] > 0));
  const head = [
    'Controls',
    ...shown.map(
      (status) => `${statusLook[status].glyph} ${statusLook[status].word.toLowerCase().replace(' only', '')}`,
    ),
  ];
  const rows = posture.frameworks.map(({ title, counts }) => [
    title,
    ...shown.map((status) => (counts[status] === 0 ? '·' : String(counts[status]))),
  ]);
  return columns(
    [head, ...rows],
    shown.map((_, index) => index + 1),
  );
}
