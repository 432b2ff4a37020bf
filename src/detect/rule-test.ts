import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';

/** Events that a rule has to match, and events close to them that it must not: at least this many of each. */
export const leastCases = 2;

export const caseName = z.string().min(1).describe('what is special about this event, in words');
export const pointer = z
  .string()
  .regex(/^(\/([^~]|~[01])*)+$/u, 'not a JSON Pointer such as /properties/result');

const testCase = z.union([
  z.strictObject({
    name: caseName,
    record: z.record(z.string(), z.json()).describe('the record as Azure sends it'),
  }),
  z.strictObject({
    name: caseName,
    like: z
      .string()
      .describe('name of an event whose record this one starts from: one written out in full, or one above'),
    set: z
      .record(pointer, z.json())
      .default({})
      .describe('what is different: JSON Pointers (RFC 6901) and their values'),
    remove: z.array(pointer).default([]).describe('what is not there: JSON Pointers'),
    each: z
      .record(pointer, z.array(z.json()).min(1))
      .optional()
      .describe(
        'an event for every value: a JSON Pointer, and the values that stand there one after the other',
      ),
  }),
]);
type WrittenCase = z.infer<typeof testCase>;

/** The form of a file of rule tests. */
export const ruleTestFile = z.strictObject({
  match: z.array(testCase).describe('events that the rule matches'),
  miss: z.array(testCase).describe('events close to a match that the rule must not match'),
});

/** One event a rule is tried on. */
export interface RuleCase {
  readonly name: string;
  readonly record: JsonObject;
  readonly shouldMatch: boolean;
}

export interface RuleCases {
  readonly cases: readonly RuleCase[];
  /** Everything wrong with the file; also names that are there twice and lists that are too short. */
  readonly problems: readonly Problem[];
}

/** Reads the tests of one rule. */
export function readRuleCases(text: string, file: string): RuleCases {
  const { value, problems } = readYamlFile(text, file, ruleTestFile);
  if (value === undefined) return { cases: [], problems };
  const place = { file, line: 1, column: 1 };
  const cases: RuleCase[] = [];
  const lost: Problem[] = [];
  // What is written out in full can be started from anywhere in the file; what starts from another, below it alone.
  const inFull = new Map(
    [...value.match, ...value.miss].flatMap((written) =>
      'record' in written ? [[written.name, written.record] as const] : [],
    ),
  );
  const eventOf = (name: string): JsonObject | undefined =>
    cases.find((other) => other.name === name)?.record ?? inFull.get(name);
  for (const kind of ['match', 'miss'] as const) {
    for (const [index, written] of value[kind].entries()) {
      const records = recordsOf(written, eventOf);
      if (typeof records === 'string')
        lost.push({ ...place, what: `${kind}.${index} ("${written.name}"): ${records}`, fix: '' });
      else cases.push(...records.map((one) => ({ ...one, shouldMatch: kind === 'match' })));
    }
  }
  const names = cases.map(({ name }) => name);
  return { cases, problems: [...lost, ...listProblems(value, names, 'events', place)] };
}

/** What is wrong with the lists of a file of tests: too short to say anything, or with one name twice. */
export function listProblems(
  lists: Readonly<Record<'match' | 'miss', readonly unknown[]>>,
  names: readonly string[],
  called: 'events' | 'cases',
  place: Pick<Problem, 'file' | 'line' | 'column'>,
): readonly Problem[] {
  const short = (['match', 'miss'] as const)
    .filter((kind) => lists[kind].length < leastCases)
    .map((kind) => ({
      what: `it has ${lists[kind].length} of at least ${leastCases} events under \`${kind}\``,
      fix:
        kind === 'match'
          ? 'add an event that the rule has to match'
          : 'add an event that differs from a match in one thing and must not match',
    }));
  const twice = names
    .filter((name, index) => names.indexOf(name) < index)
    .map((name) => ({ what: `two ${called} are called "${name}"`, fix: 'give each a name of its own' }));
  return [...short, ...twice].map((problem) => ({ ...place, ...problem }));
}

/** The events that one entry stands for; a text that says what is wrong when they cannot be made. */
function recordsOf(
  written: WrittenCase,
  above: (name: string) => JsonObject | undefined,
): readonly Pick<RuleCase, 'name' | 'record'>[] | string {
  const { name } = written;
  const record = recordOf(written, above);
  if (typeof record === 'string') return record;
  if (!('each' in written) || written.each === undefined) return [{ name, record }];
  const made: Pick<RuleCase, 'name' | 'record'>[] = [];
  for (const [path, values] of Object.entries(written.each))
    for (const value of values) {
      const one = structuredClone(record) as Record<string, JsonValue>;
      if (!change(one, path, value)) return `${path} leads nowhere`;
      made.push({
        name: `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
        record: one,
      });
    }
  return made;
}

/**
 * A record as its test writes it out, or as what is different from one above; a text that says what is wrong when it
 * cannot be made.
 */
export function recordOf(
  written:
    | { readonly record: JsonObject }
    | {
        readonly like: string;
        readonly set: Readonly<Record<string, JsonValue>>;
        readonly remove: readonly string[];
      },
  above: (name: string) => JsonObject | undefined,
): JsonObject | string {
  if ('record' in written) return written.record;
  const base = above(written.like);
  if (base === undefined) return `no event that it could start from is called "${written.like}"`;
  const record = structuredClone(base) as Record<string, JsonValue>;
  for (const path of written.remove) if (!change(record, path, undefined)) return `${path} is not there`;
  for (const [path, to] of Object.entries(written.set))
    if (!change(record, path, to)) return `${path} leads nowhere`;
  return record;
}

/** Sets or removes (`to` undefined) what a JSON Pointer (RFC 6901) names; false when the way there is missing. */
function change(record: Record<string, JsonValue>, path: string, to: JsonValue | undefined): boolean {
  const keys = path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let at: JsonValue | undefined = record;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return false;
    at = (at as Record<string, JsonValue>)[key];
  }
  if (typeof at !== 'object' || at === null) return false;
  const owner = at as Record<string, JsonValue>;
  if (to !== undefined) owner[last] = to;
  else if (Object.hasOwn(owner, last)) delete owner[last];
  else return false;
  return true;
}
