import type { FieldTest, ValueTest } from '../ast.ts';
import { foldsBeyondAscii } from '../meaning/text.ts';
import { shapeOf } from '../pattern.ts';
import { printBool, test } from './bool.ts';
import type { Bool } from './bool.ts';
import type { Caveat } from './inexpressible.ts';
import { kqlString } from './literal.ts';
import { hasLooseDash, hasSpace, strictness, trimmed } from './loose-text.ts';
import { textOf } from './operand.ts';
import type { Operand, Value } from './operand.ts';

/** The texts of a line that asks for texts alone, without regard to case. */
export function plainTexts({ values }: FieldTest): readonly string[] | undefined {
  const texts = values.flatMap(({ anyOf }) => anyOf.map(plainText));
  const known = texts.filter((text) => text !== undefined);
  return known.length === texts.length ? known : undefined;
}

/** The text of a test that asks for one text without regard to case; a number counts as its text. */
function plainText(asked: ValueTest): string | undefined {
  if (asked.kind === 'number')
    return asked.comparison === 'eq' && asked.part === undefined ? String(asked.value) : undefined;
  if (asked.kind !== 'text' || asked.isCased) return undefined;
  const shape = shapeOf(asked.pattern);
  const isPlain =
    shape.kind === 'equals' &&
    shape.text.trim() !== '' &&
    !foldsBeyondAscii(shape.text) &&
    !hasLooseDash(shape.text);
  return isPlain ? shape.text : undefined;
}

/** `in~ (…)` for a plain list of values, which Kusto looks up faster than a chain of `or`. */
export function oneOf(texts: readonly string[], operand: Operand, caveat: Caveat): Bool | undefined {
  switch (operand.kind) {
    case 'value':
      return inList(texts, operand, caveat);
    case 'each': {
      const { array, element, whole, only } = operand;
      if (whole !== undefined || only !== undefined) return undefined;
      const elements = inList(texts, element, caveat);
      return elements === undefined
        ? undefined
        : { kind: 'each', array, kql: printBool(elements, () => 'false') };
    }
    case 'constant':
    case 'absent':
    case 'unknown':
      return undefined;
  }
}

function inList(texts: readonly string[], value: Value, caveat: Caveat): Bool | undefined {
  if (value.type !== 'string' && value.type !== 'dynamic') return undefined;
  const spelled = texts.flatMap((text) => value.spellings?.words[text.toLowerCase()] ?? [text]);
  const isTrimmed = spelled.some(hasSpace);
  const wanted = isTrimmed ? spelled.map((text) => text.trim()) : spelled;
  const distinct = [...new Map(wanted.map((text) => [text.toLowerCase(), text])).values()];
  const [only] = distinct;
  if (only === undefined) return undefined;
  for (const text of distinct) strictness(text, { isTrimmed }).forEach(caveat);
  const subject = isTrimmed ? trimmed(textOf(value)) : textOf(value);
  return distinct.length === 1
    ? test(`${subject} =~ ${kqlString(only)}`)
    : test(`${subject} in~ (${distinct.map(kqlString).join(', ')})`);
}
