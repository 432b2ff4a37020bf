import type { CheckReport, CheckResult } from '../guardrails/result.ts';
import { count, levelWords, styleFor, wrapText } from './text.ts';

/** What one file was found to say. */
export interface CheckedFile {
  /** As the user named it. */
  readonly file: string;
  readonly report: CheckReport;
}

export const countOutcomes = (results: readonly CheckResult[]): Record<CheckResult['outcome'], number> => {
  const counts = { fail: 0, unknown: 0, skipped: 0, pass: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
};

interface Terminal {
  readonly hasColour: boolean;
  readonly columns: number;
}

/** What is wrong first, with what to do; what the plan cannot say yet; and the sums. */
export function checkPlanText(checked: readonly CheckedFile[], terminal: Terminal): string {
  const lines = checked.flatMap(({ file, report }) => [
    ...report.results
      .filter(({ outcome }) => outcome === 'fail' || outcome === 'unknown')
      .flatMap((result) => resultLines(result, terminal)),
    `${file}: ${sums(report)}`,
    ...whyNothing(report),
  ]);
  return lines.join('\n');
}

function resultLines(result: CheckResult, { hasColour, columns }: Terminal): readonly string[] {
  const style = styleFor(hasColour);
  const width = Math.max(60, columns);
  const head =
    result.outcome === 'fail'
      ? `${style.bad('✕')} ${levelWords[result.level].padEnd(8)}`
      : `∅ ${'unknown'.padEnd(8)}`;
  const place =
    result.file === undefined ? '' : ` (${result.file}${result.line === undefined ? '' : `:${result.line}`})`;
  return [
    `${head}  ${style.bold(result.resource)}${place}`,
    ...wrapText(`${result.detail}.`, width, '            '),
    ...wrapText(`${result.rule}${result.fix === '' ? '' : `: ${result.fix}`}`, width, '            ').map(
      (line) => style.dim(line),
    ),
  ];
}

function sums({ aiResources, results }: CheckReport): string {
  const { fail, unknown, skipped, pass } = countOutcomes(results);
  const about = aiResources === undefined ? '' : `, ${count(aiResources)} AI resources`;
  const set = skipped === 0 ? '' : `, ${count(skipped)} skipped`;
  return `${count(results.length)} checks${about}: ${count(fail)} failed, ${count(unknown)} unknown, ${count(pass)} passed${set}.`;
}

/** Silence must not look like a pass. */
const whyNothing = ({ aiResources, results }: CheckReport): readonly string[] =>
  aiResources === 0 && results.length === 0
    ? ['No AI resource of Azure or AWS is in this plan, so no guardrail speaks to it.']
    : [];
