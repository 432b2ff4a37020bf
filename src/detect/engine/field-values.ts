import type { JsonObject } from '../../lib/json.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { createKeywords } from './keywords.ts';
import type { Keywords } from './keywords.ts';
import type { FieldProgram } from './program.ts';
import { createRecordFields } from './record-fields.ts';

/** What the fields of one record after another mean for the rules; each field is asked once a record, if at all. */
export interface FieldValues {
  /** The record that is asked from now on. */
  start(record: JsonObject): void;
  /** Undefined: the values of the field were not met before, or are not remembered. */
  remembered(field: number): Outcome | undefined;
  outcome(field: number): Outcome;
}

export function createFieldValues(
  fields: readonly FieldProgram[],
  indexes: readonly FieldIndex[],
): FieldValues {
  const paths = [...new Set(fields.flatMap(({ paths: of }) => of ?? []))];
  const places = new Map(paths.map((path, place) => [path, place]));
  const found = createRecordFields(paths);
  const readers = fields.map(({ paths: of, tests }, field) => ({
    index: indexes[field],
    keywords: of === undefined ? createKeywords(tests) : undefined,
    paths: of?.map((path) => places.get(path) ?? 0),
  }));
  const known: (Outcome | undefined)[] = fields.map(() => undefined);
  let record: JsonObject = {};

  const read = (field: number, isAsked: boolean): Outcome | undefined => {
    const { index, paths: of, keywords } = readers[field] ?? {};
    if (index === undefined) throw new RangeError(`no field ${field}`);
    if (of === undefined) return isAsked ? askRecord(index, keywords) : undefined;
    let whole: Outcome | undefined;
    for (const path of of) {
      const one = found.one(path);
      const many = one === undefined ? found.many(path) : undefined;
      if (one === undefined && many === undefined) continue;
      // Several values are not remembered together: the field is asked when it has to be.
      if (!isAsked && many !== undefined) return undefined;
      const outcome =
        one === undefined
          ? index.askAll(many ?? [])
          : (index.remembered(one) ?? (isAsked ? index.ask(one) : undefined));
      if (outcome === undefined) return undefined;
      whole = whole === undefined ? outcome : index.join(whole, outcome);
    }
    return whole ?? index.absent;
  };
  const askRecord = (index: FieldIndex, keywords: Keywords | undefined): Outcome => {
    const passed: number[] = [];
    keywords?.find(record, (place) => {
      passed.push(place);
    });
    return index.outcomeOf(passed);
  };
  return {
    start(given) {
      record = given;
      found.start(given);
      known.fill(undefined);
    },
    remembered: (field) => (known[field] ??= read(field, false)),
    outcome(field) {
      const outcome = known[field] ?? read(field, true);
      if (outcome === undefined) throw new RangeError(`field ${field} gave no outcome`);
      known[field] = outcome;
      return outcome;
    },
  };
}
