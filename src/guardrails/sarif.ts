import type { Level } from '../domain/severity.ts';
import type { JsonValue } from '../lib/json.ts';
import { asList, at } from './plan.ts';
import type { CheckOutcome, CheckReport, CheckResult } from './result.ts';
import { levelOf, numberAt, report, result, textAt } from './tool-result.ts';

/** SARIF 2.1.0, whatever tool wrote it. */
export function readSarif(value: JsonValue): CheckReport | undefined {
  const runs = at(value, 'runs');
  if (!Array.isArray(runs) || textAt(value, 'version')?.startsWith('2.') !== true) return undefined;
  const results = asList(runs).flatMap(ofRun);
  return report(textAt(asList(runs)[0], 'tool', 'driver', 'name') ?? 'sarif', results, timeOf(asList(runs)));
}

function timeOf(runs: readonly JsonValue[]): number | undefined {
  const ends = runs
    .flatMap((run) => asList(at(run, 'invocations')))
    .map((invocation) => Date.parse(textAt(invocation, 'endTimeUtc') ?? ''))
    .filter((time) => !Number.isNaN(time));
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function ofRun(run: JsonValue): CheckResult[] {
  const driver = at(at(run, 'tool'), 'driver');
  const tool = textAt(driver, 'name') ?? 'sarif';
  const rules = asList(at(driver, 'rules'));
  const byId = new Map(rules.map((rule) => [textAt(rule, 'id'), rule]));
  return asList(at(run, 'results')).map((one) => {
    const index = numberAt(one, 'ruleIndex');
    const id = textAt(one, 'ruleId') ?? textAt(one, 'rule', 'id');
    const rule = byId.get(id) ?? (index === undefined ? undefined : rules[index]);
    const place = asList(at(one, 'locations'))[0];
    const physical = at(place, 'physicalLocation');
    const file = textAt(physical, 'artifactLocation', 'uri');
    const message =
      textAt(one, 'message', 'text') ?? textAt(rule, 'shortDescription', 'text') ?? 'no message';
    return result({
      tool,
      rule: id ?? textAt(rule, 'id') ?? 'unnamed',
      title: textAt(rule, 'shortDescription', 'text') ?? textAt(rule, 'name') ?? message,
      outcome: sarifOutcome(one),
      level: sarifLevel(one, rule),
      resource: textAt(asList(at(place, 'logicalLocations'))[0], 'fullyQualifiedName') ?? file ?? 'unnamed',
      file,
      line: numberAt(at(physical, 'region'), 'startLine'),
      detail: message,
      fix: textAt(rule, 'help', 'text') ?? textAt(rule, 'helpUri') ?? '',
    });
  });
}

/** SARIF 3.27.9 and 3.27.23: without a kind it is a failure; what was suppressed by an accepted suppression is skipped. */
function sarifOutcome(one: JsonValue): CheckOutcome {
  const isSuppressed = asList(at(one, 'suppressions')).some(
    (suppression) => (textAt(suppression, 'status') ?? 'accepted') === 'accepted',
  );
  if (isSuppressed) return 'skipped';
  switch (textAt(one, 'kind') ?? 'fail') {
    case 'pass':
      return 'pass';
    case 'fail':
      return 'fail';
    case 'notApplicable':
    case 'informational':
      return 'skipped';
    default:
      return 'unknown';
  }
}

/** `security-severity` as GitHub reads it, a number from 0 to 10; else the level of the result or its rule. */
function sarifLevel(one: JsonValue, rule: JsonValue | undefined): Level {
  const given =
    at(at(one, 'properties'), 'security-severity') ?? at(at(rule, 'properties'), 'security-severity');
  const score = typeof given === 'string' || typeof given === 'number' ? Number(given) : Number.NaN;
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  if (score >= 0) return 'low';
  return levelOf(textAt(one, 'level') ?? textAt(rule, 'defaultConfiguration', 'level'), 'medium');
}
