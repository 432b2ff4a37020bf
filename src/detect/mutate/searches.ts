import type { FieldTest, KeywordTest, Search, Value, ValueTest } from '../../sigma/ast.ts';
import { describeTests } from '../../sigma/describe.ts';
import { foldText, shapeOf } from '../../sigma/pattern.ts';
import { replaced, within, without } from './mutant.ts';
import type { Operator, Planted } from './mutant.ts';
import { valueFaults, wordsOf } from './values.ts';

/** Every fault that a search can be given. */
export function searchFaults(search: Search): readonly Planted<Search>[] {
  if (search.kind === 'keywords') {
    return within(lineFaults(search.test), (test): Search => ({ ...search, test }));
  }
  const { maps } = search;
  return maps.flatMap((tests, index) => {
    const withTests = (changed: readonly FieldTest[]): Search => ({
      ...search,
      maps: replaced(maps, index, changed),
    });
    const dropped: readonly Planted<Search>[] =
      maps.length === 1
        ? []
        : [
            {
              operator: 'drop-map',
              at: tests[0]?.at ?? search.at,
              before: tests.map(lineWords).join(', '),
              after: '(left out)',
              part: { ...search, maps: without(maps, index) },
              equivalence: undefined,
            },
          ];
    return [...dropped, ...within(mapFaults(tests), withTests)];
  });
}

const lineWords = (line: FieldTest): string => `${line.field} ${describeTests(line)}`;

function mapFaults(tests: readonly FieldTest[]): readonly Planted<readonly FieldTest[]>[] {
  return tests.flatMap((test, index) => {
    const negated: Planted<FieldTest> = {
      ...changed(test, 'flip-neq', lineWords({ ...test, isNegated: !test.isNegated })),
      part: { ...test, isNegated: !test.isNegated },
    };
    const faults = within([negated, ...lineFaults(test)], (part) => replaced(tests, index, part));
    // A map without a test would fit everything; that is the mutant of the condition, not of the map.
    if (tests.length === 1) return faults;
    return [
      {
        ...changed(test, 'drop-field', '(not looked at)'),
        part: without(tests, index),
      },
      ...faults,
    ];
  });
}

const changed = (test: FieldTest, operator: Operator, after: string): Omit<Planted<never>, 'part'> => ({
  operator,
  at: test.at,
  before: lineWords(test),
  after,
  equivalence: undefined,
});

/** Faults in the list of values of a field or of keywords. */
function lineFaults<T extends FieldTest | KeywordTest>(line: T): readonly Planted<T>[] {
  const { values, link } = line;
  const withValues = (part: readonly Value[]): T => ({ ...line, values: part });
  const faults = values.flatMap((value, index) =>
    within(valueFaults(value), (part) => withValues(replaced(values, index, part))),
  );
  if (values.length === 1) return faults;
  const swapped: Planted<T> = {
    operator: 'swap-all',
    at: line.at,
    before: `${link} of ${values.length} values`,
    after: `${link === 'all' ? 'any' : 'all'} of them`,
    part: { ...line, link: link === 'all' ? 'any' : 'all' },
    equivalence: undefined,
  };
  const dropped = values.map((value, index): Planted<T> => {
    const others = without(values, index);
    const covering = others.find((other) => (link === 'any' ? covers(other, value) : covers(value, other)));
    return {
      operator: 'drop-value',
      at: value.at,
      before: wordsOf(value.anyOf),
      after: '(left out)',
      part: withValues(others),
      equivalence: covering && `what it fits, ${wordsOf(covering.anyOf)} decides`,
    };
  });
  return [swapped, ...dropped, ...faults];
}

/** True when everything that `narrow` fits, `wide` fits as well: proven for plain texts alone. */
function covers(wide: Value, narrow: Value): boolean {
  return narrow.anyOf.every((test) => wide.anyOf.some((other) => coversTest(other, test)));
}

function coversTest(wide: ValueTest, narrow: ValueTest): boolean {
  if (wide.kind !== 'text' || narrow.kind !== 'text' || wide.isCased || narrow.isCased) return false;
  const [outer, inner] = [shapeOf(wide.pattern), shapeOf(narrow.pattern)];
  if (outer.kind === 'present') return true;
  if (outer.kind === 'glob' || inner.kind === 'glob' || inner.kind === 'present') return false;
  const [outerText, innerText] = [foldText(outer.text), foldText(inner.text)];
  switch (outer.kind) {
    case 'equals':
      return inner.kind === 'equals' && outerText.trim() === innerText.trim();
    case 'startswith':
      return (inner.kind === 'startswith' || inner.kind === 'equals') && innerText.startsWith(outerText);
    case 'endswith':
      return (inner.kind === 'endswith' || inner.kind === 'equals') && innerText.endsWith(outerText);
    case 'contains':
      // Space around a text that is asked for whole is no difference, so it proves nothing.
      return (inner.kind === 'equals' ? innerText.trim() : innerText).includes(outerText);
  }
}
