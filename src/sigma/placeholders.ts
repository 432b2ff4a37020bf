import type { FieldTest, KeywordTest, Search } from './ast.ts';

/** Values by the name of their list: what `%name%` stands for under the modifier `expand`. */
export type PlaceholderLists = Readonly<Record<string, readonly string[]>>;

export type Expanded =
  | { readonly texts: readonly string[]; readonly names: readonly string[] }
  | { readonly texts?: undefined; readonly missing: readonly string[] }
  | { readonly texts?: undefined; readonly missing?: undefined; readonly tooMany: number };

/** Texts that one value may expand to. */
const mostTexts = 10_000;

/** `\%` is a percent sign, `%name%` a placeholder, any other `%` itself. */
const tokens = /\\%|%(?<name>[\w.-]+)%|[^\\%]+|[\\%]/gu;

/** Fills in every placeholder of a value; one with several gives every combination, in the order of the lists. */
export function expandPlaceholders(text: string, lists: PlaceholderLists): Expanded {
  const parts: (readonly string[])[] = [];
  const names: string[] = [];
  const missing: string[] = [];
  for (const found of text.matchAll(tokens)) {
    const name = found.groups?.['name'];
    if (name === undefined) parts.push([found[0] === String.raw`\%` ? '%' : found[0]]);
    else {
      names.push(name);
      const list = Object.hasOwn(lists, name) ? lists[name] : undefined;
      if (list === undefined || list.length === 0) missing.push(name);
      else parts.push(list);
    }
  }
  if (missing.length > 0) return { missing };
  const count = parts.reduce((product, part) => product * part.length, 1);
  if (count > mostTexts) return { tooMany: count };
  return {
    names,
    texts: parts.reduce<readonly string[]>(
      (soFar, part) => soFar.flatMap((before) => part.map((way) => before + way)),
      [''],
    ),
  };
}

/** The lists that the values of some searches name, each once, sorted. */
export function listsOf(searches: readonly Search[]): readonly string[] {
  const names = new Set<string>();
  for (const search of searches) {
    const tests: readonly (FieldTest | KeywordTest)[] =
      search.kind === 'keywords' ? [search.test] : search.maps.flat();
    for (const { modifiers, values } of tests) {
      if (!modifiers.includes('expand')) continue;
      for (const { written } of values)
        for (const { groups } of typeof written === 'string' ? written.matchAll(tokens) : []) {
          const name = groups?.['name'];
          if (name !== undefined) names.add(name);
        }
    }
  }
  return [...names].toSorted();
}
