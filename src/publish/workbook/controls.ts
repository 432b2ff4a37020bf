import type { Framework } from '../../domain/control.ts';
import { kqlString } from '../../sigma/kql/literal.ts';
import type { Matches } from './matches.ts';

export interface SupportedControl {
  readonly framework: string;
  readonly ref: string;
  readonly title: string;
  readonly assertion: string;
  readonly strength: string;
  /** How many detections of the workbook speak to the assertion. */
  readonly detections: number;
}

/** The controls that a detection of the workbook speaks to, in the frameworks' own order. */
export function supportedControls(
  frameworks: readonly Framework[],
  { detections }: Matches,
): readonly SupportedControl[] {
  const count = (assertion: string): number =>
    detections.filter((detection) => detection.assertion === assertion).length;
  return frameworks.flatMap((framework) =>
    framework.controls.flatMap(({ ref, title, mappings }) =>
      mappings
        .map(({ assertion, strength }) => ({
          framework: framework.title,
          ref,
          title,
          assertion,
          strength,
          detections: count(assertion),
        }))
        .filter((control) => control.detections > 0),
    ),
  );
}

/** How many of each framework's controls the workbook has a query for: a share is nothing without its whole. */
export const coverageLines = (
  frameworks: readonly Framework[],
  supported: readonly SupportedControl[],
): readonly string[] =>
  frameworks.map(({ title, controls }) => {
    const refs = new Set(supported.filter(({ framework }) => framework === title).map(({ ref }) => ref));
    return `- ${title}: ${refs.size} of ${controls.length} controls`;
  });

/**
 * A row a control and assertion, with what its detections matched. No match is no proof: the state says so.
 * `datatable` carries the mapping, so that the workbook needs no other source.
 */
export function controlQuery(supported: readonly SupportedControl[], matches: Matches): string {
  const rows = supported.map(({ framework, ref, title, assertion, strength, detections }) =>
    [...[framework, ref, title, assertion, strength].map(kqlString), String(detections)].join(', '),
  );
  return [
    `let matches = ${matches.query}`,
    '| summarize Matches = count(), Last = max(TimeGenerated) by Assertion;',
    'datatable(Framework: string, Control: string, Title: string, Assertion: string, Strength: string, Detections: long)',
    `[\n${rows.map((row) => `  ${row}`).join(',\n')}\n]`,
    '| join kind=leftouter matches on Assertion',
    '| extend State = iff(isnull(Matches), "– no match seen", strcat("✕ ", Matches, iff(Matches == 1, " match", " matches")))',
    '| project Framework, Control, Title, State, Last, Assertion, Strength, Detections',
    '| order by Framework asc, Control asc, Assertion asc',
  ].join('\n');
}
