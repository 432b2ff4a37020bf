import type { Detection } from '../../domain/detection.ts';
import { parseCorrelationText } from '../../sigma/correlation.ts';
import type { Correlation } from '../../sigma/correlation-ast.ts';
import { resolveCorrelations } from '../../sigma/correlation-resolve.ts';
import type { Rule } from '../../sigma/ast.ts';
import type { PublishInput } from '../publisher.ts';
import { readRule } from '../read-rule.ts';
import { correlationRule } from './rule.ts';
import type { MadeRule } from './rule.ts';

/** What becomes of each correlation; rules and correlations are named by id, name, or the name of their file. */
export function correlatedRules(
  correlations: readonly Detection[],
  input: Omit<PublishInput, 'correlations'>,
): ReadonlyMap<Detection, MadeRule> {
  if (correlations.length === 0) return new Map();
  const { detections, ruleText } = input;
  const rules = detections.flatMap(({ file, name }): readonly Rule[] => {
    const { rule } = readRule(input, file);
    return rule === undefined ? [] : [{ ...rule, name: rule.name ?? name }];
  });
  const read = correlations.map((detection) => {
    const { correlation, problems } = parseCorrelationText(ruleText(detection.file), detection.file);
    return {
      detection,
      problems,
      correlation: correlation && { ...correlation, name: correlation.name ?? detection.name },
    };
  });
  const { items, problems } = resolveCorrelations(
    read.flatMap(({ correlation }) => correlation ?? []),
    rules,
  );
  const resolvedOf = (correlation: Correlation) => items.find((item) => item.correlation === correlation);
  return new Map(
    read.map(({ detection, correlation, problems: own }): [Detection, MadeRule] => {
      const resolved = correlation && resolvedOf(correlation);
      if (resolved !== undefined) return [detection, correlationRule(detection, resolved, resolvedOf)];
      const { file } = detection;
      const told = [...own, ...problems.filter((problem) => problem.file === file)];
      const unnamed = {
        file,
        line: 1,
        column: 1,
        what: 'it names a rule that is refused',
        fix: 'mend that one',
      };
      return [detection, { problems: told.length > 0 ? told : [unnamed] }];
    }),
  );
}
