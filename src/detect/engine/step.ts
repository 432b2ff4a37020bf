import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';

/** A place that paths go through: the names that they look for in the objects that stand there. */
export interface Step {
  readonly before: { readonly step: Step; readonly name: number } | undefined;
  /** By length and lower case, then as paths spell it: `readField` takes that spelling, else the first in the object. */
  readonly names: Map<string, Map<string, number>>;
  readonly nextOf: Map<number, Step>;
  /** By name: paths that have steps left, yet are found here by an object that has the rest of them as one key. */
  readonly dotted: Map<number, number[]>;
  /** Kinds of objects met here, what comes often first. */
  readonly known: Shape[];
  /** What the record at hand has here, each with its kind: the first `count` of each list. */
  readonly objects: JsonObject[];
  readonly shapes: Shape[];
  count: number;
  /** The number of the record that `objects` are of. */
  reachedIn: number;
}

/** Objects of one kind have the same keys in the same order: what paths find in them is worked out once. */
export interface Shape {
  readonly keys: readonly string[];
  /** By name: the key that it is found under. */
  readonly keyOf: readonly (string | undefined)[];
  /** Paths that are found as one key with a dot in it, so that they are not where their steps lead. */
  readonly dotted: readonly number[];
}

/** A log source writes a few kinds of records; a kind that comes again after so many others is worked out again. */
const REMEMBERED_SHAPES = 32;

export const createStep = (before: Step['before']): Step => ({
  before,
  names: new Map(),
  nextOf: new Map(),
  dotted: new Map(),
  known: [],
  objects: [],
  shapes: [],
  count: 0,
  reachedIn: 0,
});

/** Where a path ends. */
export interface End {
  readonly step: Step;
  readonly name: number;
}

/** Makes the steps of a path. */
export function lookFor(step: Step, path: string, place: number): End {
  const dot = path.indexOf('.');
  const whole = nameIn(step, path);
  if (dot < 0) return { step, name: whole };
  step.dotted.set(whole, [...(step.dotted.get(whole) ?? []), place]);
  const name = nameIn(step, path.slice(0, dot));
  const next = step.nextOf.get(name) ?? createStep({ step, name });
  step.nextOf.set(name, next);
  return lookFor(next, path.slice(dot + 1), place);
}

/** Two keys are one name when `readField` says so: of the same length, and of the same lower case. */
const foldedKey = (key: string): string => `${key.length}:${key.toLowerCase()}`;

export function nameIn(step: Step, spelling: string): number {
  const key = foldedKey(spelling);
  const spelled = step.names.get(key) ?? new Map<string, number>();
  step.names.set(key, spelled);
  const count = [...step.names.values()].reduce((sum, of) => sum + of.size, 0);
  const name = spelled.get(spelling) ?? count;
  spelled.set(spelling, name);
  return name;
}

/** Puts the objects in `value` where paths go on: itself, or what an array holds at any depth. */
export function enter(step: Step, value: JsonValue, tellDotted: (path: number) => void): void {
  if (isJsonObject(value)) add(step, value, tellDotted);
  else if (Array.isArray(value)) {
    // Without recursion: how deep arrays are nested is up to whoever sent the event.
    const waiting: (readonly JsonValue[])[] = [value as readonly JsonValue[]];
    for (let within = waiting.pop(); within !== undefined; within = waiting.pop())
      for (const element of within) {
        if (isJsonObject(element)) add(step, element, tellDotted);
        else if (Array.isArray(element)) waiting.push(element as readonly JsonValue[]);
      }
  }
}

function add(step: Step, object: JsonObject, tellDotted: (path: number) => void): void {
  const shape = shapeOf(step, object);
  step.objects[step.count] = object;
  step.shapes[step.count] = shape;
  step.count++;
  for (let at = 0; at < shape.dotted.length; at++) tellDotted(shape.dotted[at] ?? 0);
}

function shapeOf(step: Step, object: JsonObject): Shape {
  const keys = Object.keys(object);
  const { known } = step;
  for (let at = 0; at < known.length; at++) {
    const shape = known[at];
    if (shape === undefined || !sameKeys(shape.keys, keys)) continue;
    if (at > 0) {
      // Half way to the front: what comes often is found early.
      const better = at >> 1;
      known[at] = known[better] ?? shape;
      known[better] = shape;
    }
    return shape;
  }
  const shape = newShape(step, keys);
  if (known.length >= REMEMBERED_SHAPES) known.pop();
  known.push(shape);
  return shape;
}

/** From the end: kinds that differ often have their first keys in common. */
export function sameKeys(known: readonly string[], keys: readonly string[]): boolean {
  if (known.length !== keys.length) return false;
  for (let at = known.length - 1; at >= 0; at--) if (known[at] !== keys[at]) return false;
  return true;
}

export function newShape(step: Step, keys: readonly string[]): Shape {
  const exact = new Set(keys);
  const keyOf: (string | undefined)[] = [];
  for (const key of keys)
    for (const [spelling, name] of step.names.get(foldedKey(key)) ?? [])
      keyOf[name] ??= exact.has(spelling) ? spelling : key;
  const dotted = Array.from(step.dotted).flatMap(([name, paths]) => (keyOf[name] === undefined ? [] : paths));
  return { keys, keyOf: Array.from(keyOf), dotted };
}
