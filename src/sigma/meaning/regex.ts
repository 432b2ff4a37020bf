import type { RegexTest } from '../ast.ts';
import { and, test } from '../kql/bool.ts';
import type { Bool } from '../kql/bool.ts';
import { Inexpressible } from '../kql/inexpressible.ts';
import type { Caveat } from '../kql/inexpressible.ts';
import { kqlString } from '../kql/literal.ts';
import { textOf } from '../kql/operand.ts';
import type { Value } from '../kql/operand.ts';
import { emptyIsNone, present } from '../kql/present.ts';
import { regexMatcher } from '../regex.ts';
import { passingTexts } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';

/** A regular expression found in the text. */
export const regexMeaning = (asked: RegexTest): TestMeaning => ({
  matcher: () => {
    const matches = regexMatcher(asked);
    if (typeof matches === 'string') throw new TypeError(`regular expression was not checked: ${matches}`);
    return passingTexts(matches);
  },
  kql: (value, { caveat }) => regexKql(asked, value, caveat),
  says: () => `matches /${asked.source}/${flagsOf(asked)}`,
});

const flagsOf = ({ ignoreCase, multiline, dotAll }: RegexTest): string =>
  `${ignoreCase ? 'i' : ''}${multiline ? 'm' : ''}${dotAll ? 's' : ''}`;

/** What is not there reads as the empty text, which some expressions fit; a field that is not there fits none. */
function regexKql(asked: RegexTest, value: Value, caveat: Caveat): Bool {
  const flags = flagsOf(asked);
  const source = flags === '' ? asked.source : `(?${flags})${asked.source}`;
  const found = test(`${textOf(value)} matches regex ${kqlString(source)}`);
  const matches = regexMatcher(asked);
  if (typeof matches === 'string') throw new Inexpressible(matches);
  if (!matches('')) return found;
  if (value.type !== 'string') return and([present(value, caveat), found]);
  caveat(emptyIsNone(value));
  return found;
}
