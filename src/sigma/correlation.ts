import { DAY_MS, parseDuration } from '../lib/clock.ts';
import type { Problem } from '../lib/errors.ts';
import type { Position } from './ast.ts';
import { correlationTypes } from './correlation-ast.ts';
import type {
  Correlation,
  CorrelationType,
  FieldAlias,
  GroupField,
  RuleReference,
} from './correlation-ast.ts';
import { parseCorrelationCondition } from './correlation-condition.ts';
import { readDescription, required } from './metadata.ts';
import { entryOf, readYaml } from './source.ts';
import type { Entry, Read, Report } from './source.ts';

/** True for a document that `parseCorrelation` is for. */
export const isCorrelation = (root: Read): boolean => entryOf(root, 'correlation') !== undefined;

/**
 * Reads one correlation document (specification 2.1.0), reporting everything wrong in it; undefined when there is
 * a problem. What it names in other files is checked by `resolveCorrelations`.
 */
export function parseCorrelation(root: Read, file: string, report: Report): Correlation | undefined {
  let problems = 0;
  const counting: Report = (...problem) => {
    problems++;
    report(...problem);
  };
  if (root.kind !== 'map') {
    report(root.at, 'file is not a map of keys', 'a correlation has `title` and `correlation`');
    return undefined;
  }
  for (const key of ['detection', 'logsource', 'filter']) {
    const foreign = entryOf(root, key);
    if (foreign !== undefined)
      counting(foreign.keyAt, `a correlation has no \`${key}\``, 'put it into a document of its own');
  }
  const description = readDescription(withFalsePositives(root), counting);
  const section = required(root, 'correlation', counting);
  const read = section && readSection(section.value, counting);
  const generate = readGenerate(root, section?.value, counting);
  if (section === undefined || read === undefined || problems > 0) return undefined;
  const extra = Object.fromEntries(
    root.entries.filter(({ key }) => !specified.has(key)).map(({ key, value }) => [key, value.json]),
  );
  return frozen({ file, ...description, ...read, generate, extra, at: section.keyAt });
}

export interface ParsedCorrelation {
  /** Undefined when there is a problem. */
  readonly correlation: Correlation | undefined;
  /** Every problem, in the order of the file. */
  readonly problems: readonly Problem[];
  /** Where a top-level key, or a key below it, stands; the start of the nearest one that is there. */
  readonly at: (...path: readonly string[]) => Position;
}

/** The same for the text of a file that holds this one document. Never throws. */
export function parseCorrelationText(text: string, file: string): ParsedCorrelation {
  const { root, problems: unread } = readYaml(text, file);
  const problems: Problem[] = [...unread];
  const correlation =
    root &&
    parseCorrelation(root, file, ({ line, column }, what, fix) =>
      problems.push({ file, line, column, what, fix }),
    );
  return {
    correlation,
    problems: problems.toSorted((a, b) => a.line - b.line || a.column - b.column),
    at: (...path) => placeOf(root, path),
  };
}

function placeOf(root: Read | undefined, path: readonly string[]): Position {
  let [node, at]: [Read | undefined, Position] = [root, { line: 1, column: 1 }];
  for (const key of path) {
    const entry: Entry | undefined = node && entryOf(node, key);
    if (entry === undefined) break;
    [node, at] = [entry.value, entry.keyAt];
  }
  return at;
}

const specified = new Set(
  'title id name related taxonomy status description license author references date modified correlation fields falsepositives level tags scope generate'.split(
    ' ',
  ),
);
const sectionKeys = ['type', 'rules', 'group-by', 'timespan', 'aliases', 'condition', 'generate'];

type Section = Pick<
  Correlation,
  'type' | 'rules' | 'groupBy' | 'timespan' | 'timespanMs' | 'aliases' | 'condition'
>;

function readSection(section: Read, report: Report): Section | undefined {
  if (section.kind !== 'map') {
    report(section.at, '`correlation` is not a map', 'give it `type`, `rules`, `group-by` and `timespan`');
    return undefined;
  }
  for (const { key, keyAt } of section.entries)
    if (!sectionKeys.includes(key))
      report(keyAt, `unknown key \`${key}\``, `known here: ${sectionKeys.join(', ')}`);
  const type = readType(section, report);
  const rules = namesOf(required(section, 'rules', report), 'rules', 2, report);
  if (rules?.length === 0) report(section.at, '`rules` is empty', 'name a rule by its id or name');
  const groupBy = namesOf(required(section, 'group-by', report), 'group-by', 1, report);
  const timespan = readTimespan(section, report);
  const aliases = readAliases(section, report);
  const condition = type && parseCorrelationCondition(section, type, rules?.length ?? 0, report);
  if (type === 'temporal_ordered' && rules?.length === 1)
    report(section.at, 'one rule has no order', 'name two rules, or write `type: event_count`');
  if (!type || !rules || !groupBy || !timespan || !condition) return undefined;
  return {
    type,
    rules: rules.map(({ name, at }) => ({ text: name, at })),
    groupBy,
    ...timespan,
    aliases,
    condition,
  };
}

