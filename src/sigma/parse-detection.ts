import type { Condition, FieldTest, MapSearch, Search } from './ast.ts';
import { parseCondition } from './condition.ts';
import { parseFieldTest, parseKeywordTest } from './parse-values.ts';
import type { ValueContext } from './parse-values.ts';
import { entryOf } from './source.ts';
import type { Entry, Read } from './source.ts';

export interface DetectionSection {
  readonly searches: readonly Search[];
  readonly condition: Condition;
}

/** Reads the section `detection`, or `filter`, which has the same form. Undefined when something in it was reported. */
export function parseDetection(section: Entry, context: ValueContext): DetectionSection | undefined {
  const { key, value } = section;
  if (value.kind !== 'map') {
    context.report(value.at, `\`${key}\` is not a map`, 'give it searches and a `condition`');
    return undefined;
  }
  const named = value.entries.filter((entry) => entry.key !== 'condition');
  if (named.length === 0)
    context.report(value.at, `\`${key}\` has no search`, 'add one, for example `selection`');
  const searches = named.flatMap((entry) => parseSearch(entry, context) ?? []);
  const names = named.map((entry) => entry.key);
  const stated = entryOf(value, 'condition');
  if (stated === undefined)
    context.report(
      value.at,
      `\`${key}\` has no \`condition\``,
      `add \`condition: ${names[0] ?? 'selection'}\``,
    );
  const condition = stated && parseConditions(stated.value, names, context);
  return condition === undefined || searches.length < named.length ? undefined : { searches, condition };
}

/** A list of conditions is linked with `or`. */
function parseConditions(
  node: Read,
  names: readonly string[],
  { report }: ValueContext,
): Condition | undefined {
  const items = node.kind === 'list' ? node.items : [node];
  if (items.length === 0) report(node.at, '`condition` is empty', 'name a search');
  const conditions: Condition[] = [];
  for (const item of items) {
    if (item.kind !== 'scalar' || typeof item.json !== 'string') {
      report(item.at, '`condition` is not a text', 'write it like `selection and not filter`');
      continue;
    }
    const parsed = parseCondition(item.json, names);
    if (parsed.condition === undefined) {
      const { offset, what, fix } = parsed.fault;
      // Exact for a plain text on one line; quotes and folded lines shift it.
      report({ line: item.at.line, column: item.at.column + offset }, what, fix);
    } else conditions.push(parsed.condition);
  }
  if (conditions.length < items.length) return undefined;
  return conditions.length > 1 ? { kind: 'or', of: conditions } : conditions[0];
}

function parseSearch({ key: name, keyAt: at, value }: Entry, context: ValueContext): Search | undefined {
  if (name === 'timeframe') {
    context.report(
      at,
      '`timeframe` is not part of Sigma 2',
      'remove it; windows of time belong to correlation rules',
    );
    return undefined;
  }
  if (/[\s()|*]/u.test(name) || name === '') {
    context.report(
      at,
      `search name \`${name}\` cannot be used in a condition`,
      'use letters, digits, `_` and `-`',
    );
    return undefined;
  }
  switch (value.kind) {
    case 'scalar':
      context.report(
        value.at,
        `search \`${name}\` is a single value`,
        'write a list of keywords, or a map of fields',
      );
      return undefined;
    case 'map': {
      const keyword = value.entries.find(({ key }) => key.startsWith('|'));
      if (keyword !== undefined) return parseModifiedKeywords(name, value, keyword, context);
      return finishMaps(name, [value], value, context);
    }
    case 'list': {
      const maps = value.items.filter((item) => item.kind === 'map');
      if (value.items.length > 0 && maps.length === value.items.length)
        return finishMaps(name, maps, value, context);
      if (maps.length > 0) {
        context.report(
          value.at,
          `search \`${name}\` mixes keywords and maps`,
          'make two searches and link them with `or`',
        );
        return undefined;
      }
      const test = parseKeywordTest([], value.at, value, context);
      return test && { kind: 'keywords', name, test, at };
    }
  }
}

function parseModifiedKeywords(
  name: string,
  map: Read,
  { key, keyAt, value }: Entry,
  context: ValueContext,
): Search | undefined {
  if (map.kind === 'map' && map.entries.length > 1) {
    context.report(
      keyAt,
      `search \`${name}\` mixes keywords and fields`,
      'make two searches and link them with `and`',
    );
    return undefined;
  }
  const test = parseKeywordTest(key.split('|').slice(1), keyAt, value, context);
  return test && { kind: 'keywords', name, test, at: keyAt };
}

function finishMaps(
  name: string,
  nodes: readonly Read[],
  whole: Read,
  context: ValueContext,
): MapSearch | undefined {
  const maps: (readonly FieldTest[])[] = [];
  for (const node of nodes) {
    const entries = node.kind === 'map' ? node.entries : [];
    if (entries.length === 0)
      context.report(node.at, `search \`${name}\` has an empty map`, 'name a field and its value');
    const tests = entries.flatMap(
      (entry) => parseFieldTest(entry.key, entry.keyAt, entry.value, context) ?? [],
    );
    if (tests.length > 0 && tests.length === entries.length) maps.push(tests);
  }
  return maps.length === nodes.length ? { kind: 'maps', name, maps, at: whole.at } : undefined;
}
