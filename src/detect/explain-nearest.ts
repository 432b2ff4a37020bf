import type { JsonObject } from '../lib/json.ts';
import { resolveField } from '../sigma/aliases/resolve.ts';
import type { Condition, FieldTest, KeywordTest, Rule, Search } from '../sigma/ast.ts';
import { compileSearch } from '../sigma/search-tests.ts';

/** A test that would have to come out the other way. */
export interface Turn {
  readonly search: string;
  /** Which of the search's alternatives (maps) the test belongs to, from 0. */
  readonly alternative: number;
  readonly test: FieldTest | KeywordTest;
  /** What it has to be; at present it is not. */
  readonly to: boolean;
}

/** The fewest tests that would have to come out the other way for the rule to match; none when it does. */
export function nearestMatch(rule: Rule, record: JsonObject): readonly Turn[] {
  const searches = new Map(rule.searches.map((search) => [search.name, searchTurns(rule, search, record)]));
  const turnsOf = (name: string, to: boolean): readonly Turn[] => {
    const turns = searches.get(name);
    return turns === undefined ? [] : to ? turns.toTrue : turns.toFalse;
  };
  return unique(conditionTurns(rule.condition, true, turnsOf));
}

function searchTurns(
  { logSource }: Rule,
  search: Search,
  record: JsonObject,
): { readonly toTrue: readonly Turn[]; readonly toFalse: readonly Turn[] } {
  const passes = (part: Search): boolean =>
    compileSearch(part, (field) => resolveField(logSource, field)).passes(record);
  const turn = (alternative: number, test: FieldTest | KeywordTest, to: boolean): Turn => ({
    search: search.name,
    alternative,
    test,
    to,
  });
  if (search.kind === 'keywords')
    return passes(search)
      ? { toTrue: [], toFalse: [turn(0, search.test, false)] }
      : { toTrue: [turn(0, search.test, true)], toFalse: [] };
  const maps = search.maps.map((tests, alternative) => ({
    failing: tests
      .filter((test) => !passes({ ...search, maps: [[test]] }))
      .map((test) => turn(alternative, test, true)),
    first: tests[0] && turn(alternative, tests[0], false),
  }));
  return {
    toTrue: shortest(maps.map(({ failing }) => failing)),
    // Every alternative that holds has to lose a test; which one is all the same.
    toFalse: maps.flatMap(({ failing, first }) => (failing.length > 0 ? [] : (first ?? []))),
  };
}

function conditionTurns(
  condition: Condition,
  to: boolean,
  turnsOf: (search: string, to: boolean) => readonly Turn[],
): readonly Turn[] {
  const all = (parts: readonly (readonly Turn[])[]): readonly Turn[] => parts.flat();
  switch (condition.kind) {
    case 'search':
      return turnsOf(condition.name, to);
    case 'not':
      return conditionTurns(condition.of, !to, turnsOf);
    case 'and':
    case 'or': {
      const parts = condition.of.map((part) => conditionTurns(part, to, turnsOf));
      return (condition.kind === 'and') === to ? all(parts) : shortest(parts);
    }
    case 'quantified': {
      const parts = condition.names.map((name) => turnsOf(name, to));
      return (condition.quantifier === 'all') === to ? all(parts) : shortest(parts);
    }
  }
}

const shortest = (lists: readonly (readonly Turn[])[]): readonly Turn[] =>
  lists.reduce<readonly Turn[] | undefined>(
    (best, list) => (best === undefined || list.length < best.length ? list : best),
    undefined,
  ) ?? [];

const unique = (turns: readonly Turn[]): readonly Turn[] =>
  turns.filter(({ test }, index) => turns.findIndex((other) => other.test === test) === index);
