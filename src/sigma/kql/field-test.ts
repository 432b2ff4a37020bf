import type { LogSource } from '../../domain/event.ts';
import type { FieldReference, FieldTest, KeywordTest, ValueTest } from '../ast.ts';
import { patternMatcher, shapeOf } from '../pattern.ts';
import { regexMatcher } from '../regex.ts';
import { always, and, never, not, or, printBool, test } from './bool.ts';
import type { ArrayPath, Bool } from './bool.ts';
import { kqlString } from './literal.ts';
import { hasLooseDash, hasSpace, trimmed } from './loose-text.ts';
import { textOf } from './operand.ts';
import type { EachElement, Operand, Value } from './operand.ts';
import { noColumn, placesOf } from './places.ts';
import { foldsBeyondAscii, Inexpressible, predicate, present } from './predicate.ts';
import type { Caveat } from './predicate.ts';
import type { Branch } from './source.ts';

/** What a test is compiled over. */
export interface Over {
  readonly branch: Branch;
  readonly logSource: LogSource;
  readonly caveat: Caveat;
  /** What a test of a field without a known column gives; the compiler tries both to see whether it matters. */
  readonly unknownIs: boolean;
}

/** One line of a search over one table. Reads like `evaluate.ts`: [not] any/all of the values. */
export function fieldTest(line: FieldTest, over: Over): Bool {
  const operands = operandsOf(line.field, over);
  const texts = line.link === 'any' ? plainTexts(line) : undefined;
  const values =
    texts === undefined
      ? line.values.map(({ anyOf }) => or(anyOf.map((asked) => askAnywhere(asked, operands, line, over))))
      : operands.map((operand) => oneOf(texts, operand) ?? or(asks(line, operand, over)));
  const linked = line.link === 'all' ? and(values) : or(values);
  return line.isNegated ? not(linked) : linked;
}

const asks = (line: FieldTest, operand: Operand, over: Over): readonly Bool[] =>
  line.values.flatMap(({ anyOf }) => anyOf.map((asked) => ask(asked, operand, line, over)));

function operandsOf(field: string, { branch, logSource, caveat }: Over): readonly Operand[] {
  const { operands, caveats } = placesOf(branch, logSource, field);
  caveats.forEach(caveat);
  return operands;
}

/** The texts of a line that asks for texts alone, without regard to case. */
function plainTexts({ values }: FieldTest): readonly string[] | undefined {
  const texts = values.flatMap(({ anyOf }) => anyOf.map(plainText));
  const known = texts.filter((text) => text !== undefined);
  return known.length === texts.length ? known : undefined;
}

/** `in~ (…)` for a plain list of values, which Kusto looks up faster than a chain of `or`. */
function oneOf(texts: readonly string[], operand: Operand): Bool | undefined {
  switch (operand.kind) {
    case 'value':
      return inList(texts, operand);
    case 'each': {
      const { array, element, whole, only } = operand;
      const elements = inList(texts, element);
      return elements === undefined || whole !== undefined || only !== undefined
        ? undefined
        : { kind: 'each', array, kql: printBool(elements, () => 'false') };
    }
    case 'constant':
    case 'absent':
    case 'unknown':
      return undefined;
  }
}

function inList(texts: readonly string[], value: Value): Bool | undefined {
  if (value.type !== 'string' && value.type !== 'dynamic') return undefined;
  const spelled = texts.flatMap((text) => value.spellings?.words[text.toLowerCase()] ?? [text]);
  const isLoose = spelled.some(hasSpace);
  const wanted = isLoose ? spelled.map((text) => text.trim()) : spelled;
  const distinct = [...new Map(wanted.map((text) => [text.toLowerCase(), text])).values()];
  const [only] = distinct;
  if (only === undefined) return undefined;
  const subject = isLoose ? trimmed(textOf(value)) : textOf(value);
  return distinct.length === 1
    ? test(`${subject} =~ ${kqlString(only)}`)
    : test(`${subject} in~ (${distinct.map(kqlString).join(', ')})`);
}

/** The text of a test that asks for one text without regard to case; a number counts as its text. */
function plainText(asked: ValueTest): string | undefined {
  if (asked.kind === 'number')
    return asked.comparison === 'eq' && asked.part === undefined ? String(asked.value) : undefined;
  if (asked.kind !== 'text' || asked.isCased) return undefined;
  const shape = shapeOf(asked.pattern);
  const isPlain =
    shape.kind === 'equals' &&
    shape.text !== '' &&
    !foldsBeyondAscii(shape.text) &&
    !hasLooseDash(shape.text);
  return isPlain ? shape.text : undefined;
}

