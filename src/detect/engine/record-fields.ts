import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { readField } from '../../sigma/fields.ts';
import { createStep, enter, lookFor } from './step.ts';
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
  const root = createStep(undefined);
  const steps: Step[] = [root];
  const ends = paths.map((path, place) => lookFor(root, path, place, steps));

  const ones: (JsonValue | undefined)[] = paths.map(() => undefined);
  const manys: (readonly JsonValue[] | undefined)[] = paths.map(() => undefined);
  const isRead = new Uint8Array(paths.length);
  /** Paths that an object had as one key with a dot in it: `readField` tells what they lead to. */
  const isDotted = new Uint8Array(paths.length);
  /** Whether `manys` and `isDotted` have to be cleared: they seldom do. */
  let isOdd = false;
  let record: JsonObject = {};

  const tellDotted = (place: number): void => {
    isDotted[place] = 1;
    isOdd = true;
  };
  const reach = (step: Step): void => {
    step.isReached = true;
    if (step.before === undefined) return enter(step, record, tellDotted);
    const { step: above, name } = step.before;
    if (!above.isReached) reach(above);
    for (let at = 0; at < above.objects.length; at++) {
      const value = valueIn(above, at, name);
      if (value !== undefined) enter(step, value, tellDotted);
    }
  };
  const read = (place: number): void => {
    isRead[place] = 1;
    const end = ends[place];
    if (end === undefined) return;
    const { step, name } = end;
    if (!step.isReached) reach(step);
    let many: JsonValue[] | undefined;
    let one: JsonValue | undefined;
    if (isDotted[place] === 1) many = [...readField(record, paths[place] ?? '')];
    else
      for (let at = 0; at < step.objects.length; at++) {
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
    if (many === undefined) return;
    manys[place] = many;
    isOdd = true;
  };
  return {
    start(given) {
      record = given;
      isRead.fill(0);
      if (isOdd) {
        manys.fill(undefined);
        isDotted.fill(0);
        isOdd = false;
      }
      for (const step of steps) {
        if (!step.isReached) continue;
        step.isReached = false;
        step.objects.length = 0;
        step.shapes.length = 0;
      }
    },
    one(place) {
      if (isRead[place] === 0) read(place);
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
function pushElements(values: readonly JsonValue[], into: JsonValue[]): void {
  const waiting: (readonly JsonValue[])[] = [values];
  for (let within = waiting.pop(); within !== undefined; within = waiting.pop())
    for (const value of within) {
      if (Array.isArray(value)) waiting.push(value as readonly JsonValue[]);
      else into.push(value);
    }
}
