import type { CorrelationPlan, FieldReader } from './plan.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { readField, textOf } from '../../sigma/fields.ts';

/** One event as one group of one correlation sees it. */
export interface Member {
  /** Epoch ms. */
  readonly time: number;
  /** Of the event, or of the finding of a correlation; no two members of a window share one, unless moments count. */
  readonly id: string;
  /** Places in `rules` of the rules that matched it, ascending. */
  readonly rules: readonly number[];
  /** What is counted: different values, or combinations of them. */
  readonly values: readonly string[];
  /** What is summed. */
  readonly numbers: readonly number[];
  /** Values of the fields that correlations above ask for, in the order of `CorrelationPlan.carried`. */
  readonly carried: readonly (readonly string[])[];
  /** Ids of events behind it: its own, or those of the window that a correlation found, the newest of them. */
  readonly events: readonly string[];
}

/** A member and the group it belongs to. */
export interface Placed {
  /** The values of `group-by`, folded. */
  readonly group: readonly string[];
  readonly member: Member;
}

/** More groups, or combinations of values, than this are not made of one event: its arrays would multiply. */
export const MOST_GROUPS = 64;

/** Reads the values of fields of one event that rule `rule` of a correlation matched. */
export type Reading = (read: FieldReader) => readonly JsonValue[];

/** Letter case and being a number make no difference, as elsewhere in Sigma; null and empty texts are no values. */
export const foldedTexts = (values: readonly JsonValue[]): readonly string[] => {
  const texts = values.flatMap((value) => {
    if (typeof value === 'object') return [];
    const text = textOf(value)?.trim().toLowerCase();
    return text === undefined || text === '' ? [] : [text];
  });
  return texts.length > 1 ? [...new Set(texts)] : texts;
};

/** Azure sends numbers as texts too: a text that is wholly a decimal number is one. */
const numbersOf = (values: readonly JsonValue[]): readonly number[] =>
  values.flatMap((value) => {
    if (typeof value === 'number') return [value];
    if (typeof value !== 'string' || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(value.trim()))
      return [];
    const number = Number(value);
    return Number.isFinite(number) ? [number] : [];
  });

/** Every choice of one value from each list; undefined when there are more than `MOST_GROUPS`. */
export function combinations(
  lists: readonly (readonly string[])[],
): readonly (readonly string[])[] | undefined {
  if (lists.reduce((product, { length }) => product * length, 1) > MOST_GROUPS) return undefined;
  return lists.reduce<readonly (readonly string[])[]>(
    (chosen, list) => chosen.flatMap((before) => list.map((value) => [...before, value])),
    [[]],
  );
}

/** How a combination of values stands as one text: no value holds this character. */
export const keyOf = (values: readonly string[]): string => values.join('\u001f');

/** What reads a field of a record: all of its paths, each value. */
export const readingOf =
  (record: JsonObject): Reading =>
  ({ paths }) =>
    paths.length === 1 ? readField(record, paths[0] ?? '') : paths.flatMap((path) => readField(record, path));

export interface Membership {
  readonly placed: readonly Placed[];
  /** Why the event, or part of it, does not take part. */
  readonly unread: 'group_missing' | 'value_missing' | 'groups_too_many' | undefined;
}

interface Part {
  readonly rules: number[];
  readonly values: Set<string>;
  readonly numbers: number[];
}

/** What one event is to one correlation: once in each of its groups, whichever rules matched it. */
export function membershipOf(
  plan: CorrelationPlan,
  rules: readonly number[],
  readingFor: (rule: number) => Reading,
  about: Pick<Member, 'time' | 'id' | 'events'>,
): Membership {
  const parts = new Map<string, Part & { readonly group: readonly string[] }>();
  let unread: Membership['unread'];
  for (const rule of rules) {
    const reading = readingFor(rule);
    const readers = plan.readers[rule];
    if (readers === undefined) continue;
    const lists = readers.groupBy.map((field) => foldedTexts(reading(field)));
    const groups = combinations(lists);
    const measured = groups === undefined ? undefined : measuredBy(plan, readers.measured, reading);
    if (groups === undefined || measured === undefined) unread = 'groups_too_many';
    else if (groups.length === 0) unread = 'group_missing';
    else if (measured.values.length + measured.numbers.length === 0 && readers.measured.length > 0)
      unread = 'value_missing';
    else
      for (const group of groups) {
        const key = keyOf(group);
        const part = parts.get(key) ?? { group, rules: [], values: new Set(), numbers: [] };
        parts.set(key, part);
        // The same number read by two rules is one number of one event.
        if (part.rules.length === 0) part.numbers.push(...measured.numbers);
        part.rules.push(rule);
        for (const value of measured.values) part.values.add(value);
      }
  }
  const [first] = rules;
  const carried =
    first === undefined || parts.size === 0
      ? []
      : plan.carried.map((_, index) => [
          ...new Set(
            rules.flatMap((rule) => {
              const field = plan.readers[rule]?.carried[index];
              return field === undefined ? [] : foldedTexts(readingFor(rule)(field));
            }),
          ),
        ]);
  return {
    unread: parts.size === 0 ? unread : undefined,
    placed: [...parts.values()].map(({ group, rules: matched, values, numbers }) => ({
      group,
      member: { ...about, rules: matched, values: [...values], numbers, carried },
    })),
  };
}

const none = { values: [], numbers: [] } as const;

function measuredBy(
  { correlation: { condition } }: CorrelationPlan,
  fields: readonly FieldReader[],
  reading: Reading,
): Pick<Member, 'values' | 'numbers'> | undefined {
  switch (condition.measure.kind) {
    case 'events':
    case 'rules':
      return none;
    case 'distinct':
    case 'share': {
      const chosen = combinations(fields.map((field) => foldedTexts(reading(field))));
      return chosen && { values: chosen.map(keyOf), numbers: [] };
    }
    case 'sum':
    case 'average':
    case 'percentile':
      return { values: [], numbers: fields.flatMap((field) => numbersOf(reading(field))) };
  }
}
