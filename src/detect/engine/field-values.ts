import type { JsonObject } from '../../lib/json.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { createKeywords } from './keywords.ts';
import type { FieldProgram } from './program.ts';
import { createRecordFields } from './record-fields.ts';

/** What the fields of one record after another mean for the rules. */
export interface FieldValues {
  /** The record that is asked from now on, and the bytes of the message that it was read out of. */
  start(record: JsonObject, message: Uint8Array | undefined): void;
  outcome(field: number): Outcome;
}

export function createFieldValues(
  fields: readonly FieldProgram[],
  indexes: readonly FieldIndex[],
): FieldValues {
  const paths = [...new Set(fields.flatMap(({ paths: of }) => of ?? []))];
  const places = new Map(paths.map((path, place) => [path, place]));
  const found = createRecordFields(paths);
  let record: JsonObject = {};
  let message: Uint8Array | undefined;

  const readerOf = (index: FieldIndex, of: readonly number[]) => (): Outcome => {
    let whole: Outcome | undefined;
    for (let at = 0; at < of.length; at++) {
      const path = of[at] ?? 0;
      const one = found.one(path);
      const many = one === undefined ? found.many(path) : undefined;
      if (one === undefined && many === undefined) continue;
      const outcome = one === undefined ? index.askAll(many ?? []) : index.ask(one);
      whole = whole === undefined ? outcome : index.join(whole, outcome);
    }
    return whole ?? index.absent;
  };
  const readerOfOne = (index: FieldIndex, path: number) => (): Outcome => {
    const one = found.one(path);
    if (one !== undefined) return index.ask(one);
    const many = found.many(path);
    return many === undefined ? index.absent : index.askAll(many);
  };
  const keywordsOf = (index: FieldIndex, { tests }: FieldProgram): (() => Outcome) => {
    const keywords = createKeywords(tests);
    const passed: number[] = [];
    const tell = (place: number): void => {
      passed.push(place);
    };
    return () => {
      passed.length = 0;
      keywords.find(record, message, tell);
      return index.outcomeOf(passed);
    };
  };
  const readers = fields.map((field, nth) => {
    const index = indexes[nth];
    if (index === undefined) throw new RangeError(`field ${nth} has no index`);
    if (field.paths === undefined) return keywordsOf(index, field);
    const [path = 0, ...others] = field.paths.map((of) => places.get(of) ?? 0);
    return others.length === 0 ? readerOfOne(index, path) : readerOf(index, [path, ...others]);
  });
  return {
    start(given, of) {
      record = given;
      message = of;
      found.start(given);
    },
    outcome(field) {
      const read = readers[field];
      if (read === undefined) throw new RangeError(`no field ${field}`);
      return read();
    },
  };
}
