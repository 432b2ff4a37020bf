import type { JsonValue } from '../../lib/json.ts';
import type { Comparison, NumberTest, TimePart } from '../ast.ts';
import { timePartOf } from '../dates.ts';
import { textOf } from '../fields.ts';
import { test } from '../kql/bool.ts';
import type { Bool } from '../kql/bool.ts';
import { Inexpressible } from '../kql/inexpressible.ts';
import type { Caveat } from '../kql/inexpressible.ts';
import { kqlNumber, kqlString } from '../kql/literal.ts';
import { strictness } from '../kql/loose-text.ts';
import { textOf as kqlTextOf } from '../kql/operand.ts';
import type { Value } from '../kql/operand.ts';
import { notNull } from '../kql/present.ts';
import { passing } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';

interface NumberRelation {
  readonly holds: (actual: number, wanted: number) => boolean;
  readonly kql: string;
  readonly says: string;
}

const comparisons: Readonly<Record<Comparison, NumberRelation>> = {
  eq: { holds: (actual, wanted) => actual === wanted, kql: '==', says: 'equals' },
  lt: { holds: (actual, wanted) => actual < wanted, kql: '<', says: '<' },
  lte: { holds: (actual, wanted) => actual <= wanted, kql: '<=', says: '<=' },
  gt: { holds: (actual, wanted) => actual > wanted, kql: '>', says: '>' },
  gte: { holds: (actual, wanted) => actual >= wanted, kql: '>=', says: '>=' },
};

interface DatePart {
  readonly of: (text: string) => number | undefined;
  readonly kql: (date: string) => string;
}

const dateParts: Readonly<Record<TimePart, DatePart>> = {
  minute: { of: (text) => timePartOf(text, 'minute'), kql: (date) => `datetime_part("minute", ${date})` },
  hour: { of: (text) => timePartOf(text, 'hour'), kql: (date) => `hourofday(${date})` },
  day: { of: (text) => timePartOf(text, 'day'), kql: (date) => `dayofmonth(${date})` },
  week: { of: (text) => timePartOf(text, 'week'), kql: (date) => `week_of_year(${date})` },
  month: { of: (text) => timePartOf(text, 'month'), kql: (date) => `monthofyear(${date})` },
  year: { of: (text) => timePartOf(text, 'year'), kql: (date) => `getyear(${date})` },
};

/** Equality of a plain number is equality of texts (`"50140"` is 50140); order and dates need a number. */
export const numberMeaning = (asked: NumberTest): TestMeaning => ({
  matcher: () => {
    const fits = fitting(asked);
    return (values) => passing(values, fits);
  },
  kql: (value, { caveat }) =>
    asked.part === undefined
      ? numberKql(asked, value, caveat)
      : datePartKql(dateParts[asked.part], asked, value, caveat),
  says: () =>
    `${asked.part === undefined ? '' : `${asked.part} `}${comparisons[asked.comparison].says} ${asked.value}`,
});

function fitting({ comparison, value: wanted, part }: NumberTest): (value: JsonValue) => boolean {
  const { holds } = comparisons[comparison];
  if (part !== undefined) {
    const { of } = dateParts[part];
    return (value) => {
      const text = textOf(value);
      const actual = text === undefined ? undefined : of(text);
      return actual !== undefined && holds(actual, wanted);
    };
  }
  const written = String(wanted);
  return comparison === 'eq'
    ? (value) => textOf(value)?.trim() === written
    : (value) => {
        const actual = numberOf(value);
        return actual !== undefined && holds(actual, wanted);
      };
}

/** Logs write numbers as texts too: `"12.5"` counts, `"12 %"`, `""` and `true` do not. */
function numberOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?\s*$/iu.test(value))
    return undefined;
  return Number(value);
}

function datePartKql(
  { kql }: DatePart,
  { comparison, value: wanted }: NumberTest,
  value: Value,
  caveat: Caveat,
): Bool {
  const isDate = value.type === 'datetime';
  // The time of a column is UTC, which is what Azure's records write.
  if (!isDate) caveat('a date with an offset from UTC of its own is read in UTC, not as it is written');
  const date = isDate ? value.kql : `todatetime(${kqlTextOf(value)})`;
  return notNull(`${kql(date)} ${comparisons[comparison].kql} ${kqlNumber(wanted)}`);
}

const numeric = new Set(['int', 'long', 'real']);

function numberKql({ comparison, value: wanted }: NumberTest, value: Value, caveat: Caveat): Bool {
  const sign = comparisons[comparison].kql;
  if (value.type === 'datetime' || value.type === 'bool')
    throw new Inexpressible(`${value.kql} is a ${value.type}, which no number compares to`);
  if (numeric.has(value.type)) return notNull(`${value.kql} ${sign} ${kqlNumber(wanted)}`);
  if (comparison !== 'eq') return notNull(`todouble(${kqlTextOf(value)}) ${sign} ${kqlNumber(wanted)}`);
  // The record may hold 50140 or "50140".
  strictness('', { isTrimmed: false }).forEach(caveat);
  return test(`${kqlTextOf(value)} == ${kqlString(String(wanted))}`);
}
