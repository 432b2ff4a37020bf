import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/lib/json.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { createNormalise } from '../../src/normalise/normalise.ts';
import type { Normaliser } from '../../src/normalise/normaliser.ts';
import { eventClasses, normalisers } from '../../src/normalise/registry.ts';
import { T0 } from '../support/samples.ts';
import { bytesOf, fixturesOf } from './fixtures.ts';

const context = { receivedAt: T0 };
const all = normalisers.flatMap((owner) =>
  fixturesOf(owner).map(({ name, record }) => ({ owner, name, record })),
);
const normalise = createNormalise(normalisers);
const acceptorsOf = (record: JsonObject): readonly string[] =>
  normalisers
    .slice(0, -1)
    .filter((each) => each.accepts(record))
    .map((each) => each.type);

/** Freezes deeply, so that a write anywhere throws. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member);
    Object.freeze(value);
  }
  return value;
}

test('a fixture of every source goes through the registry without a dead letter', () => {
  const message = normalise({ body: bytesOf({ records: all.map(({ record }) => record) }), ...context });
  expect(message.failures).toEqual([]);
  expect(message.items.map((item) => item.index)).toEqual(all.map((_, index) => index));
  const classes = new Set(message.items.map((item) => item.fields.class));
  expect([...classes].toSorted()).toEqual(eventClasses.map((each) => each.id).toSorted());
});

test('class ids and log sources are each used once', () => {
  const ids = eventClasses.map((each) => each.id);
  expect(new Set(ids).size).toBe(ids.length);
  const sources = eventClasses.flatMap((each) => each.logSources).map((each) => JSON.stringify(each));
  expect(new Set(sources).size).toBe(sources.length);
});

describe.each(normalisers.map((each) => [each.type, each] as const))('%s', (_, normaliser: Normaliser) => {
  const fixtures = fixturesOf(normaliser);

  test('has at least three fixtures', () => {
    expect(fixtures.length).toBeGreaterThanOrEqual(3);
  });

  test('accepts its own fixtures and no other specific normaliser does', () => {
    const isFallback = normaliser === normalisers.at(-1);
    for (const { name, record } of fixtures) {
      expect({ name, by: acceptorsOf(record) }).toEqual({ name, by: isFallback ? [] : [normaliser.type] });
      expect({ name, accepts: normaliser.accepts(record) }).toEqual({ name, accepts: true });
    }
  });

  test('gives only classes it states, says the same twice, and leaves the record alone', () => {
    const ids = normaliser.classes.map((each) => each.id);
    for (const { record } of fixtures) {
      const received = frozen(structuredClone(record));
      const first = normaliser.normalise(received, context);
      expect(ids).toContain(first.fields.class);
      expect(normaliser.normalise(received, context)).toEqual(first);
      expect(received).toEqual(record);
      expect(Object.keys(first.record)).toEqual(Object.keys(record));
    }
  });

  test('is honest about the time, resource, operation and category', () => {
    for (const { name, record } of fixtures) {
      const { fields } = normaliser.normalise(record, context);
      const isReceived = fields.coerced.some((note) => /^time:.*received-at$/.test(note));
      expect({ name, isReceived: fields.time === T0 }).toEqual({ name, isReceived });
      expect(new Set(fields.missing).size).toBe(fields.missing.length);
      expect(new Set(fields.coerced).size).toBe(fields.coerced.length);
      const said = {
        resourceId: fields.resourceId,
        category: record['category'] ?? record['Category'],
        operationName: record['operationName'] ?? record['OperationName'],
      };
      const there = Object.entries(said).filter(([, value]) => value !== undefined);
      expect(fields.missing.filter((each) => there.some(([key]) => key === each))).toEqual([]);
      expect(fields.resourceId).toBe(fields.resourceId?.toLowerCase());
    }
  });

  test('says so when the time, resource or operation is taken away', () => {
    for (const { name, record } of fixtures) {
      const before = normaliser.normalise(record, context).fields;
      for (const key of ['time', 'resourceId', 'operationName'].filter(
        (each) => record[each] !== undefined,
      )) {
        const bare = Object.fromEntries(Object.entries(record).filter(([each]) => each !== key));
        const after = normaliser.normalise(bare, context).fields;
        const known = new Set([...before.missing, ...before.coerced]);
        const isSaid = [...after.missing, ...after.coerced].some((note) => !known.has(note));
        const isUnchanged = after.time === before.time && after.resourceId === before.resourceId;
        const isOperationKept = after.operation === before.operation;
        expect({ name, key, isHonest: isSaid || (isUnchanged && isOperationKept) }).toEqual({
          name,
          key,
          isHonest: true,
        });
      }
    }
  });

  test('never throws when a member of a fixture is dropped, emptied or replaced', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(), fc.jsonValue(), (fixture, at, value) => {
        const { record } = fixture;
        const paths = pathsOf(record);
        const path = paths[at % paths.length] ?? [];
        for (const mutated of [without(record, path), replaced(record, path, value)]) {
          if (!normaliser.accepts(mutated)) continue;
          const { fields } = normaliser.normalise(frozen(structuredClone(mutated)), context);
          expect(Number.isInteger(fields.time)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

test('normalised fixtures are as recorded', async () => {
  const lines = all.map(({ owner, name, record }) =>
    canonicalJson(plain({ name: `${owner.type}: ${name}`, fields: owner.normalise(record, context).fields })),
  );
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../fixtures/normalise/golden.ndjson');
});

/** As JSON has it: without members that are undefined. */
const plain = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;

/** Paths to every member and every element, outermost first. */
function pathsOf(
  value: JsonValue | undefined,
  prefix: readonly string[] = [],
): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [prefix];
  return [
    prefix,
    ...Object.entries(value).flatMap(([key, member]) => pathsOf(member as JsonValue, [...prefix, key])),
  ];
}

function replaced(record: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const copy = structuredClone(record) as Record<string, unknown>;
  const last = path.at(-1);
  if (last === undefined) return copy as JsonObject;
  let parent: Record<string, unknown> = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  parent[last] = value;
  return copy as JsonObject;
}

const without = (record: JsonObject, path: readonly string[]): JsonObject => {
  const copy = replaced(record, path, undefined);
  return JSON.parse(JSON.stringify(copy)) as JsonObject;
};
