import { z } from 'zod';
import { parseDuration } from '../lib/clock.ts';
import type { Problem } from '../lib/errors.ts';
import type { JsonObject } from '../lib/json.ts';
import { readYamlFile } from '../lib/yaml-schema.ts';
import { caseName, listProblems, pointer, recordOf } from './rule-test.ts';

const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, 'not a duration such as 90s, 5m, 24h')
  .transform((text) => parseDuration(text) ?? 0);

const step = z.strictObject({
  after: duration.prefault('0s').describe('how long after the start it happens: 90s, 5m, 24h'),
  of: z.string().describe('name of a rule: the record is one of its own events'),
  like: z.string().describe('which of them, by its name'),
  set: z.record(pointer, z.json()).default({}).describe('what is different: JSON Pointers and their values'),
  remove: z.array(pointer).default([]).describe('what is not there: JSON Pointers'),
  times: z.int().min(1).max(10_000).default(1).describe('how often it happens'),
  every: duration.prefault('0s').describe('how long after one another'),
  differing: z
    .array(pointer)
    .default([])
    .describe('texts that end with the number of the repetition, so that each is another'),
});

const correlationCase = z.strictObject({
  name: caseName,
  records: z.array(step).min(1).describe('what happens, in any order'),
});

/** The form of a file of tests of a correlation. */
export const correlationTestFile = z.strictObject({
  match: z.array(correlationCase).describe('events in which the correlation finds something'),
  miss: z.array(correlationCase).describe('events that come close, in which it must not find anything'),
});

/** One record of a test, and when it happens: ms after the start. */
export interface TimedRecord {
  readonly afterMs: number;
  readonly record: JsonObject;
}

/** Events that a correlation is tried on. */
export interface CorrelationCase {
  readonly name: string;
  readonly records: readonly TimedRecord[];
  readonly shouldMatch: boolean;
}

/**
 * Reads the tests of one correlation.
 *
 * @param eventOf an event of a rule's own tests, by the names of both.
 */
export function readCorrelationCases(
  text: string,
  file: string,
  eventOf: (rule: string, name: string) => JsonObject | undefined,
): { readonly cases: readonly CorrelationCase[]; readonly problems: readonly Problem[] } {
  const { value, problems } = readYamlFile(text, file, correlationTestFile);
  if (value === undefined) return { cases: [], problems };
  const place = { file, line: 1, column: 1 };
  const lost: Problem[] = [];
  const cases = (['match', 'miss'] as const).flatMap((kind) =>
    value[kind].map(({ name, records }): CorrelationCase => {
      const timed = records.flatMap((written): readonly TimedRecord[] => {
        const record = recordOf(written, (like) => eventOf(written.of, like));
        if (typeof record !== 'string') return repeated(written, record);
        const what = record.startsWith('no event')
          ? `the rule ${written.of} has no event called "${written.like}"`
          : record;
        lost.push({ ...place, what: `${kind} "${name}": ${what}`, fix: '' });
        return [];
      });
      return { name, records: timed, shouldMatch: kind === 'match' };
    }),
  );
  const names = cases.map(({ name }) => name);
  return { cases, problems: [...lost, ...listProblems(value, names, 'cases', place)] };
}

const repeated = (
  { after, times, every, differing }: z.infer<typeof step>,
  record: JsonObject,
): readonly TimedRecord[] =>
  Array.from({ length: times }, (_, index) => ({
    afterMs: after + index * every,
    record: differing.length === 0 ? record : numbered(record, differing, index),
  }));

function numbered(record: JsonObject, pointers: readonly string[], index: number): JsonObject {
  const set = Object.fromEntries(pointers.map((path) => [path, `${textAt(record, path)}${index}`]));
  const made = recordOf({ like: '', set, remove: [] }, () => record);
  return typeof made === 'string' ? record : made;
}

const textAt = (record: JsonObject, path: string): string => {
  const made = path
    .slice(1)
    .split('/')
    .reduce<unknown>(
      (at, key) =>
        typeof at === 'object' && at !== null
          ? (at as Record<string, unknown>)[key.replaceAll('~1', '/').replaceAll('~0', '~')]
          : undefined,
      record,
    );
  return typeof made === 'string' || typeof made === 'number' ? String(made) : '';
};
