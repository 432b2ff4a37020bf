import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';

/** A place that paths go through, and what they look for in the objects that stand there. */
export interface Step {
  readonly before: Step | undefined;
  /** Reached in the record at hand, not walked yet. */
  readonly waiting: JsonObject[];
  readonly names: Map<string, Names>;
  /** What each key met so far leads to, at most `MOST_SPELLINGS`; null: nowhere. */
  readonly met: Map<string, Met | null>;
}

/** Names that differ in letter case alone: `readField` takes the exact spelling, else the first in the object. */
interface Names {
  readonly spelled: Map<string, Name>;
  first: JsonValue | undefined;
  /** The object that `first` was found in. */
  in: JsonObject | undefined;
}

interface Name {
  /** Paths that end here. */
  readonly ends: number[];
  /** Paths that go on, yet are found here by an object that has the rest of the path as one key. */
  readonly dotted: number[];
  next: Step | undefined;
  exact: JsonValue | undefined;
  in: JsonObject | undefined;
}

/** A key as records spell it. */
interface Met {
  readonly names: Names;
  /** When a path spells it the same way. */
  readonly name: Name | undefined;
}

/** Honest records have few keys; spellings beyond this are folded each time they come. */
const MOST_SPELLINGS = 4096;

export function createStep(before: Step | undefined, all: Step[]): Step {
  const step: Step = { before, waiting: [], names: new Map(), met: new Map() };
  all.push(step);
  return step;
}

/** Makes the steps of a path; gives the last. */
export function lookFor(step: Step, path: string, place: number, all: Step[]): Step {
  const dot = path.indexOf('.');
  const whole = nameIn(step, path);
  if (dot < 0) {
    whole.ends.push(place);
    return step;
  }
  whole.dotted.push(place);
  const name = nameIn(step, path.slice(0, dot));
  name.next ??= createStep(step, all);
  return lookFor(name.next, path.slice(dot + 1), place, all);
}

/** Two keys are one name when `readField` says so: of the same length, and of the same lower case. */
const foldedKey = (key: string): string => `${key.length}:${key.toLowerCase()}`;

function nameIn(step: Step, spelling: string): Name {
  const key = foldedKey(spelling);
  const names = step.names.get(key) ?? { spelled: new Map(), first: undefined, in: undefined };
  step.names.set(key, names);
  const name = names.spelled.get(spelling) ?? {
    ends: [],
    dotted: [],
    next: undefined,
    exact: undefined,
    in: undefined,
  };
  names.spelled.set(spelling, name);
  return name;
}

/** Told of what a walk finds. */
interface Found {
  value(path: number, value: JsonValue): void;
  /** The path has to be read by itself: it is not where its steps lead. */
  special(path: number): void;
}

/** Walks the objects that wait at a step; what paths go through next waits at its own step then. */
export function walk(step: Step, found: Found): void {
  const touched: Names[] = [];
  for (const object of step.waiting) {
    touched.length = 0;
    for (const key of Object.keys(object)) {
      let met = step.met.get(key);
      if (met === undefined) met = meet(step, key);
      if (met === null) continue;
      const { names, name } = met;
      const value = object[key];
      if (names.in !== object) {
        names.in = object;
        names.first = value;
        touched.push(names);
      }
      if (name !== undefined) {
        name.in = object;
        name.exact = value;
      }
    }
    for (const names of touched) {
      names.in = undefined;
      for (const name of names.spelled.values()) {
        const value = name.in === object ? name.exact : names.first;
        name.in = undefined;
        if (value !== undefined) tell(name, value, found);
      }
    }
  }
  step.waiting.length = 0;
}

function meet(step: Step, key: string): Met | null {
  const names = step.names.get(foldedKey(key));
  const met = names === undefined ? null : { names, name: names.spelled.get(key) };
  if (step.met.size < MOST_SPELLINGS) step.met.set(key, met);
  return met;
}

function tell({ ends, dotted, next }: Name, value: JsonValue, found: Found): void {
  for (const path of ends) found.value(path, value);
  for (const path of dotted) found.special(path);
  if (next === undefined) return;
  if (isJsonObject(value)) next.waiting.push(value);
  else if (Array.isArray(value)) pushObjects(value as readonly JsonValue[], next.waiting);
}

/** The objects in an array and in every array in it, without recursion: depth is up to whoever sent the event. */
function pushObjects(values: readonly JsonValue[], objects: JsonObject[]): void {
  const waiting: (readonly JsonValue[])[] = [values];
  for (let within = waiting.pop(); within !== undefined; within = waiting.pop())
    for (const value of within) {
      if (isJsonObject(value)) objects.push(value);
      else if (Array.isArray(value)) waiting.push(value as readonly JsonValue[]);
    }
}
