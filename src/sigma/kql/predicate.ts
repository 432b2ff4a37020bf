import type { CidrTest, NumberTest, Pattern, RegexTest, TextTest, TimePart, ValueTest } from '../ast.ts';
import { shapeOf } from '../pattern.ts';
import { regexMatcher } from '../regex.ts';
import { and, never, not, test } from './bool.ts';
import type { Bool } from './bool.ts';
import { kqlNumber, kqlString, regexLiteral } from './literal.ts';
import { hasLooseDash, hasSpace, looseLiteral, trimmed } from './loose-text.ts';
import { textOf } from './operand.ts';
import type { Value } from './operand.ts';

/** Says what a query cannot know, in words for the person who reads the rule. */
export type Caveat = (words: string) => void;

/** A test that KQL has no exact words for. */
export class Inexpressible extends Error {}

/** One test of one value. Never null, and never without a column. */
export function predicate(
  asked: Exclude<ValueTest, { kind: 'fieldref' }>,
  value: Value,
  caveat: Caveat,
): Bool {
  switch (asked.kind) {
    case 'text':
      return textPredicate(asked, value, caveat);
    case 'number':
      return numberPredicate(asked, value);
    case 'boolean':
      return value.type === 'bool'
        ? notNull(`${value.kql} == ${asked.value}`)
        : test(`${textOf(value)} =~ "${asked.value}"`);
    case 'null':
      return not(present(value, caveat));
    case 'exists':
      return asked.expected ? present(value, caveat) : not(present(value, caveat));
    case 'regex':
      return regexPredicate(asked, value, caveat);
    case 'cidr':
      return cidrPredicate(asked, value);
  }
}

/** Comparisons with null are null, and so is their negation; a row with nothing to compare is no match. */
const notNull = (comparison: string): Bool => test(`coalesce(${comparison}, false)`);

export function present(value: Value, caveat: Caveat): Bool {
  if (value.type === 'string') {
    caveat(`Log Analytics keeps no difference between an empty text and none: ${value.kql}`);
    return test(`isnotempty(${value.kql})`);
  }
  if (value.type !== 'dynamic') return test(`isnotnull(${value.kql})`);
  caveat(`a null counts as not there: ${value.kql}`);
  return test(`gettype(${value.kql}) != "null"`);
}

const operators = {
  equals: ['=~', '=='],
  startswith: ['startswith', 'startswith_cs'],
  endswith: ['endswith', 'endswith_cs'],
  contains: ['contains', 'contains_cs'],
} as const;

/** Kusto's case-insensitive operators fold ASCII alone; other letters go through a regular expression. */
export const foldsBeyondAscii = (text: string): boolean =>
  Array.from(text).some((char) => char > '\u007f' && char.toLowerCase() !== char.toUpperCase());

function textPredicate({ pattern, isCased }: TextTest, value: Value, caveat: Caveat): Bool {
  const shape = shapeOf(pattern);
  if (shape.kind === 'present') return present(value, caveat);
  if (shape.kind === 'equals' && shape.text === '') return emptyText(value, caveat);
  if (value.type === 'datetime')
    throw new Inexpressible(`${value.kql} is a date; its text in the record is not kept`);
  if (shape.kind === 'equals' && (value.type === 'real' || value.type === 'int' || value.type === 'long'))
    return String(Number(shape.text)) === shape.text
      ? notNull(`${value.kql} == ${kqlNumber(Number(shape.text))}`)
      : never;
  if (value.type === 'bool' && shape.kind === 'equals' && /^(?:true|false)$/i.test(shape.text))
    return notNull(`${value.kql} == ${shape.text.toLowerCase()}`);
  if (shape.kind === 'glob' || (!isCased && (foldsBeyondAscii(shape.text) || hasLooseDash(shape.text))))
    return test(`${textOf(value)} matches regex ${kqlString(globRegex(pattern, isCased))}`);
  if (!isCased && shape.kind === 'equals' && hasSpace(shape.text))
    return test(`${trimmed(textOf(value))} =~ ${kqlString(shape.text.trim())}`);
  return test(`${textOf(value)} ${operators[shape.kind][isCased ? 1 : 0]} ${kqlString(shape.text)}`);
}