function readType(section: Read, report: Report): CorrelationType | undefined {
  const entry = required(section, 'type', report);
  if (entry === undefined) return undefined;
  const type = correlationTypes.find((known) => known === entry.value.json);
  if (type === undefined)
    report(
      entry.value.at,
      '`type` is no correlation type of Sigma',
      `write one of ${correlationTypes.join(', ')}`,
    );
  return type;
}

/** A list of different texts, each with its place. */
function namesOf(
  entry: Entry | undefined,
  key: string,
  shortest: number,
  report: Report,
): readonly GroupField[] | undefined {
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind !== 'list') {
    report(value.at, `\`${key}\` is not a list`, 'write a list, `- ` before each name');
    return undefined;
  }
  const names: GroupField[] = [];
  for (const { json, at } of value.items) {
    if (typeof json !== 'string' || json.length < shortest)
      report(at, `\`${key}\` holds something that is no name`, 'write a text, in quotes if need be');
    else if (names.some(({ name }) => name === json))
      report(at, `\`${key}\` names \`${json}\` twice`, 'remove one');
    else names.push({ name: json, at });
  }
  return names.length === value.items.length ? names : undefined;
}

/** Longer windows would keep more state, and read more back after a restart, than one process should. */
const LONGEST_TIMESPAN_MS = 90 * DAY_MS;

function readTimespan(
  section: Read,
  report: Report,
): Pick<Correlation, 'timespan' | 'timespanMs'> | undefined {
  const entry = required(section, 'timespan', report);
  if (entry === undefined) return undefined;
  const { json, at } = entry.value;
  const timespan = typeof json === 'string' && /^\d{1,9}[smhd]$/u.test(json) ? json : '';
  const timespanMs = parseDuration(timespan) ?? 0;
  if (timespanMs === 0)
    report(
      at,
      '`timespan` is not a number with a unit',
      'write it like 90s, 15m, 24h or 7d; for 1 h 30 write 90m',
    );
  else if (timespanMs > LONGEST_TIMESPAN_MS) report(at, '`timespan` is longer than 90d', 'shorten it');
  else return { timespan, timespanMs };
  return undefined;
}

function readAliases(section: Read, report: Report): readonly FieldAlias[] {
  const entry = entryOf(section, 'aliases');
  if (entry === undefined) return [];
  if (entry.value.kind !== 'map') {
    report(entry.value.at, '`aliases` is not a map', 'write `<alias>:` with `<rule>: <field>` below it');
    return [];
  }
  return entry.value.entries.flatMap(({ key: name, keyAt: at, value }) => {
    const fields =
      value.kind === 'map'
        ? value.entries.flatMap(({ key, keyAt, value: { json } }) =>
            typeof json === 'string' && json.trim() !== ''
              ? [{ rule: { text: key, at: keyAt } satisfies RuleReference, field: json }]
              : [],
          )
        : [];
    if (value.kind === 'map' && fields.length > 0 && fields.length === value.entries.length)
      return [{ name, fields, at }];
    report(value.at, `alias \`${name}\` is not a map of rules and fields`, 'write `<rule name>: <field>`');
    return [];
  });
}

/** The specification has `generate` beside `correlation`; pySigma reads it inside. Either place counts. */
function readGenerate(root: Read, section: Read | undefined, report: Report): boolean {
  const given = [root, section].flatMap((map) => (map && entryOf(map, 'generate')) ?? []);
  for (const { value } of given)
    if (typeof value.json !== 'boolean')
      report(value.at, '`generate` is neither true nor false', 'write `true` or `false`');
  const [first, second] = given;
  if (first !== undefined && second !== undefined && first.value.json !== second.value.json)
    report(second.keyAt, '`generate` stands in two places and differs', 'keep the one at the top');
  return first?.value.json === true;
}

/** In correlations the specification also lets `falsepositives` be one text. */
function withFalsePositives(root: Read & { readonly kind: 'map' }): Read {
  const entries = root.entries.map((entry): Entry => {
    const { key, value } = entry;
    if (key !== 'falsepositives' || value.kind !== 'scalar' || typeof value.json !== 'string') return entry;
    return { ...entry, value: { kind: 'list', items: [value], at: value.at, json: [value.json] } };
  });
  return { ...root, entries };
}

function frozen<T>(node: T): T {
  if (typeof node === 'object' && node !== null && !Object.isFrozen(node)) {
    Object.freeze(node);
    for (const part of Object.values(node)) frozen(part);
  }
  return node;
}
