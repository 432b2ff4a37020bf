import type { FieldIndex, Outcome } from './field-index.ts';
import { anyOfSigns } from './first-signs.ts';
import type { Found } from './node.ts';
import { createValueMap, forgetValues, isOther, putValue } from './value-map.ts';
import type { Value, ValueMap } from './value-map.ts';

/** What a value under a path means for all fields that have the path among theirs. */
export interface Meaning extends Found {
  readonly outcomes: ReadonlyMap<number, Outcome>;
}

/** What the values under one path mean: equal meanings are one object. */
export interface Meanings {
  /** Values met before. */
  readonly values: ValueMap<Meaning>;
  /** Undefined: not worth remembering. */
  learn(value: Exclude<Value, undefined>): Meaning | undefined;
}

/** Values remembered a path, and by all paths. Fields that tell rules apart have a few hundred. */
const REMEMBERED_AT_ONE = 512;
const REMEMBERED = 50_000;
/** Where values hardly ever came again (ids, bodies), so many times as many are not remembered. */
const PAUSE = 16;
/** Distinct meanings remembered a path; a meaning that comes again after so many others is another object. */
const MOST_MEANINGS = 1024;

/** By path: `fieldsOf` says which fields have it among theirs. */
export function createMeanings(
  fieldsOf: readonly (readonly number[])[],
  indexes: readonly FieldIndex[],
): readonly Meanings[] {
  let remembered = 0;
  const remembering = new Set<ValueMap<Meaning>>();

  const remember = (values: ValueMap<Meaning>, value: Value, meaning: Meaning): void => {
    if (remembered >= REMEMBERED) {
      for (const other of remembering) forgetValues(other);
      remembering.clear();
      remembered = 0;
    }
    putValue(values, value, meaning);
    remembering.add(values);
    remembered++;
    if (values.byValue.size < REMEMBERED_AT_ONE) return;
    if (values.hits < REMEMBERED_AT_ONE / 4) values.ignored = PAUSE * REMEMBERED_AT_ONE;
    forgetValues(values);
  };
  return fieldsOf.map((fields) => {
    const values = createValueMap<Meaning>(anyOfSigns(fields.map((field) => indexes[field]?.firstSigns)));
    const meanings = new Map<string, Meaning>();
    const meaningOf = (outcomes: ReadonlyMap<number, Outcome>): Meaning => {
      const key = Array.from(outcomes.values(), ({ id }) => id).join(' ');
      const known = meanings.get(key);
      if (known !== undefined) return known;
      if (meanings.size >= MOST_MEANINGS) meanings.clear();
      const meaning = { keys: undefined, outcomes };
      meanings.set(key, meaning);
      return meaning;
    };
    return {
      values,
      learn(value) {
        const isOne = isOther(values, value);
        if (!isOne && values.ignored > 0) {
          values.ignored--;
          return undefined;
        }
        const outcomes = new Map<number, Outcome>();
        for (const field of fields) {
          const index = indexes[field];
          if (index !== undefined) outcomes.set(field, index.ask(value));
        }
        const meaning = meaningOf(outcomes);
        if (isOne) values.other = meaning;
        else remember(values, value, meaning);
        return meaning;
      },
    };
  });
}
