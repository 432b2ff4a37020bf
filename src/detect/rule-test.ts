import { z } from 'zod';
import type { Problem } from '../lib/errors.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';
import type { Position, Rule } from '../sigma/ast.ts';
import { compileRule } from '../sigma/evaluate.ts';
import { mutantsOf } from './mutate/mutate.ts';
import type { Mutant } from './mutate/mutant.ts';

/** Events that a rule has to match, and events close to them that it must not: at least this many of each. */
export const leastCases = 2;

const caseName = z.string().min(1).describe('what is special about this event, in words');
const pointer = z.string().regex(/^(\/([^~]|~[01])*)+$/u, 'not a JSON Pointer such as /properties/result');

const testCase = z.union([
  z.strictObject({
    name: caseName,
    record: z.record(z.string(), z.json()).describe('the record as Azure sends it'),
  }),
  z.strictObject({
    name: caseName,
    like: z.string().describe('name of an event above whose record this one starts from'),
    set: z
      .record(pointer, z.json())
      .default({})
      .describe('what is different: JSON Pointers (RFC 6901) and their values'),
    remove: z.array(pointer).default([]).describe('what is not there: JSON Pointers'),
  }),
]);

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
  for (const kind of ['match', 'miss'] as const) {
    for (const [index, written] of value[kind].entries()) {
      const record = recordOf(written, cases);
      if (typeof record !== 'string') {
        cases.push({ name: written.name, record, shouldMatch: kind === 'match' });
      } else lost.push({ ...place, what: `${kind}.${index} ("${written.name}"): ${record}`, fix: '' });
    }
  }
  const short = (['match', 'miss'] as const).filter((kind) => value[kind].length < leastCases);
  const names = cases.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  return {
    cases,
    problems: [
      ...lost,
      ...short.map((kind) => ({
        ...place,
        what: `it has ${value[kind].length} of at least ${leastCases} events under \`${kind}\``,
        fix:
          kind === 'match'
            ? 'add an event that the rule has to match'
            : 'add an event that differs from a match in one thing and must not match',
      })),
      ...twice.map((name) => ({
        ...place,
        what: `two events are called "${name}"`,
        fix: 'give each a name of its own',
      })),
    ],
  };
}

/** The record of an event as its test says it; a text that says what is wrong when it cannot be made. */
function recordOf(written: z.infer<typeof testCase>, above: readonly RuleCase[]): JsonObject | string {
  if ('record' in written) return written.record;
  const base = above.find((other) => other.name === written.like);
  if (base === undefined) return `no event above it is called "${written.like}"`;
  const record = structuredClone(base.record) as Record<string, JsonValue>;
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

/** The mutants of a rule against its events. */
export interface MutationResult {
  /** Mutants that an event tells from the rule. */
  readonly killed: number;
  /** Mutants that no event tells from the rule, though one could. */
  readonly survivors: readonly Mutant[];
  /** Mutants that no event can tell from the rule. */
  readonly equivalent: readonly Mutant[];
}

/**
 * Plants every fault there is into the rule, one at a time, and asks its events. `cases` hold the records as
 * detections read them.
 */
export function mutationsOf(rule: Rule, conditionAt: Position, cases: readonly RuleCase[]): MutationResult {
  const survivors: Mutant[] = [];
  const equivalent: Mutant[] = [];
  let killed = 0;
  for (const mutant of mutantsOf(rule, conditionAt)) {
    if (mutant.equivalence !== undefined) {
      equivalent.push(mutant);
      continue;
    }
    const rival = compileRule(mutant.rule);
    if (cases.some(({ record, shouldMatch }) => rival.evaluate(record).matched !== shouldMatch)) killed++;
    else survivors.push(mutant);
  }
  return { killed, survivors, equivalent };
}
