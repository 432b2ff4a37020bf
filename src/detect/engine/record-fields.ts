import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { readField } from '../../sigma/fields.ts';
import { createStep, lookFor, walk } from './step.ts';
import type { Step } from './step.ts';

/**
 * Reads many paths of a record at once: each object on the way is walked once, and only when a path below it is
 * asked. The values of a path are those that `readField` gives, in an order of its own.
 */
export interface RecordFields {
  /** The record that is read from now on. */
  start(record: JsonObject): void;
  /** Undefined: the path leads nowhere, or to several values. Asked before `many`. */
  one(path: number): JsonValue | undefined;
  /** Where the path leads to an array or to several values: all of them. */
  many(path: number): readonly JsonValue[] | undefined;
}

export function createRecordFields(paths: readonly string[]): RecordFields {
  const steps: Step[] = [];
  const root = createStep(undefined, steps);
  const ends = paths.map((path, place) => lookFor(root, path, place, steps));

  const ones: (JsonValue | undefined)[] = paths.map(() => undefined);
  const manys: (JsonValue[] | undefined)[] = paths.map(() => undefined);
  /** Paths whose values are told by `readField`: arrays at the end, names with a dot inside. Rare. */
  const left = new Uint8Array(paths.length);
  let isSpecial = false;
  let record: JsonObject = {};

  const found = {
    value(place: number, value: JsonValue): void {
      if (Array.isArray(value)) found.special(place);
      else if (ones[place] === undefined && manys[place] === undefined) ones[place] = value;
      else {
        const before = ones[place];
        (manys[place] ??= before === undefined ? [] : [before]).push(value);
        ones[place] = undefined;
        isSpecial = true;
      }
    },
    special(place: number): void {
      left[place] = 1;
      isSpecial = true;
    },
  };
  const reach = (step: Step): void => {
    if (step.before !== undefined) reach(step.before);
    if (step.waiting.length > 0) walk(step, found);
  };
  return {
    start(given) {
      record = given;
      ones.fill(undefined);
      if (isSpecial) {
        manys.fill(undefined);
        left.fill(0);
        isSpecial = false;
      }
      for (const step of steps) step.waiting.length = 0;
      root.waiting.push(given);
    },
    one(place) {
      const end = ends[place];
      if (end !== undefined) reach(end);
      return left[place] === 1 ? undefined : ones[place];
    },
    many(place) {
      if (left[place] === 0) return manys[place];
      left[place] = 0;
      ones[place] = undefined;
      const values = [...readField(record, paths[place] ?? '')];
      manys[place] = values;
      return values;
    },
  };
}