function emptyText(value: Value, caveat: Caveat): Bool {
  if (value.type === 'dynamic')
    return and([test(`gettype(${value.kql}) == "string"`), test(`tostring(${value.kql}) == ""`)]);
  if (value.type !== 'string') return never;
  caveat(`Log Analytics keeps no difference between an empty text and none: ${value.kql}`);
  return test(`isempty(${value.kql})`);
}

function globRegex(pattern: Pattern, isCased: boolean): string {
  const isLoose = !isCased && pattern.some((part) => part.kind === 'literal' && hasSpace(part.text));
  const body = pattern.map((part, index) => {
    switch (part.kind) {
      case 'literal': {
        if (!isLoose) return isCased ? regexLiteral(part.text) : looseLiteral(part.text);
        const start = index === 0 ? part.text.trimStart() : part.text;
        return looseLiteral(index === pattern.length - 1 ? start.trimEnd() : start);
      }
      case 'any':
        return '.*';
      case 'one':
        return '.';
    }
  });
  const around = isLoose ? String.raw`\s*` : '';
  return `(?${isCased ? '' : 'i'}s)^${around}${body.join('')}${around}$`;
}

/** What is not there reads as the empty text, which some expressions fit; a field that is not there fits none. */
function regexPredicate(asked: RegexTest, value: Value, caveat: Caveat): Bool {
  const found = test(`${textOf(value)} matches regex ${kqlString(regexSource(asked))}`);
  const matches = regexMatcher(asked);
  if (typeof matches === 'string') throw new Inexpressible(matches);
  if (!matches('')) return found;
  if (value.type !== 'string') return and([present(value, caveat), found]);
  caveat(`Log Analytics keeps no difference between an empty text and none: ${value.kql}`);
  return found;
}

function regexSource({ source, ignoreCase, multiline, dotAll }: RegexTest): string {
  const flags = `${ignoreCase ? 'i' : ''}${multiline ? 'm' : ''}${dotAll ? 's' : ''}`;
  return flags === '' ? source : `(?${flags})${source}`;
}

const comparisons = { eq: '==', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** The time of a column is UTC, which is what Azure's records write. */
const timeParts: Readonly<Record<TimePart, (date: string) => string>> = {
  minute: (date) => `datetime_part("minute", ${date})`,
  hour: (date) => `hourofday(${date})`,
  day: (date) => `dayofmonth(${date})`,
  week: (date) => `week_of_year(${date})`,
  month: (date) => `monthofyear(${date})`,
  year: (date) => `getyear(${date})`,
};

const numeric = new Set(['int', 'long', 'real']);

function numberPredicate({ comparison, value: wanted, part }: NumberTest, value: Value): Bool {
  const sign = comparisons[comparison];
  if (part !== undefined) {
    const date = value.type === 'datetime' ? value.kql : `todatetime(${textOf(value)})`;
    return notNull(`${timeParts[part](date)} ${sign} ${kqlNumber(wanted)}`);
  }
  if (value.type === 'datetime' || value.type === 'bool')
    throw new Inexpressible(`${value.kql} is a ${value.type}, which no number compares to`);
  if (numeric.has(value.type)) return notNull(`${value.kql} ${sign} ${kqlNumber(wanted)}`);
  // A plain number equals the text it is written as: the record may hold 50140 or "50140".
  if (comparison === 'eq') return test(`${textOf(value)} == ${kqlString(String(wanted))}`);
  return notNull(`todouble(${textOf(value)}) ${sign} ${kqlNumber(wanted)}`);
}

/** Addresses come with a port (Storage), in brackets, or as IPv4 inside IPv6; a masked one is in no network. */
const v4Address = String.raw`^(?:::ffff:)?([0-9.]+)(?::[0-9]+)?$`;
const v6Address = String.raw`^\[?([0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*)(?:%[^\]]*)?(?:\](?::[0-9]+)?)?$`;

function cidrPredicate({ network, bytes }: CidrTest, value: Value): Bool {
  const [inRange, address] =
    bytes.length === 4 ? ['ipv4_is_in_range', v4Address] : ['ipv6_is_in_range', v6Address];
  return notNull(`${inRange}(extract(${kqlString(address)}, 1, ${textOf(value)}), ${kqlString(network)})`);
}
