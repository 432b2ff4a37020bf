import type { Detection } from '../domain/detection.ts';
import type { Event } from '../domain/event.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { resolveField } from '../sigma/aliases/resolve.ts';
import type { Rule } from '../sigma/ast.ts';
import { printCondition } from '../sigma/condition.ts';
import { describeTests, shown } from '../sigma/describe.ts';
import { explain, holds } from '../sigma/evaluate.ts';
import type { Explanation } from '../sigma/evaluate.ts';
import { readField } from '../sigma/fields.ts';
import { closestOf, isFolded } from './explain-values.ts';
import { nearestMatch } from './explain-nearest.ts';
import type { Turn } from './explain-nearest.ts';
import type { LoadedDetection } from './load.ts';

/** Where a field of the rule stands in records, and what this record has there. */
export interface FieldPlace {
  readonly path: string;
  /** Each cut to 200 characters; empty: it is not there. */
  readonly values: readonly string[];
}

/** A field that a rule asks, and where it was looked for. */
export interface ExplainedField {
  readonly field: string;
  readonly places: readonly FieldPlace[];
  /** True when a test of it fits only because letter case, odd spaces and dashes make no difference. */
  readonly isFolded: boolean;
}

/** A test that keeps a rule from matching. */
export interface Obstacle {
  readonly search: string;
  readonly alternative: number;
  readonly field: string;
  readonly test: string;
  /** `fits`: it has to fail for the rule to match, and it fits. */
  readonly is: 'fails' | 'fits';
  readonly places: readonly FieldPlace[];
  /** The wanted value that is nearest to one that is there, and what is between them; for a test that fails. */
  readonly closest: { readonly wanted: string; readonly seen: string; readonly why: string } | undefined;
}

/** What a filter said to a record. */
export interface ExplainedFilter {
  readonly title: string;
  readonly file: string;
  /** True when the rule would match but for this filter. */
  readonly takesAway: boolean;
}

/** Why a detection matched an event, or why it did not. */
export interface DetectionExplanation extends Explanation {
  readonly detection: Pick<Detection, 'name' | 'title' | 'level' | 'version' | 'file'>;
  readonly eventId: string;
  /** The rule's condition, with the fewest parentheses. */
  readonly condition: string;
  readonly fields: readonly ExplainedField[];
  readonly filters: readonly ExplainedFilter[];
  /** The fewest tests that stand between the record and a match; empty for a match. */
  readonly nearest: readonly Obstacle[];
}

/** Reads the record alone: whether the event's class is one the detection is routed to is for the caller to say. */
export function explainDetection(
  { detection, rule, filters = [] }: Pick<LoadedDetection, 'detection' | 'rule' | 'filters'>,
  event: Pick<Event, 'id' | 'record'>,
): DetectionExplanation {
  const { name, title, level, version, file } = detection;
  const { record } = event;
  const explanation = explain(rule, record);
  const truths = new Map(explanation.searches.map((search) => [search.name, search.passed]));
  const isTrue = (search: string): boolean => truths.get(search) === true;
  // As `applyFilters` puts it: the rule's own condition, and behind it what each filter leaves in.
  const [own, ...left] = filters.length > 0 && rule.condition.kind === 'and' ? rule.condition.of : [];
  return {
    detection: { name, title, level, version, file },
    eventId: event.id,
    condition: printCondition(rule.condition),
    ...explanation,
    fields: fieldsOf(rule, record),
    filters: filters.map((filter, index) => {
      const leavesIn = left[index];
      return {
        title: filter.title,
        file: filter.file,
        takesAway:
          own !== undefined && leavesIn !== undefined && holds(own, isTrue) && !holds(leavesIn, isTrue),
      };
    }),
    nearest: nearestMatch(rule, record).map((turn) => obstacleOf(rule, turn, record)),
  };
}

function fieldsOf(rule: Rule, record: JsonObject): readonly ExplainedField[] {
  const lines = rule.searches.flatMap((search) => (search.kind === 'maps' ? search.maps.flat() : []));
  const names = [...new Set(lines.map(({ field }) => field))];
  return names.map((field) => {
    const values = lines.filter((line) => line.field === field).flatMap((line) => line.values);
    const seen = valuesAt(rule, field, record);
    return { field, places: placesOf(rule, field, record), isFolded: isFolded(values, seen) };
  });
}

function obstacleOf(rule: Rule, { search, alternative, test, to }: Turn, record: JsonObject): Obstacle {
  const isField = test.kind === 'field';
  const closest =
    to && isField && !test.isNegated ? closestOf(test.values, valuesAt(rule, test.field, record)) : undefined;
  return {
    search,
    alternative,
    field: isField ? test.field : '(any field)',
    test: describeTests(test),
    is: to ? 'fails' : 'fits',
    places: isField ? placesOf(rule, test.field, record) : [],
    closest: closest && { ...closest, seen: shown(closest.seen) },
  };
}

const placesOf = ({ logSource }: Rule, field: string, record: JsonObject): readonly FieldPlace[] =>
  resolveField(logSource, field).map((path) => ({ path, values: readField(record, path).map(shown) }));

const valuesAt = ({ logSource }: Rule, field: string, record: JsonObject): readonly JsonValue[] =>
  resolveField(logSource, field).flatMap((path) => readField(record, path));
