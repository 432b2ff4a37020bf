import { resolveField } from '../../sigma/aliases/resolve.ts';
import type { Condition, FieldTest, KeywordTest, Rule, Search, ValueTest } from '../../sigma/ast.ts';
import { compileSearch } from '../../sigma/search-tests.ts';
import { joined, linesOf } from './formula.ts';
import type { Formula } from './formula.ts';

/** A list of rules, with what they have in common said once. */
export interface Program {
  readonly fields: readonly FieldProgram[];
  /** Rules that ask alike side by side: what one value leaves of them fills few words then. */
  readonly formulas: readonly Formula[];
  /** The place that each of `formulas` has in the list of rules. */
  readonly places: readonly number[];
}

/** All that any rule asks of one field, or of the whole event. */
export interface FieldProgram {
  /** Where it stands in a record: it has the values of all paths. Undefined: keywords, asked of the whole event. */
  readonly paths: readonly string[] | undefined;
  readonly tests: readonly ValueTest[];
  readonly lines: readonly Line[];
  /** The rules that ask each line, as places in `formulas`. */
  readonly rules: readonly (readonly number[])[];
}

/** [not] any/all of `values`, where a value is true when one of its tests is: places in `tests`. */
export interface Line {
  readonly link: 'any' | 'all';
  readonly isNegated: boolean;
  readonly values: readonly (readonly number[])[];
}

/** The places of the tests that some lines of a field ask. */
export const testsOf = ({ lines }: FieldProgram, some: Iterable<number>): ReadonlySet<number> =>
  new Set(Array.from(some).flatMap((line) => lines[line]?.values.flat() ?? []));

/** Reads the rules into one program: equal tests and equal lines of all rules are one. */
export function programOf(rules: readonly Rule[]): Program {
  const drafts = new Map<string, FieldDraft>();
  const draftOf = (paths: readonly string[] | undefined): FieldDraft => {
    const key = JSON.stringify(paths ?? null);
    const known = drafts.get(key);
    if (known !== undefined) return known;
    const draft = { place: drafts.size, paths, tests: collector<ValueTest>(), lines: collector<Line>() };
    drafts.set(key, draft);
    return draft;
  };
  const lineIn = (draft: FieldDraft, test: FieldTest | KeywordTest): Formula => {
    const values = test.values.map(({ anyOf }) => anyOf.map(draft.tests.placeOf));
    const isNegated = test.kind === 'field' && test.isNegated;
    const line = draft.lines.placeOf({ link: test.link, isNegated, values });
    return { kind: 'line', field: draft.place, line };
  };
  const searchOf = (search: Search, pathsOf: (field: string) => readonly string[]): Formula => {
    if (search.kind === 'keywords') return lineIn(draftOf(undefined), search.test);
    const lineOf = (test: FieldTest): Formula =>
      test.values.some(({ anyOf }) => anyOf.some(({ kind }) => kind === 'fieldref'))
        ? { kind: 'record', ...compileSearch({ ...search, maps: [[test]] }, pathsOf) }
        : lineIn(draftOf(pathsOf(test.field)), test);
    return joined(
      'or',
      search.maps.map((tests) => joined('and', tests.map(lineOf))),
    );
  };
  const formulas = rules.map(({ logSource, searches, condition }) => {
    const pathsOf = (field: string): readonly string[] => resolveField(logSource, field);
    const bySearch = new Map(searches.map((search) => [search.name, searchOf(search, pathsOf)]));
    return formulaOf(condition, bySearch);
  });
  const fields = Array.from(drafts.values(), ({ paths, tests, lines }) => ({
    paths,
    tests: tests.items,
    lines: lines.items,
  }));
  return clustered(formulas, fields);
}

/** Sorts the formulas by the line that each asks of the field that most rules ask, and says who asks each line. */
function clustered(formulas: readonly Formula[], fields: readonly Omit<FieldProgram, 'rules'>[]): Program {
  const asked = formulas.map(linesOf);
  const uses = fields.map(() => 0);
  for (const lines of asked)
    for (const field of new Set(lines.map((line) => line.field))) uses[field] = (uses[field] ?? 0) + 1;
  const clusterOf = (place: number): readonly [field: number, line: number] => {
    const [first] = (asked[place] ?? []).toSorted(
      (a, b) => (uses[b.field] ?? 0) - (uses[a.field] ?? 0) || a.field - b.field || a.line - b.line,
    );
    return first === undefined ? [fields.length, 0] : [first.field, first.line];
  };
  const sorted = formulas
    .map((formula, place) => ({ formula, place, cluster: clusterOf(place) }))
    .toSorted((a, b) => a.cluster[0] - b.cluster[0] || a.cluster[1] - b.cluster[1] || a.place - b.place);
  const rules = fields.map(({ lines }) => lines.map(() => new Set<number>()));
  for (const [rule, { place }] of sorted.entries())
    for (const { field, line } of asked[place] ?? []) rules[field]?.[line]?.add(rule);
  return {
    formulas: sorted.map(({ formula }) => formula),
    places: sorted.map(({ place }) => place),
    fields: fields.map((field, place) => ({ ...field, rules: (rules[place] ?? []).map((of) => [...of]) })),
  };
}

interface FieldDraft {
  readonly place: number;
  readonly paths: readonly string[] | undefined;
  readonly tests: Collector<ValueTest>;
  readonly lines: Collector<Line>;
}

/** A list without repetitions, in the order in which its items came. */
interface Collector<T> {
  readonly items: readonly T[];
  readonly placeOf: (item: T) => number;
}

function collector<T>(): Collector<T> {
  const items: T[] = [];
  const places = new Map<string, number>();
  return {
    items,
    placeOf(item) {
      const key = JSON.stringify(item);
      const known = places.get(key);
      if (known !== undefined) return known;
      places.set(key, items.length);
      return items.push(item) - 1;
    },
  };
}

function formulaOf(condition: Condition, searches: ReadonlyMap<string, Formula>): Formula {
  const search = (name: string): Formula => {
    const formula = searches.get(name);
    if (formula === undefined)
      throw new TypeError(`condition names \`${name}\`, which the rule does not define`);
    return formula;
  };
  switch (condition.kind) {
    case 'search':
      return search(condition.name);
    case 'not':
      return { kind: 'not', of: formulaOf(condition.of, searches) };
    case 'and':
    case 'or':
      return joined(
        condition.kind,
        condition.of.map((part) => formulaOf(part, searches)),
      );
    case 'quantified':
      return joined(condition.quantifier === 'all' ? 'and' : 'or', condition.names.map(search));
  }
}
