import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { readField } from '../../sigma/fields.ts';
import { createStep, enter, lookFor } from './step.ts';
import type { Step } from './step.ts';

/**
 * Reads paths of one record after another: each object on the way is walked once a record, and only when a path below
 * it is asked. The values of a path are those that `readField` gives, in an order of its own.
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
  const root = createStep(undefined);
  const ends = paths.map((path, place) => lookFor(root, path, place));

  const ones: (JsonValue | undefined)[] = paths.map(() => undefined);
  const manys: (readonly JsonValue[] | undefined)[] = paths.map(() => undefined);
  /** The number of the record that each path was read in, and of that which has it as one key with a dot in it. */
  const readIn = new Float64Array(paths.length);
  const dottedIn = new Float64Array(paths.length);
  let record: JsonObject = {};
  let nth = 0;

  const tellDotted = (place: number): void => {
    dottedIn[place] = nth;
  };
  const reach = (step: Step): void => {
    step.reachedIn = nth;
    step.count = 0;
    if (step.before === undefined) return enter(step, record, tellDotted);
    const { step: above, name } = step.before;
    if (above.reachedIn !== nth) reach(above);
    for (let at = 0; at < above.count; at++) {
      const value = valueIn(above, at, name);
      if (value !== undefined) enter(step, value, tellDotted);
    }
  };
  const read = (place: number): void => {
    readIn[place] = nth;
    const end = ends[place];
    if (end === undefined) return;
    const { step, name } = end;
    if (step.reachedIn !== nth) reach(step);
    let many: JsonValue[] | undefined;
    let one: JsonValue | undefined;
    // `readField` tells what a key with a dot in it leads to.
    if (dottedIn[place] === nth) many = [...readField(record, paths[place] ?? '')];
    else
      for (let at = 0; at < step.count; at++) {
        const value = valueIn(step, at, name);
        if (value === undefined) continue;
        if (one === undefined && many === undefined && !Array.isArray(value)) one = value;
        else {
          many ??= one === undefined ? [] : [one];
          many.push(value);
          if (Array.isArray(value)) pushElements(value as readonly JsonValue[], many);
        }
      }
    ones[place] = many === undefined ? one : undefined;
    manys[place] = many;
  };
  return {
    start(given) {
      record = given;
      nth++;
    },
    one(place) {
      if (readIn[place] !== nth) read(place);
      return ones[place];
    },
    many: (place) => manys[place],
  };
}

function valueIn(step: Step, at: number, name: number): JsonValue | undefined {
  const key = step.shapes[at]?.keyOf[name];
  return key === undefined ? undefined : step.objects[at]?.[key];
}

/** The elements of an array and of every array in it, without recursion: depth is up to whoever sent the event. */
export function pushElements(values: readonly JsonValue[], into: JsonValue[]): void {
  const waiting: (readonly JsonValue[])[] = [values];
  for (let within = waiting.pop(); within !== undefined; within = waiting.pop())
    for (const value of within) {
      if (Array.isArray(value)) waiting.push(value as readonly JsonValue[]);
      else into.push(value);
    }
}
