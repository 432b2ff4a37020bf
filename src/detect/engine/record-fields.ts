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
  /** Paths that an object had as one key with a dot in it: `readField` tells what they lead to. */
  const dotted = paths.map(() => false);
  /** Whether `manys` or `dotted` have to be cleared: they seldom do. */
  let isOdd = false;
  let record: JsonObject = {};

  const found = {
    value(place: number, value: JsonValue): void {
      const one = ones[place];
      const many = manys[place];
      if (one === undefined && many === undefined && !Array.isArray(value)) {
        ones[place] = value;
        return;
      }
      isOdd = true;
      ones[place] = undefined;
      const all = many ?? (one === undefined ? [] : [one]);
      all.push(value);
      if (Array.isArray(value)) pushElements(value as readonly JsonValue[], all);
      manys[place] = all;
    },
    dotted(place: number): void {
      dotted[place] = true;
      isOdd = true;
    },
  };
  const reach = (step: Step): void => {
    if (step.before !== undefined) reach(step.before);
    if (step.waiting.length > 0) walk(step, found);
    step.isReached = true;
  };
  const readDotted = (place: number): void => {
    dotted[place] = false;
    ones[place] = undefined;
    manys[place] = [...readField(record, paths[place] ?? '')];
  };
  return {
    start(given) {
      record = given;
      ones.fill(undefined);
      if (isOdd) {
        manys.fill(undefined);
        dotted.fill(false);
        isOdd = false;
      }
      for (const step of steps) {
        step.waiting.length = 0;
        step.isReached = false;
      }
      root.waiting.push(given);
    },
    one(place) {
      const end = ends[place];
      if (end !== undefined && !end.isReached) reach(end);
      if (isOdd && dotted[place] === true) readDotted(place);
      return ones[place];
    },
    many: (place) => manys[place],
  };
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
