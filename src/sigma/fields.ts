import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';

/**
 * The values a path leads to in a record; none when the field is not there.
 *
 * At each object the whole rest of the path is tried as one key, then its first step; each exactly first, then
 * without letter case. A path through an array goes through every object in it. An array at the end of the path
 * gives itself (its JSON text can be searched) and then its elements.
 */
export function readField(record: JsonObject, path: string): readonly JsonValue[] {
  let reached: readonly JsonObject[] = [record];
  const values: JsonValue[] = [];
  for (let rest: string | undefined = path; rest !== undefined && reached.length > 0; rest = afterDot(rest)) {
    const step = rest.includes('.') ? rest.slice(0, rest.indexOf('.')) : undefined;
    const next: JsonObject[] = [];
    for (const object of reached) {
      const whole = member(object, rest);
      if (whole !== undefined) values.push(whole);
      else if (step !== undefined) for (const inner of objectsOf(member(object, step))) next.push(inner);
    }
    reached = next;
  }
  return values.some(Array.isArray) ? values.flatMap(withElements) : values;
}

/** The values of a field that stands at several paths: those of all of them, in their order. */
export function readPaths(record: JsonObject, paths: readonly string[]): readonly JsonValue[] {
  const [path, ...others] = paths;
  if (path === undefined) return [];
  const values = readField(record, path);
  return others.length === 0 ? values : [...values, ...others.flatMap((other) => readField(record, other))];
}

const afterDot = (path: string): string | undefined =>
  path.includes('.') ? path.slice(path.indexOf('.') + 1) : undefined;

/** A member under its exact name, else under the first that differs in letter case alone. */
function member(object: JsonObject, key: string): JsonValue | undefined {
  if (Object.hasOwn(object, key)) return object[key];
  const folded = key.toLowerCase();
  for (const name of Object.keys(object))
    if (name.length === key.length && name.toLowerCase() === folded) return object[name];
  return undefined;
}

function* objectsOf(value: JsonValue | undefined): Generator<JsonObject> {
  if (isJsonObject(value)) yield value;
  else if (Array.isArray(value))
    for (const element of elements(value as readonly JsonValue[])) if (isJsonObject(element)) yield element;
}

const withElements = (value: JsonValue): readonly JsonValue[] =>
  Array.isArray(value) ? [value, ...elements(value as readonly JsonValue[])] : [value];

/** The elements of an array and of every array in it, without recursion: depth is up to whoever sent the event. */
function* elements(values: readonly JsonValue[]): Generator<JsonValue> {
  const waiting: Iterator<JsonValue>[] = [values.values()];
  for (let within = waiting.at(-1); within !== undefined; within = waiting.at(-1)) {
    const { value, done } = within.next();
    if (done === true) waiting.pop();
    else if (Array.isArray(value)) waiting.push((value as readonly JsonValue[]).values());
    else yield value;
  }
}

/** A text found in a record, and the path that leads to it. */
export interface Leaf {
  readonly path: string;
  readonly value: JsonValue;
}

/** Every value of a record that is no object and no array, in the order of the record. */
export function leavesOf(record: JsonObject): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const waiting: { path: string; value: JsonValue | undefined }[] = [{ path: '', value: record }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value } = next;
    if (isJsonObject(value)) {
      for (const [key, inner] of Object.entries(value).toReversed())
        waiting.push({ path: path === '' ? key : `${path}.${key}`, value: inner });
    } else if (Array.isArray(value)) {
      for (const inner of (value as readonly JsonValue[]).toReversed()) waiting.push({ path, value: inner });
    } else if (value !== undefined) leaves.push({ path, value });
  }
  return leaves;
}

/**
 * The text that a value is compared by: numbers and booleans as JSON writes them, objects and arrays as compact
 * JSON. Undefined for null, and for what is nested too deep to be written.
 */
export function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}
