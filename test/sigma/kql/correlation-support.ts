import { formatProblem } from '../../../src/lib/errors.ts';
import type { Rule } from '../../../src/sigma/ast.ts';
import type { Correlation } from '../../../src/sigma/correlation-ast.ts';
import { parseCorrelationText } from '../../../src/sigma/correlation.ts';
import { resolveCorrelations } from '../../../src/sigma/correlation-resolve.ts';
import type { ResolvedCorrelation } from '../../../src/sigma/correlation-resolve.ts';
import { compileCorrelationToKql } from '../../../src/sigma/kql/correlation.ts';
import type { CorrelationKqlOptions, CorrelationKqlResult } from '../../../src/sigma/kql/correlation.ts';
import { parseRule } from '../../../src/sigma/parse.ts';

export const ruleNamed = (name: string, service: string, detection: string): Rule => {
  const text = `title: ${name}\nname: ${name}\nlogsource: {product: azure, service: ${service}}\ndetection: ${detection}\n`;
  const { rule, problems } = parseRule(text, `${name}.yml`);
  if (rule === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return rule;
};

/** Three rules that most correlations of these tests name. */
export const failed = ruleNamed('failed', 'signinlogs', '{s: {resultType: 50126}, condition: s}');
export const entered = ruleNamed('entered', 'signinlogs', '{s: {resultType: 0}, condition: s}');
export const changed = ruleNamed(
  'changed',
  'auditlogs',
  '{s: {operationName: Disable Strong Authentication}, condition: s}',
);

export function resolved(
  texts: readonly string[],
  rules: readonly Rule[] = [failed, entered, changed],
): readonly ResolvedCorrelation<Rule>[] {
  const read = texts.map((text, index) => {
    const { correlation, problems } = parseCorrelationText(text, `c${index}.yml`);
    if (correlation === undefined) throw new Error(problems.map(formatProblem).join('\n'));
    return correlation;
  });
  const { items, problems } = resolveCorrelations(read, rules);
  if (problems.length > 0) throw new Error(problems.map(formatProblem).join('\n'));
  return items;
}

/** The last of the documents, compiled; the others are there to be named. */
export function compileLast(
  items: readonly ResolvedCorrelation<Rule>[],
  options: CorrelationKqlOptions = {},
): CorrelationKqlResult {
  const last = items.at(-1);
  if (last === undefined) throw new Error('no correlation');
  const of = (correlation: Correlation) => items.find((item) => item.correlation === correlation);
  return compileCorrelationToKql(last, of, options);
}

/** A correlation document; `body` is the inside of `correlation:`. */
export const correlationText = (body: string, name = 'c'): string =>
  `title: C ${name}\nname: ${name}\ncorrelation:\n${body.trim().replaceAll(/^/gm, '  ')}\n`;
