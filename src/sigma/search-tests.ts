import type { MatchedField } from '../domain/finding.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { FieldTest, KeywordTest, Search, Value } from './ast.ts';
import { describeTest, describeTests, shown } from './describe.ts';
import { leavesOf, readPaths, textOf } from './fields.ts';
import { compileTest } from './value-tests.ts';
import type { CompiledTest, PathsOf } from './value-tests.ts';

export interface ExplainedLeaf {
  readonly search: string;
  /** Which of the search's alternatives (maps) the test belongs to, from 0. */
  readonly alternative: number;
  /** The field as the rule spells it; `(any field)` for keywords. */
  readonly field: string;
  readonly test: string;
  /** What the event has there, each cut to 200 characters; empty: the field is not there. */
  readonly actual: readonly string[];
  readonly passed: boolean;
}

export interface CompiledSearch {
  passes(record: JsonObject): boolean;
  /** For an event that passes. */
  why(record: JsonObject): readonly MatchedField[];
  leaves(record: JsonObject): readonly ExplainedLeaf[];
}

/** The tests of one line of a rule; the outcome says which values passed which test. */
interface CompiledLine {
  readonly field: string;
  readonly test: string;
  outcome(record: JsonObject): Outcome;
  actual(record: JsonObject): readonly JsonValue[];
}

interface Outcome {
  readonly passed: boolean;
  readonly hits: readonly MatchedField[];
}

/**
 * Maps are linked with `or`, the lines of a map with `and`. Fields are read as the rule spells them unless `pathsOf`
 * says where they stand.
 */
export function compileSearch(search: Search, pathsOf: PathsOf = (field) => [field]): CompiledSearch {
  const maps =
    search.kind === 'maps'
      ? search.maps.map((tests) => tests.map((test) => compileFieldTest(test, pathsOf)))
      : [[compileKeywords(search.test)]];
  const mapPasses = (lines: readonly CompiledLine[], record: JsonObject): boolean =>
    lines.every((line) => line.outcome(record).passed);
  return {
    passes: (record) => maps.some((lines) => mapPasses(lines, record)),
    why: (record) =>
      maps
        .filter((lines) => mapPasses(lines, record))
        .flatMap((lines) => lines.flatMap((line) => line.outcome(record).hits)),
    leaves: (record) =>
      maps.flatMap((lines, alternative) =>
        lines.map((line) => ({
          search: search.name,
          alternative,
          field: line.field,
          test: line.test,
          actual: line.actual(record).map(shown),
          passed: line.outcome(record).passed,
        })),
      ),
  };
}

interface CompiledValue {
  readonly anyOf: readonly { readonly words: string; readonly test: CompiledTest }[];
}

const compileValue = ({ anyOf }: Value, pathsOf: PathsOf): CompiledValue => ({
  anyOf: anyOf.map((test) => ({ words: describeTest(test), test: compileTest(test, pathsOf) })),
});

function compileFieldTest(line: FieldTest, pathsOf: PathsOf): CompiledLine {
  const { field, link, isNegated } = line;
  const paths = pathsOf(field);
  const values = line.values.map((value) => compileValue(value, pathsOf));
  const test = describeTests(line);
  return {
    field,
    test,
    actual: (record) => readPaths(record, paths),
    outcome: (record) => {
      const found = readPaths(record, paths);
      const hits = values.map(({ anyOf }) => firstHit(anyOf, field, found, record));
      const passed =
        link === 'all' ? hits.every((hit) => hit !== undefined) : hits.some((hit) => hit !== undefined);
      if (!isNegated) return { passed, hits: hits.filter((hit) => hit !== undefined) };
      return { passed: !passed, hits: [{ field, value: shown(found[0]), test }] };
    },
  };
}

function firstHit(
  anyOf: CompiledValue['anyOf'],
  field: string,
  found: readonly JsonValue[],
  record: JsonObject,
): MatchedField | undefined {
  for (const { words, test } of anyOf) {
    const passed = test(found, record);
    if (passed !== undefined) return { field, value: shown(passed.value), test: words };
  }
  return undefined;
}

/** The whole event: every text in it, and the event itself as compact JSON, which also shows its keys. */
function compileKeywords(keywords: KeywordTest): CompiledLine {
  const values = keywords.values.map((value) => compileValue(value, (field) => [field]));
  return {
    field: '(any field)',
    test: describeTests(keywords),
    actual: () => [],
    outcome: (record) => {
      const places = [...leavesOf(record), { path: '(event)', value: textOf(record) ?? null }];
      const hits = values.map(({ anyOf }) => {
        for (const { path, value } of places) {
          const hit = firstHit(anyOf, path, [value], record);
          if (hit !== undefined) return hit;
        }
        return undefined;
      });
      const found = hits.filter((hit) => hit !== undefined);
      return {
        passed: keywords.link === 'all' ? found.length === hits.length : found.length > 0,
        hits: found,
      };
    },
  };
}
