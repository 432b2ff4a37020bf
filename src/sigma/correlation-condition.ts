import type { CorrelationBound, CorrelationCondition, CorrelationType, Measure } from './correlation-ast.ts';
import { entryOf, isTextList } from './source.ts';
import type { Entry, Read, Report } from './source.ts';

const comparisons = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const;
const isComparison = (key: string): key is CorrelationBound['comparison'] =>
  (comparisons as readonly string[]).includes(key);

/** Reads `condition` of a correlation. Undefined when something in it was reported. */
export function parseCorrelationCondition(
  section: Read,
  type: CorrelationType,
  rules: number,
  report: Report,
): CorrelationCondition | undefined {
  const entry = entryOf(section, 'condition');
  const isTemporal = type === 'temporal' || type === 'temporal_ordered';
  if (entry === undefined) {
    if (isTemporal) return impliedCondition(type, rules, section);
    report(section.at, '`condition` is missing', `add \`condition:\` with, for example, \`gte: 10\``);
    return undefined;
  }
  const { value, keyAt } = entry;
  if (value.kind !== 'map') {
    report(value.at, '`condition` is not a map', 'write it like `gte: 10`, one criterion a line');
    return undefined;
  }
  const problems = { count: 0 };
  const counting: Report = (...problem) => {
    problems.count++;
    report(...problem);
  };
  const bounds = value.entries.flatMap((each) => parseBound(each, type, counting));
  const measure = parseMeasure(value, type, counting);
  if (problems.count === 0 && bounds.length === 0)
    counting(keyAt, '`condition` compares nothing', `add one of ${comparisons.join(', ')}`);
  if (measure === undefined || problems.count > 0) return undefined;
  if (!isPossible(bounds, measure, rules)) {
    report(
      keyAt,
      '`condition` can never be true',
      measure.kind === 'rules'
        ? `at most ${rules} rules can match`
        : 'a window is looked at when an event falls into it, so no count is below 1; that nothing came is for an assertion to watch',
    );
    return undefined;
  }
  return { measure, bounds, isImplied: false, at: keyAt };
}

const impliedCondition = (type: CorrelationType, rules: number, section: Read): CorrelationCondition => ({
  measure: { kind: 'rules', isOrdered: type === 'temporal_ordered' },
  bounds: [{ comparison: 'gte', value: rules }],
  isImplied: true,
  at: section.at,
});

function parseBound({ key, keyAt, value }: Entry, type: CorrelationType, report: Report): CorrelationBound[] {
  if (key === 'field' || key === 'percentile') return [];
  if (!isComparison(key)) {
    report(keyAt, `unknown criterion \`${key}\``, `write one of ${comparisons.join(', ')}`);
    return [];
  }
  const { json } = value;
  const isOfNumbers = ['value_sum', 'value_avg', 'value_percentile'].includes(type);
  if (typeof json !== 'number' || (!isOfNumbers && !Number.isInteger(json))) {
    report(
      value.at,
      `\`${key}\` is not a ${isOfNumbers ? '' : 'whole '}number`,
      'write a number without quotes',
    );
    return [];
  }
  return [{ comparison: key, value: json }];
}

function parseMeasure(condition: Read, type: CorrelationType, report: Report): Measure | undefined {
  const percentile = entryOf(condition, 'percentile');
  if (percentile !== undefined && type !== 'value_percentile')
    report(percentile.keyAt, `\`percentile\` means nothing to ${type}`, 'remove it');
  const given = entryOf(condition, 'field');
  switch (type) {
    case 'event_count':
    case 'temporal':
    case 'temporal_ordered':
      if (given !== undefined) {
        report(given.keyAt, `\`field\` means nothing to ${type}`, 'remove it, or write `type: value_count`');
        return undefined;
      }
      return type === 'event_count'
        ? { kind: 'events' }
        : { kind: 'rules', isOrdered: type === 'temporal_ordered' };
    case 'value_count': {
      const fields = readFields(condition, given, report);
      return fields.length === 0 ? undefined : { kind: 'distinct', fields };
    }
    case 'value_sum':
    case 'value_avg':
    case 'value_percentile': {
      const [field, ...more] = readFields(condition, given, report);
      if (field === undefined) return undefined;
      if (more.length > 0) {
        report((given ?? { keyAt: condition.at }).keyAt, `${type} takes one field`, 'leave one');
        return undefined;
      }
      if (type !== 'value_percentile') return { kind: type === 'value_sum' ? 'sum' : 'average', field };
      if (percentile === undefined) return { kind: 'share', field };
      const { json, at } = percentile.value;
      if (typeof json === 'number' && json >= 0 && json <= 100)
        return { kind: 'percentile', field, percentile: json };
      report(at, '`percentile` is not a number from 0 to 100', 'write it like `percentile: 95`');
      return undefined;
    }
  }
}

function readFields(condition: Read, entry: Entry | undefined, report: Report): readonly string[] {
  if (entry === undefined) {
    report(condition.at, '`field` is missing in `condition`', 'name the field whose values are looked at');
    return [];
  }
  const { json, at } = entry.value;
  const fields = typeof json === 'string' ? [json] : json;
  if (
    isTextList(fields) &&
    fields.length > 0 &&
    fields.every((field) => field.trim() !== '' && field.length <= 256)
  ) {
    if (new Set(fields).size === fields.length) return fields;
    report(at, '`field` names a field twice', 'remove one');
    return [];
  }
  report(
    at,
    '`field` is not a field name',
    'write a field name of at most 256 characters, or a list of them',
  );
  return [];
}

/** False when no value that the measure can have passes all bounds. */
function isPossible(bounds: readonly CorrelationBound[], measure: Measure, rules: number): boolean {
  let [low, high] = [-Infinity, Infinity];
  let [isLowIn, isHighIn] = [true, true];
  const atLeast = (value: number, isIn: boolean): void => {
    if (value > low || (value === low && !isIn)) [low, isLowIn] = [value, isIn];
  };
  const atMost = (value: number, isIn: boolean): void => {
    if (value < high || (value === high && !isIn)) [high, isHighIn] = [value, isIn];
  };
  const isCount = ['events', 'distinct', 'rules'].includes(measure.kind);
  if (isCount) atLeast(1, true);
  if (measure.kind === 'rules') atMost(rules, true);
  if (measure.kind === 'share') {
    atLeast(0, false);
    atMost(100, true);
  }
  for (const { comparison, value } of bounds) {
    // Counts step by 1: more than 4 is at least 5.
    if (comparison === 'gt') atLeast(isCount ? value + 1 : value, isCount);
    if (comparison === 'gte' || comparison === 'eq') atLeast(value, true);
    if (comparison === 'lt') atMost(isCount ? value - 1 : value, isCount);
    if (comparison === 'lte' || comparison === 'eq') atMost(value, true);
  }
  if (low > high || (low === high && !(isLowIn && isHighIn))) return false;
  const excluded = bounds.filter(({ comparison }) => comparison === 'neq').map(({ value }) => value);
  if (isCount && high - low < excluded.length)
    return Array.from({ length: high - low + 1 }, (_, i) => low + i).some(
      (count) => !excluded.includes(count),
    );
  return low !== high || !excluded.includes(low);
}
