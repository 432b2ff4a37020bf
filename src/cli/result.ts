import type { FoundStory } from './found-stories.ts';
import type { RunResult, WrittenReport } from './run-once.ts';

/** A run as data, for scripts: nothing in it depends on how fast it was. */
export function resultOf(
  { data, file, verification }: WrittenReport,
  { totals, problems }: RunResult,
  stories: readonly FoundStory[] = [],
): { readonly value: unknown; readonly rows: readonly unknown[] } {
  const value = {
    totals,
    problems,
    findings: data.findings,
    incidents: data.incidents,
    posture: data.posture,
    evidence: data.evidence,
    verification,
    stories: stories.map(({ story, findings, missing }) => ({
      id: story.id,
      title: story.title,
      found: missing.length === 0,
      missing,
      findings: findings.map(({ id }) => id),
    })),
    report: file,
  };
  return { value, rows: data.findings };
}
