import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';

/** A place that paths go through, and what they look for in the objects that stand there. */
export interface Step {
  readonly before: Step | undefined;
  /** Reached in the record at hand, not walked yet. */
  readonly waiting: JsonObject[];
  /** Whether all that the record at hand has here was walked. */
  isReached: boolean;
  /** By length and lower case: `readField` takes the exact spelling of a name, else the first that differs in case. */
  readonly names: Map<string, Map<string, Name>>;
  /** What was found in objects with these very keys, the newest first. */
  readonly shapes: Shape[];
}

interface Name {
  /** Paths that end here. */
  readonly ends: number[];
  /** Paths that go on, yet are found here by an object that has the rest of the path as one key. */
  readonly dotted: number[];
  next: Step | undefined;
}

/** Objects of one kind have the same keys in the same order: which of them are wanted is worked out once. */
interface Shape {
  readonly keys: readonly string[];
  readonly wanted: readonly { readonly key: string; readonly name: Name }[];
}

/** A log source writes a few kinds of records; a kind that comes again after so many others is worked out again. */
const REMEMBERED_SHAPES = 16;

export function createStep(before: Step | undefined, all: Step[]): Step {
  const step: Step = { before, waiting: [], isReached: false, names: new Map(), shapes: [] };
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
  const spelled = step.names.get(key) ?? new Map<string, Name>();
  step.names.set(key, spelled);
  const name = spelled.get(spelling) ?? { ends: [], dotted: [], next: undefined };
  spelled.set(spelling, name);
  return name;
}

/** Told of what a walk finds. */
interface Found {
  value(path: number, value: JsonValue): void;
  /** The path stands in an object as one key with a dot in it, so it is not where its steps lead. */
  dotted(path: number): void;
}

/** Walks the objects that wait at a step; what paths go through next waits at its own step then. */
export function walk(step: Step, found: Found): void {
  for (const object of step.waiting) {
    for (const { key, name } of shapeOf(step, object).wanted) {
      const value = object[key];
      if (value !== undefined) tell(name, value, found);
    }
  }
  step.waiting.length = 0;
}

function shapeOf(step: Step, object: JsonObject): Shape {
  const keys = Object.keys(object);
  const { shapes } = step;
  for (let at = 0; at < shapes.length; at++) {
    const shape = shapes[at];
    if (shape === undefined || !sameKeys(shape.keys, keys)) continue;
    if (at > 0) {
      // Half way to the front: what comes often is found early.
      const better = at >> 1;
      shapes[at] = shapes[better] ?? shape;
      shapes[better] = shape;
    }
    return shape;
  }
  const shape = { keys, wanted: wantedIn(step, keys) };
  if (shapes.length >= REMEMBERED_SHAPES) shapes.pop();
  shapes.push(shape);
  return shape;
}

function sameKeys(known: readonly string[], keys: readonly string[]): boolean {
  if (known.length !== keys.length) return false;
  for (let at = known.length - 1; at >= 0; at--) if (known[at] !== keys[at]) return false;
  return true;
}

function wantedIn(step: Step, keys: readonly string[]): Shape['wanted'] {
  const first = new Map<string, string>();
  for (const key of keys) {
    const folded = foldedKey(key);
    if (step.names.has(folded) && !first.has(folded)) first.set(folded, key);
  }
  const exact = new Set(keys);
  return Array.from(first).flatMap(([folded, key]) =>
    Array.from(step.names.get(folded) ?? [], ([spelling, name]) => ({
      key: exact.has(spelling) ? spelling : key,
      name,
    })),
  );
}

function tell({ ends, dotted, next }: Name, value: JsonValue, found: Found): void {
  for (const path of ends) found.value(path, value);
  for (const path of dotted) found.dotted(path);
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
