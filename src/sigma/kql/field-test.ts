import type { LogSource } from '../../domain/event.ts';
import type { FieldTest, KeywordTest, ValueTest } from '../ast.ts';
import { meaningOf } from '../meaning/meaning-of.ts';
import type { Asking } from '../meaning/meaning.ts';
import { compileTest } from '../value-tests.ts';
import { always, and, never, not, or, printBool, test } from './bool.ts';
import type { ArrayPath, Bool } from './bool.ts';
import { oneOf, plainTexts } from './in-list.ts';
import { Inexpressible } from './inexpressible.ts';
import type { Caveat } from './inexpressible.ts';
import { memberCase } from './loose-text.ts';
import type { EachElement, Operand, Value } from './operand.ts';
import { noColumn, placesOf } from './places.ts';
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
      : operands.map((operand) => oneOf(texts, operand, over.caveat) ?? or(asks(line, operand, over)));
  const linked = line.link === 'all' ? and(values) : or(values);
  return line.isNegated ? not(linked) : linked;
}

const asks = (line: FieldTest, operand: Operand, over: Over): readonly Bool[] =>
  line.values.flatMap(({ anyOf }) => anyOf.map((asked) => ask(asked, operand, line, over)));

function operandsOf(field: string, { branch, logSource, caveat }: Over): readonly Operand[] {
  const { operands, caveats } = placesOf(branch, logSource, field);
  caveats.forEach(caveat);
  if (
    operands.some(
      (operand) => operand.kind === 'each' || (operand.kind === 'value' && operand.type === 'dynamic'),
    )
  )
    caveat(memberCase);
  return operands;
}

/** A field has the values of all its places: one place is enough, and it is not there when it is at none. */
function askAnywhere(asked: ValueTest, operands: readonly Operand[], line: FieldTest, over: Over): Bool {
  const answers = operands.map((operand) => ask(asked, operand, line, over));
  return isTrueOfNothing(asked) ? and(answers) : or(answers);
}

function ask(asked: ValueTest, operand: Operand, line: FieldTest, over: Over): Bool {
  const { branch, caveat, unknownIs } = over;
  const asking: Asking = { caveat, valuesOf: (field) => valuesOf(field, over) };
  switch (operand.kind) {
    case 'value':
      return meaningOf(asked).kql(operand, asking);
    case 'constant':
      if (asked.kind === 'fieldref') throw notComparable(asked.field);
      return { kind: 'constant', value: isTrueOf(asked, [operand.text]) };
    case 'absent':
      return isTrueOfNothing(asked) ? always : never;
    case 'unknown':
      caveat(noColumn(branch, line.field));
      return isTrueOfNothing(asked) || (unknownIs && asked.kind !== 'fieldref') ? always : never;
    case 'each':
      if (asked.kind === 'fieldref') throw notComparable(asked.field);
      return eachElement(asked, operand, asking);
  }
}

/** Decided at once, by the matcher itself: what is there is the same in every row. */
const isTrueOf = (asked: ValueTest, values: readonly string[]): boolean =>
  compileTest(asked)(values, {}) !== undefined;
const isTrueOfNothing = (asked: ValueTest): boolean => isTrueOf(asked, []);

/** The columns that a field of the same row stands in. */
function valuesOf(field: string, over: Over): readonly Value[] {
  return operandsOf(field, over).flatMap((operand) => {
    if (operand.kind === 'unknown') over.caveat(noColumn(over.branch, field));
    if (operand.kind === 'absent' || operand.kind === 'unknown') return [];
    if (operand.kind !== 'value') throw notComparable(field);
    return [operand];
  });
}

const notComparable = (field: string): Inexpressible =>
  new Inexpressible(`\`${field}\` cannot be compared: one of the two is an array or always the same`);

/**
 * An array is asked as a whole (its JSON text) when the path ends at it, and through its elements. That nothing is
 * there means that no element has it.
 */
function eachElement(asked: ValueTest, { array, whole, element, only }: EachElement, asking: Asking): Bool {
  const inside = (within: ArrayPath, of: Bool): Bool =>
    of.kind === 'constant' ? of : { kind: 'each', array: within, kql: printBool(of, () => 'false') };
  const through = (of: Bool): Bool => inside(array, only === undefined ? of : and([test(only), of]));
  const { kql } = meaningOf(asked);
  if (isTrueOfNothing(asked)) return not(through(not(kql(element, asking))));
  const elements = through(kql(element, asking));
  const isOfTexts = asked.kind === 'text' || asked.kind === 'regex';
  if (whole === undefined || !isOfTexts) return elements;
  const atOnce = kql(whole.value, asking);
  return or([whole.within === undefined ? atOnce : inside(whole.within, atOnce), elements]);
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
        return meaningOf(asked).kql(row, { caveat, valuesOf: () => [] });
      }),
    ),
  );
  return link === 'all' ? and(tests) : or(tests);
}
