import type { JsonValue } from '../../lib/json.ts';
import type { FieldReference } from '../ast.ts';
import { readPaths, textOf } from '../fields.ts';
import { and, or, test } from '../kql/bool.ts';
import { looseReference } from '../kql/loose-text.ts';
import { textOf as kqlTextOf } from '../kql/operand.ts';
import { foldText } from '../pattern.ts';
import { casedWords, passing } from './meaning.ts';
import type { TestMeaning } from './meaning.ts';
import { operatorOf, relations } from './relations.ts';

/** The value stands in a relation to a value of another field; an absent one fits nothing. */
export const fieldrefMeaning = ({ comparison, field, isCased }: FieldReference): TestMeaning => ({
  matcher: (pathsOf) => {
    const paths = pathsOf(field);
    const { holds } = relations[comparison];
    const fold = (value: JsonValue): string | undefined => {
      const text = textOf(value);
      return text === undefined || isCased ? text : foldText(text).trim();
    };
    return (values, record) => {
      const others = readPaths(record, paths)
        .map(fold)
        .filter((other) => other !== undefined);
      return passing(values, (value) => {
        const text = fold(value);
        return text !== undefined && others.some((other) => holds(text, other));
      });
    };
  },
  kql: (value, { caveat, valuesOf }) => {
    if (!isCased) caveat(looseReference);
    return or(
      valuesOf(field).map((other) =>
        and([
          ...[value, other].map((side) => test(`isnotempty(${kqlTextOf(side)})`)),
          test(`${kqlTextOf(value)} ${operatorOf(comparison, isCased)} ${kqlTextOf(other)}`),
        ]),
      ),
    );
  },
  says: () => `${comparison} the field ${field}${casedWords(isCased)}`,
});
