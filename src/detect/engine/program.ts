import { resolveField } from '../../sigma/aliases/resolve.ts';
import type { Condition, FieldTest, KeywordTest, Rule, Search, ValueTest } from '../../sigma/ast.ts';
import { compileSearch } from '../../sigma/search-tests.ts';
import { joined } from './formula.ts';
import type { Formula } from './formula.ts';

/** A list of rules, with what they have in common said once. */
export interface Program {
  readonly fields: readonly FieldProgram[];
  /** In the order of the rules. */
  readonly formulas: readonly Formula[];
}

/** All that any rule asks of one field, or of the whole event. */
export interface FieldProgram {
  /** Where it stands in a record: it has the values of all paths. Undefined: keywords, asked of the whole event. */
  readonly paths: readonly string[] | undefined;
  readonly tests: readonly ValueTest[];
  readonly lines: readonly Line[];
}

/** [not] any/all of `values`, where a value is true when one of its tests is: places in `tests`. */
export interface Line {
  readonly link: 'any' | 'all';
  readonly isNegated: boolean;
  readonly values: readonly (readonly number[])[];
}

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
  return { formulas, fields };
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
