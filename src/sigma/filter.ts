import type { LogSource } from '../domain/event.ts';
import { withMeanings } from './aliases/words.ts';
import type { Condition, Position, Rule, Search } from './ast.ts';
import { readMetadata, required } from './metadata.ts';
import { parseDetection } from './parse-detection.ts';
import type { PlaceholderLists } from './placeholders.ts';
import { entryOf, isTextList } from './source.ts';
import type { Entry, Read, Report } from './source.ts';

/**
 * A Sigma filter (specification 2.1.0): what is left out of the matches of the rules it names. Which way round its
 * condition counts is a choice of ours: README.md, "Filter polarity".
 */
export interface Filter {
  readonly file: string;
  readonly title: string;
  readonly id: string | undefined;
  readonly logSource: LogSource;
  /** Ids or names of rules; `any`: every rule of the log source. */
  readonly rules: readonly FilterTarget[] | 'any';
  readonly searches: readonly Search[];
  /** A match for which this is true is left out. */
  readonly leavesOut: Condition;
  /** Top-level keys that the specification does not name. */
  readonly extra: readonly string[];
  /** Where `filter` stands. */
  readonly at: Position;
}

export interface FilterTarget {
  readonly text: string;
  readonly at: Position;
}

/** True for a document that `parseFilter` is for. */
export const isFilter = (root: Read): boolean => entryOf(root, 'filter') !== undefined;

const specified = new Set('title id description date modified taxonomy logsource filter'.split(' '));

/** Reads one filter document, reporting everything wrong in it; undefined when there is a problem. */
export function parseFilter(
  root: Read,
  file: string,
  lists: PlaceholderLists,
  report: Report,
): Filter | undefined {
  let problems = 0;
  const counting: Report = (...problem) => {
    problems++;
    report(...problem);
  };
  if (root.kind !== 'map') {
    report(root.at, 'file is not a map of keys', 'a filter has `title`, `logsource` and `filter`');
    return undefined;
  }
  for (const key of ['detection', 'correlation']) {
    const foreign = entryOf(root, key);
    if (foreign !== undefined)
      counting(foreign.keyAt, `a filter has no \`${key}\``, 'put it into a document of its own');
  }
  const { title, id, logSource } = readMetadata(root, counting);
  const section = required(root, 'filter', counting);
  const rules = section && readTargets(section, counting);
  const parsed = section && parseDetection(withoutRules(section), { lists, report: counting });
  const leavesOut = parsed && leftOut(parsed.condition);
  if (section !== undefined && parsed !== undefined && leavesOut === undefined)
    counting(
      entryOf(section.value, 'condition')?.keyAt ?? section.keyAt,
      'condition mixes what is left out with what is not',
      'write what is left out, or `not (…)` around all of it',
    );
  if (problems > 0 || section === undefined || rules === undefined || !parsed || !leavesOut) return undefined;
  const extra = root.entries.map(({ key }) => key).filter((key) => !specified.has(key));
  return {
    file,
    title,
    id,
    logSource,
    rules,
    searches: parsed.searches,
    leavesOut,
    extra,
    at: section.keyAt,
  };
}

function readTargets(section: Entry, report: Report): Filter['rules'] | undefined {
  const entry = entryOf(section.value, 'rules');
  if (entry === undefined) {
    report(section.keyAt, '`filter` has no `rules`', 'list the ids or names of the rules that it is for');
    return undefined;
  }
  const { value } = entry;
  if (value.json === 'any') return 'any';
  if (value.kind !== 'list' || !isTextList(value.json) || value.json.length === 0) {
    report(value.at, '`rules` is not a list of ids or names', 'write a list, `- ` before each, or `any`');
    return undefined;
  }
  return value.json.map((text, index) => ({ text, at: value.items[index]?.at ?? value.at }));
}

function withoutRules({ value, ...section }: Entry): Entry {
  if (value.kind !== 'map') return { ...section, value };
  return { ...section, value: { ...value, entries: value.entries.filter(({ key }) => key !== 'rules') } };
}

/**
 * What a condition leaves out: itself when there is no `not` in it (the specification's samples), what stands under
 * `not` when that is around all of it (the way of pySigma). Undefined when it could be read either way.
 */
function leftOut(condition: Condition): Condition | undefined {
  if (condition.kind === 'not') return condition.of;
  if (!hasNot(condition)) return condition;
  if (condition.kind !== 'and' && condition.kind !== 'or') return undefined;
  const under = condition.of.flatMap((part) => (part.kind === 'not' ? part.of : []));
  if (under.length < condition.of.length) return undefined;
  return { kind: condition.kind === 'and' ? 'or' : 'and', of: under };
}

function hasNot(condition: Condition): boolean {
  switch (condition.kind) {
    case 'not':
      return true;
    case 'and':
    case 'or':
      return condition.of.some(hasNot);
    case 'search':
    case 'quantified':
      return false;
  }
}

/** A filter may be for more than the rule's log source, never for another one. */
export const filterFits = (filter: Pick<Filter, 'logSource'>, rule: Pick<Rule, 'logSource'>): boolean =>
  (['product', 'service', 'category'] as const).every(
    (part) => filter.logSource[part] === undefined || filter.logSource[part] === rule.logSource[part],
  );

/** The rule with everything that the filters leave out taken from its matches. */
export function applyFilters(rule: Rule, filters: readonly Filter[]): Rule {
  if (filters.length === 0) return rule;
  // Searches of the rule keep their names; those of filters get one that no file can hold.
  const named = filters.map((filter, index) => ({
    filter,
    rename: (name: string): string => `filter ${index + 1}: ${name}`,
  }));
  const searches = named.flatMap(({ filter, rename }) =>
    withMeanings(filter.searches, rule.logSource).map((search) => ({ ...search, name: rename(search.name) })),
  );
  const conditions = named.map(({ filter, rename }): Condition => ({
    kind: 'not',
    of: renamed(filter.leavesOut, rename),
  }));
  return {
    ...rule,
    searches: [...rule.searches, ...searches],
    condition: { kind: 'and', of: [rule.condition, ...conditions] },
  };
}

function renamed(condition: Condition, rename: (name: string) => string): Condition {
  switch (condition.kind) {
    case 'search':
      return { ...condition, name: rename(condition.name) };
    case 'quantified':
      return { ...condition, names: condition.names.map(rename), pattern: rename(condition.pattern) };
    case 'not':
      return { ...condition, of: renamed(condition.of, rename) };
    case 'and':
    case 'or':
      return { ...condition, of: condition.of.map((part) => renamed(part, rename)) };
  }
}
