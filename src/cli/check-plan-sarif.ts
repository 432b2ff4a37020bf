import type { CheckResult } from '../guardrails/result.ts';
import { compareLevels } from '../domain/severity.ts';
import type { Level } from '../domain/severity.ts';
import type { CheckedFile } from './check-plan-text.ts';

/** The results as SARIF 2.1.0, for code scanning and for editors. */
export const checkPlanSarif = (checked: readonly CheckedFile[], version: string): unknown => {
  const results = checked.flatMap(({ file, report }) => report.results.map((result) => ({ file, result })));
  const rules = [...new Map(results.map(({ result }) => [result.rule, result])).values()];
  const indexes = new Map(rules.map(({ rule }, index) => [rule, index]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'Plumbline', version, rules: rules.map(describeRule) } },
        results: results.map(({ file, result }) => ({
          ruleId: result.rule,
          ruleIndex: indexes.get(result.rule),
          ...kindOf(result),
          message: { text: `${result.resource}: ${result.detail}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(result.file ?? file) },
                region: { startLine: result.line ?? 1 },
              },
              logicalLocations: [{ fullyQualifiedName: result.resource, kind: 'resource' }],
            },
          ],
          partialFingerprints: { 'plumbline/v1': `${result.rule}|${result.resource}` },
        })),
      },
    ],
  };
};

const describeRule = ({ rule, title, fix, level }: CheckResult) => ({
  id: rule,
  shortDescription: { text: title },
  ...(fix === '' ? {} : { help: { text: fix } }),
  properties: { 'security-severity': scores[level] },
});

/** As GitHub reads them: from 9 critical, from 7 high, from 4 medium. */
const scores: Readonly<Record<Level, string>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  informational: '0.0',
};

/** Level is `none` unless the kind is `fail` (SARIF 3.27.10). */
function kindOf({ outcome, level }: CheckResult): { readonly kind: string; readonly level: string } {
  switch (outcome) {
    case 'fail':
      return {
        kind: 'fail',
        level: compareLevels(level, 'high') >= 0 ? 'error' : level === 'medium' ? 'warning' : 'note',
      };
    case 'unknown':
      return { kind: 'review', level: 'none' };
    case 'pass':
      return { kind: 'pass', level: 'none' };
    case 'skipped':
      return { kind: 'notApplicable', level: 'none' };
  }
}

/** A relative path as a URI reference. */
const uriOf = (path: string): string =>
  path
    .replaceAll('\\', '/')
    .split('/')
    .map((part) => encodeURIComponent(part))
    .join('/');
