import { isJsonObject } from '../lib/json.ts';
import type { JsonValue } from '../lib/json.ts';
import { asList, at } from './plan.ts';
import type { CheckReport, CheckResult } from './result.ts';
import { levelOf, numberAt, report, result, textAt } from './tool-result.ts';

/** Results of `opa eval --format json` and of `conftest test -o json`. */
export function readOpa(value: JsonValue): CheckReport | undefined {
  if (isJsonObject(value) && Array.isArray(value['result'])) {
    const expressions = asList(value['result']).flatMap((one) => asList(at(one, 'expressions')));
    if (expressions.length === 0 && asList(value['result']).length > 0) return undefined;
    return report(
      'opa',
      expressions.flatMap((expression) => ofExpression(expression)),
    );
  }
  const files = asList(value);
  const isConftest =
    files.length > 0 &&
    files.every((file) => textAt(file, 'filename') !== undefined && at(file, 'namespace') !== undefined);
  return isConftest ? report('conftest', files.flatMap(ofConftest)) : undefined;
}

/** `data.terraform.deny` gives a list or an object of messages; `data.terraform.allow` a boolean. */
function ofExpression(expression: JsonValue): CheckResult[] {
  const rule = textAt(expression, 'text') ?? 'opa';
  const value = at(expression, 'value');
  const name = rule.split('.').at(-1) ?? rule;
  const isWarning = name.startsWith('warn');
  const common = { tool: 'opa', rule, title: rule, resource: rule } as const;
  if (typeof value === 'boolean') {
    const isGood = /^(?:deny|violation|warn)/.test(name) ? !value : value;
    return [
      result({ ...common, outcome: isGood ? 'pass' : 'fail', level: 'high', detail: `${rule} is ${value}` }),
    ];
  }
  if (isJsonObject(value)) {
    const rules = Object.entries(value).filter(([key]) => /^(?:deny|violation|warn|allow)/.test(key));
    if (rules.length > 0)
      return rules.flatMap(([key, inner]) => ofExpression({ text: `${rule}.${key}`, value: inner ?? null }));
  }
  const messages = Array.isArray(value) ? asList(value) : [];
  if (messages.length === 0)
    return [
      Array.isArray(value)
        ? result({ ...common, outcome: 'pass', level: 'high', detail: `${rule} holds nothing` })
        : result({
            ...common,
            outcome: 'unknown',
            level: 'high',
            detail: `${rule} has a form that is not understood`,
          }),
    ];
  return messages.map((message) => ofMessage(message, { ...common, level: isWarning ? 'low' : 'high' }));
}

function ofMessage(
  message: JsonValue,
  common: Pick<CheckResult, 'tool' | 'rule' | 'title' | 'resource' | 'level'>,
): CheckResult {
  const facts = at(message, 'metadata') ?? message;
  return result({
    ...common,
    outcome: 'fail',
    rule: textAt(facts, 'id') ?? textAt(facts, 'rule') ?? common.rule,
    level: levelOf(textAt(facts, 'severity') ?? textAt(facts, 'level'), common.level),
    resource: textAt(facts, 'resource') ?? textAt(facts, 'address') ?? common.resource,
    detail:
      typeof message === 'string'
        ? message
        : (textAt(message, 'msg') ?? textAt(message, 'message') ?? 'no message'),
  });
}

function ofConftest(file: JsonValue): CheckResult[] {
  const name = textAt(file, 'filename') ?? 'unnamed';
  const namespace = textAt(file, 'namespace') ?? 'main';
  const common = { tool: 'conftest', rule: namespace, title: namespace, resource: name } as const;
  const successes = numberAt(file, 'successes') ?? 0;
  return [
    ...(successes === 0
      ? []
      : [
          result({
            ...common,
            outcome: 'pass',
            level: 'high',
            detail: `${successes} rules hold`,
            file: name,
          }),
        ]),
    ...asList(at(file, 'failures')).map((one) => ({
      ...ofMessage(one, { ...common, level: 'high' }),
      file: name,
    })),
    ...asList(at(file, 'warnings')).map((one) => ({
      ...ofMessage(one, { ...common, level: 'low' }),
      file: name,
    })),
    ...asList(at(file, 'exceptions')).map((one) => ({
      ...ofMessage(one, { ...common, level: 'high' }),
      file: name,
      outcome: 'skipped' as const,
    })),
  ];
}
