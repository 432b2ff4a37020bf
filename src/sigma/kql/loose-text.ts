import { kqlString, regexLiteral } from './literal.ts';

/**
 * Names that people read, as Azure writes them: `Update application – Certificates and secrets management ` has an en
 * dash, and a space at its end. The matcher takes every dash for a hyphen, every kind of space for a space, and leaves
 * space around a text away. A query says so of names, which have a space inside, and wherever it has to use a regular
 * expression anyway. One word (an operation, a code, an id) is compared as it is, which Kusto does faster and people
 * read sooner; what that leaves out is said by the caveats here.
 */
const dashes = '\u2010-\u2015\u2212\ufe58\ufe63\uff0d';
const oddDash = new RegExp(`[${dashes}]`, 'u');

export const hasSpace = (text: string): boolean => /\s/u.test(text);

/** Whether a dash in the text may be another one in the record, which only a regular expression can say. */
export const hasLooseDash = (text: string): boolean =>
  oddDash.test(text) || (text.includes('-') && hasSpace(text));

/** RE2 for a literal text in which every dash fits every dash, and every space every kind of space. */
export const looseLiteral = (text: string): string =>
  regexLiteral(text)
    .replaceAll(new RegExp(`[-${dashes}]`, 'gu'), `[-${dashes}]`)
    .replaceAll(/\p{Zs}/gu, String.raw`\p{Zs}`);

/** Space as it may stand around a text. */
export const space = String.raw`[\s\p{Z}]`;

/** The text of a value without space around it. */
export const trimmed = (kql: string): string => `trim(${kqlString(`${space}+`)}, ${kql})`;

const spaceAround =
  'a single word, or an empty text, counts as it stands, so a record with space around it is not found';
const otherDashes = 'a hyphen in a single word is a hyphen, so a record with another dash there is not found';
const noBreakSpaces =
  'a no-break space in a record is no space, so a name that is written with one is not found';
export const looseReference =
  'two fields are compared as they stand, so space around one, or another dash or space in it, is a difference';

export const memberCase =
  'members of JSON are read in the letter case of the query, so a record that spells one in another case is not found';

/** How a query reads texts more strictly than the matcher; the same few sentences for all queries. */
const textCaveats: ReadonlySet<string> = new Set([
  spaceAround,
  otherDashes,
  noBreakSpaces,
  looseReference,
  memberCase,
]);

/** What is left out when Kusto compares a text with its own operators. */
export const strictness = (
  text: string,
  { isTrimmed }: { readonly isTrimmed: boolean },
): readonly string[] => [
  ...(isTrimmed ? [] : [spaceAround]),
  ...(text.includes('-') ? [otherDashes] : []),
  ...(hasSpace(text.trim()) ? [noBreakSpaces] : []),
];

/** What holds of one query apart from what holds of most. */
export function sortedCaveats(all: Iterable<string>): {
  readonly caveats: readonly string[];
  readonly textCaveats: readonly string[];
} {
  const { true: textual = [], false: others = [] } = Object.groupBy([...all], (words) =>
    textCaveats.has(words) ? 'true' : 'false',
  );
  return { caveats: others, textCaveats: textual };
}
