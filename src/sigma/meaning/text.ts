import type { Pattern, TextTest } from '../ast.ts';
import { and, never, or, test } from '../kql/bool.ts';
import type { Bool } from '../kql/bool.ts';
import { Inexpressible } from '../kql/inexpressible.ts';
import type { Caveat } from '../kql/inexpressible.ts';
import { kqlNumber, kqlString, regexLiteral } from '../kql/literal.ts';
import { hasLooseDash, hasSpace, looseLiteral, space, strictness, trimmed } from '../kql/loose-text.ts';
import { textOf } from '../kql/operand.ts';
import type { Value } from '../kql/operand.ts';
import { emptyIsNone, notNull, present } from '../kql/present.ts';
import { patternMatcher, printPattern, shapeOf } from '../pattern.ts';
import type { Shape } from '../pattern.ts';
import { casedWords, passingTexts } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';
import { operatorOf } from './relations.ts';

/** The whole text fits the pattern. */
export const textMeaning = (asked: TextTest): TestMeaning => ({
  matcher: () => passingTexts(patternMatcher(asked.pattern, asked.isCased)),
  kql: (value, { caveat }) => textKql(asked, value, caveat),
  says: () => {
    const shape = shapeOf(asked.pattern);
    const cased = casedWords(asked.isCased);
    if (shape.kind === 'present') return 'is a text';
    if (shape.kind === 'glob') return `fits ${printPattern(asked.pattern)}${cased}`;
    return shape.text === '' && shape.kind === 'equals' ? 'is empty' : `${shape.kind} ${shape.text}${cased}`;
  },
});

/** Kusto's case-insensitive operators fold ASCII alone; other letters go through a regular expression. */
export const foldsBeyondAscii = (text: string): boolean =>
  Array.from(text).some((char) => char > '\u007f' && char.toLowerCase() !== char.toUpperCase());

function textKql({ pattern, isCased }: TextTest, value: Value, caveat: Caveat): Bool {
  const shape = shapeOf(pattern);
  if (shape.kind === 'present') return present(value, caveat);
  if (shape.kind === 'equals' && (isCased ? shape.text : shape.text.trim()) === '')
    return emptyText(value, isCased, caveat);
  if (value.type === 'datetime')
    throw new Inexpressible(`${value.kql} is a date; its text in the record is not kept`);
  if (shape.kind === 'equals' && (value.type === 'real' || value.type === 'int' || value.type === 'long'))
    return String(Number(shape.text)) === shape.text
      ? notNull(`${value.kql} == ${kqlNumber(Number(shape.text))}`)
      : never;
  if (value.type === 'bool' && shape.kind === 'equals' && /^(?:true|false)$/i.test(shape.text))
    return notNull(`${value.kql} == ${shape.text.toLowerCase()}`);
  const subject = textOf(value);
  if (shape.kind === 'glob' || (!isCased && (foldsBeyondAscii(shape.text) || hasLooseDash(shape.text))))
    return globKql(pattern, isCased, subject);
  if (isCased) return test(`${subject} ${operatorOf(shape.kind, true)} ${kqlString(shape.text)}`);
  return foldedKql(shape, subject, caveat);
}

/** Names are asked without the space around them; one word, and what may stand anywhere, as it is. */
function foldedKql(
  { kind, text }: Exclude<Shape, { kind: 'present' | 'glob' }>,
  subject: string,
  caveat: Caveat,
): Bool {
  const isTrimmed = kind !== 'contains' && hasSpace(text);
  strictness(text, { isTrimmed: isTrimmed || kind === 'contains' }).forEach(caveat);
  const asked = (of: string, wanted: string): Bool =>
    test(`${of} ${operatorOf(kind, false)} ${kqlString(wanted)}`);
  if (!isTrimmed) return asked(subject, text);
  if (kind === 'equals') return asked(trimmed(subject), text.trim());
  const inside = asked(trimmed(subject), text);
  return text === text.trim() ? inside : or([asked(subject, text), inside]);
}

/** Without a column of its own for it, an empty text and none look the same. */
function emptyText(value: Value, isCased: boolean, caveat: Caveat): Bool {
  if (value.type !== 'string' && value.type !== 'dynamic') return never;
  if (!isCased) strictness('', { isTrimmed: false }).forEach(caveat);
  if (value.type === 'dynamic')
    return and([test(`gettype(${value.kql}) == "string"`), test(`${textOf(value)} == ""`)]);
  caveat(emptyIsNone(value));
  return test(`isempty(${value.kql})`);
}

function globKql(pattern: Pattern, isCased: boolean, subject: string): Bool {
  const shape = shapeOf(pattern);
  // For equality the matcher leaves out the space around the rule's text too.
  const asked = !isCased && shape.kind === 'equals' ? trimmedPattern(shape.text) : pattern;
  const [first, last] = [asked.at(0), asked.at(-1)];
  // A `?`, or a space of the rule's own, at an end could be the space that is left out.
  const isSafe = [first, last].every(
    (part, index) =>
      part === undefined ||
      part.kind === 'any' ||
      (part.kind === 'literal' && !hasSpace((index === 0 ? part.text.at(0) : part.text.at(-1)) ?? '')),
  );
  const body = asked.map((part) => {
    switch (part.kind) {
      case 'literal':
        return isCased ? regexLiteral(part.text) : looseLiteral(part.text);
      case 'any':
        return '.*';
      case 'one':
        return '.';
    }
  });
  const around = (part: typeof first): string =>
    isCased || !isSafe || part?.kind === 'any' ? '' : `${space}*`;
  const regex = kqlString(`(?${isCased ? '' : 'i'}s)^${around(first)}${body.join('')}${around(last)}$`);
  const whole = test(`${subject} matches regex ${regex}`);
  return isCased || isSafe ? whole : or([whole, test(`${trimmed(subject)} matches regex ${regex}`)]);
}

const trimmedPattern = (text: string): Pattern => [{ kind: 'literal', text: text.trim() }];
