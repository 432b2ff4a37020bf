import type { Detection } from '../../domain/detection.ts';
import { compileToKql } from '../../sigma/kql.ts';
import type { OutputColumn } from '../../sigma/kql/source.ts';
import type { PublishInput } from '../publisher.ts';
import { readRule } from '../read-rule.ts';

export interface Matches {
  /** KQL: a row a match, with `TimeGenerated`, `Detection`, `Assertion`, `Level` and the columns asked for. */
  readonly query: string;
  /** The detections in it. */
  readonly detections: readonly Detection[];
  /** Those that cannot be said in KQL. */
  readonly left: readonly Detection[];
}

/** Levels that a person has to look at. */
const shown = new Set<Detection['level']>(['medium', 'high', 'critical']);

/** Every match of the detections that raise findings, in one query. */
export function matchesOf(input: PublishInput, output: readonly OutputColumn[]): Matches {
  const wanted = input.detections
    .filter(({ observes, level }) => observes === 'fail' && shown.has(level))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const compiled = wanted.map((detection) => {
    const { rule } = readRule(input, detection.file);
    const labels = { Detection: detection.name, Assertion: detection.assertion, Level: detection.level };
    const result = rule && compileToKql(rule, { labels, output });
    return { detection, query: result?.problems === undefined ? result?.query : undefined };
  });
  const parts = compiled.flatMap(({ query }) => (query === undefined ? [] : [`(${query})`]));
  return {
    // A workbook takes a name in braces for a parameter of its own; RE2 knows the class without them, too.
    query: `union isfuzzy=true\n${parts.join(',\n')}`.replaceAll(/p\{Zs?\}/gu, 'pZ'),
    detections: compiled.flatMap(({ detection, query }) => (query === undefined ? [] : [detection])),
    left: compiled.flatMap(({ detection, query }) => (query === undefined ? [detection] : [])),
  };
}