/** A field has the values of all its places: one place is enough, and it is not there when it is at none. */
function askAnywhere(asked: ValueTest, operands: readonly Operand[], line: FieldTest, over: Over): Bool {
  const answers = operands.map((operand) => ask(asked, operand, line, over));
  return isTrueOfNothing(asked) ? and(answers) : or(answers);
}

function ask(asked: ValueTest, operand: Operand, line: FieldTest, over: Over): Bool {
  if (asked.kind === 'fieldref')
    return or(operandsOf(asked.field, over).map((other) => reference(asked, operand, other)));
  const { branch, caveat, unknownIs } = over;
  switch (operand.kind) {
    case 'value':
      return predicate(asked, operand, caveat);
    case 'constant':
      return { kind: 'constant', value: isTrueOf(asked, operand.text) };
    case 'absent':
      return isTrueOfNothing(asked) ? always : never;
    case 'unknown':
      caveat(noColumn(branch, line.field));
      return isTrueOfNothing(asked) || unknownIs ? always : never;
    case 'each':
      return eachElement(asked, operand, caveat);
  }
}

const isTrueOfNothing = (asked: ValueTest): boolean =>
  asked.kind === 'null' || (asked.kind === 'exists' && !asked.expected);

/** Decided at once: the text is the same in every row. */
function isTrueOf(asked: Exclude<ValueTest, FieldReference>, text: string): boolean {
  switch (asked.kind) {
    case 'text':
      return patternMatcher(asked.pattern, asked.isCased)(text);
    case 'regex': {
      const matches = regexMatcher(asked);
      if (typeof matches === 'string') throw new Inexpressible(matches);
      return matches(text);
    }
    case 'exists':
      return asked.expected;
    case 'number':
      return asked.comparison === 'eq' && asked.part === undefined && text === String(asked.value);
    case 'boolean':
      return text.toLowerCase() === String(asked.value);
    case 'null':
    case 'cidr':
      return false;
  }
}

/**
 * An array is asked as a whole (its JSON text) when the path ends at it, and through its elements. That nothing is
 * there means that no element has it.
 */
function eachElement(
  asked: Exclude<ValueTest, FieldReference>,
  { array, whole, element, only }: EachElement,
  caveat: Caveat,
): Bool {
  const inside = (within: ArrayPath, of: Bool): Bool =>
    of.kind === 'constant' ? of : { kind: 'each', array: within, kql: printBool(of, () => 'false') };
  const through = (of: Bool): Bool => inside(array, only === undefined ? of : and([test(only), of]));
  switch (asked.kind) {
    case 'null':
      return not(through(present(element, caveat)));
    case 'exists': {
      const there = through(present(element, caveat));
      return asked.expected ? there : not(there);
    }
    case 'text':
    case 'regex': {
      const elements = through(predicate(asked, element, caveat));
      if (whole === undefined) return elements;
      const atOnce = predicate(asked, whole.value, caveat);
      return or([whole.within === undefined ? atOnce : inside(whole.within, atOnce), elements]);
    }
    case 'number':
    case 'boolean':
    case 'cidr':
      return through(predicate(asked, element, caveat));
  }
}

const stands = {
  equals: ['=~', '=='],
  startswith: ['startswith', 'startswith_cs'],
  endswith: ['endswith', 'endswith_cs'],
  contains: ['contains', 'contains_cs'],
} as const;

function reference({ comparison, isCased, field }: FieldReference, left: Operand, right: Operand): Bool {
  const isGone = (operand: Operand): boolean => operand.kind === 'absent' || operand.kind === 'unknown';
  if (isGone(left) || isGone(right)) return never;
  if (left.kind !== 'value' || right.kind !== 'value')
    throw new Inexpressible(`\`${field}\` cannot be compared: one of the two is an array or always the same`);
  return and([
    ...[left, right].map((side) => test(`isnotempty(${textOf(side)})`)),
    test(`${textOf(left)} ${stands[comparison][isCased ? 1 : 0]} ${textOf(right)}`),
  ]);
}

/** Keywords are looked for in all columns of the row at once. */
export function keywordTest({ values, link }: KeywordTest, caveat: Caveat): Bool {
  caveat(
    'keywords are looked for in the columns of the table, written as JSON, which may hold less than the record',
  );
  const row: Value = { kind: 'value', kql: 'tostring(pack_all())', type: 'string', spellings: undefined };
  const tests = values.map(({ anyOf }) =>
    or(
      anyOf.map((asked) => {
        if (asked.kind !== 'text' && asked.kind !== 'regex')
          throw new Inexpressible(`a test of kind \`${asked.kind}\` means nothing for keywords`);
        return predicate(asked, row, caveat);
      }),
    ),
  );
  return link === 'all' ? and(tests) : or(tests);
}
