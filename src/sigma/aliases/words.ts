import type { LogSource } from '../../domain/event.ts';
import type { Search, Value, ValueTest } from '../ast.ts';
import { affixed, foldText, literalPattern, parsePattern, shapeOf } from '../pattern.ts';
import type { Meaning, WordRow } from './table.ts';
import { tableOf } from './resolve.ts';

/**
 * Adds to the values of a rule what Azure writes in their stead: `Status: Success` on a sign-in is error code 0. What
 * the rule says itself stays, so nothing is lost. Only texts without `cased` are looked up, after their modifiers.
 */
export function withMeanings(searches: readonly Search[], logSource: LogSource): readonly Search[] {
  const rows = tableOf(logSource)?.words ?? [];
  if (rows.length === 0) return searches;
  return searches.map((search) =>
    search.kind === 'keywords'
      ? search
      : {
          ...search,
          maps: search.maps.map((tests) =>
            tests.map((test) => {
              const fitting = rows.filter(({ fields }) => fields.some((field) => isSame(field, test.field)));
              if (fitting.length === 0) return test;
              return { ...test, values: test.values.map((value) => extended(value, fitting)) };
            }),
          ),
        },
  );
}

const isSame = (field: string, other: string): boolean => field.toLowerCase() === other.toLowerCase();

function extended(value: Value, rows: readonly WordRow[]): Value {
  const more = value.anyOf.flatMap((test) => meaningsOf(test, rows));
  return more.length === 0 ? value : { ...value, anyOf: [...value.anyOf, ...more] };
}

function meaningsOf(test: ValueTest, rows: readonly WordRow[]): readonly ValueTest[] {
  if (test.kind !== 'text' || test.isCased) return [];
  const shape = shapeOf(test.pattern);
  if (shape.kind === 'present' || shape.kind === 'glob' || shape.text === '') return [];
  const { kind, text } = shape;
  return rows
    .filter(({ word }) => word === undefined || foldText(word).trim() === foldText(text).trim())
    .flatMap(({ meanings }) => meanings.map((meaning) => meant(meaning, kind, text)));
}

function meant(
  meaning: Meaning,
  asked: 'equals' | 'startswith' | 'endswith' | 'contains',
  text: string,
): ValueTest {
  if (meaning.kind === 'regex')
    return { kind: 'regex', source: meaning.source, ignoreCase: true, multiline: false, dotAll: false };
  const pattern =
    meaning.kind === 'text'
      ? parsePattern(meaning.pattern)
      : affixed(literalPattern(text + meaning.by), 'startswith');
  return { kind: 'text', isCased: false, pattern: asked === 'equals' ? pattern : affixed(pattern, asked) };
}
