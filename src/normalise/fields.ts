import { isJsonObject } from '../lib/json.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { isDeeperThan, maxDepth } from './split.ts';

/** What a normaliser says about the state a record was in. */
export interface Notes {
  readonly missing: string[];
  readonly coerced: string[];
}

export const newNotes = (): Notes => ({ missing: [], coerced: [] });

export const noteCoerced = (notes: Notes, note: string): void => {
  if (!notes.coerced.includes(note)) notes.coerced.push(note);
};

/**
 * An object whose members are found by name in any case. Azure writes `level` and `Level`, `resourceId` and
 * `ResourceId`; a record spelled as its schema says costs little more than plain member access.
 */
export interface Fields {
  readonly raw: JsonObject;
  /** The keys of the object, looked at when a member is first missed. */
  shape: Shape | undefined;
}

/** Keys in their order, and those of them spelled otherwise than we name them, by lower-case name. */
interface Shape {
  readonly keys: readonly string[];
  readonly respelled: ReadonlyMap<string, string>;
}

export const fieldsOf = (raw: JsonObject): Fields => ({ raw, shape: undefined });

/** Names that were asked for, in lower case, and how many spellings of each. They come from our code alone. */
const askedNames = new Map<string, string>();
const spellings = new Map<string, number>();
/** Shapes seen, by their first key: records of one kind all have the same. Bounded, as records may bring any keys. */
const shapes = new Map<string, Shape[]>();
const maxFirstKeys = 1000;
const maxShapes = 64;
const maxKeys = 200;

function ask(name: string): string {
  const lower = name.toLowerCase();
  askedNames.set(name, lower);
  spellings.set(lower, (spellings.get(lower) ?? 0) + 1);
  shapes.clear();
  return lower;
}

function shapeOf(raw: JsonObject): Shape {
  const keys = Object.keys(raw);
  const [first] = keys;
  if (first === undefined || keys.length > maxKeys) return { keys, respelled: respell(keys) };
  let seen = shapes.get(first);
  if (seen === undefined) {
    if (shapes.size >= maxFirstKeys) shapes.clear();
    shapes.set(first, (seen = []));
  }
  for (const [at, shape] of seen.entries()) {
    if (!isSame(shape.keys, keys)) continue;
    // One step to the front each time, so that frequent shapes are found first.
    const before = seen[at - 1];
    if (before !== undefined) [seen[at - 1], seen[at]] = [shape, before];
    return shape;
  }
  const shape = { keys, respelled: respell(keys) };
  if (seen.length >= maxShapes) seen.pop();
  seen.push(shape);
  return shape;
}

function isSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let i = left.length - 1; i > 0; i--) if (left[i] !== right[i]) return false;
  return true;
}

function respell(keys: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const key of keys) {
    const lower = key.toLowerCase();
    const count = spellings.get(lower);
    const isOurs = count === 1 && askedNames.has(key);
    if (count !== undefined && !isOurs && !found.has(lower)) found.set(lower, key);
  }
  return found;
}

/** The key that is `name` in any case; the exact spelling wins. */
export function keyOf(fields: Fields, name: string): string | undefined {
  if (fields.raw[name] !== undefined) return name;
  let lower = askedNames.get(name);
  if (lower === undefined) {
    lower = ask(name);
    fields.shape = undefined;
  }
  fields.shape ??= shapeOf(fields.raw);
  return fields.shape.respelled.size === 0 ? undefined : fields.shape.respelled.get(lower);
}

/** A member by name, in any case; the exact spelling wins. */
export function get(fields: Fields | undefined, name: string): JsonValue | undefined {
  if (fields === undefined) return undefined;
  const exact = fields.raw[name];
  if (exact !== undefined) return exact;
  const key = keyOf(fields, name);
  return key === undefined ? undefined : fields.raw[key];
}

/** Entra writes an absent address as the text `<null>`. */
const isNothing = (trimmed: string): boolean => trimmed === '' || trimmed === '<null>';

/**
 * A value as text: strings without surrounding blanks, numbers and booleans as they are written, the `value` of
 * `{value, localizedValue}` pairs (Activity Log REST shape). Undefined for nothing, `''` and `<null>`.
 */
export function asText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') {
    const isTrimmed = value.charCodeAt(0) > 0x20 && value.charCodeAt(value.length - 1) > 0x20;
    const trimmed = isTrimmed ? value : value.trim();
    return isNothing(trimmed) ? undefined : trimmed;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return isJsonObject(value) && typeof value['value'] === 'string' ? asText(value['value']) : undefined;
}

/** The first of the names that holds a text. */
export function text(
  parent: Fields | undefined,
  first: string,
  ...others: readonly string[]
): string | undefined {
  if (parent === undefined) return undefined;
  const value = asText(get(parent, first));
  if (value !== undefined) return value;
  for (const name of others) {
    const found = asText(get(parent, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first of the names that holds an object. */
export function object(parent: Fields | undefined, ...names: readonly string[]): Fields | undefined {
  for (const name of names) {
    const found = get(parent, name);
    if (isJsonObject(found)) return fieldsOf(found);
  }
  return undefined;
}

/** The objects of the list under a name; empty when there is none. */
export function objects(parent: Fields | undefined, name: string): readonly Fields[] {
  const found = get(parent, name);
  if (!Array.isArray(found)) return [];
  return (found as readonly JsonValue[]).filter((item) => isJsonObject(item)).map(fieldsOf);
}

/**
 * The record with the members named parsed where they are JSON in a string. The record given is never changed;
 * it is returned itself when there is nothing to parse. Text inside the members stays text.
 */
export function opened(record: Fields, names: readonly string[], notes: Notes): Fields {
  let copy: Record<string, JsonValue | undefined> | undefined;
  for (const name of names) {
    const key = keyOf(record, name);
    const value = key === undefined ? undefined : record.raw[key];
    if (key === undefined || typeof value !== 'string' || !/^\s*[[{]/.test(value)) continue;
    const parsed = parseContainer(value);
    if (parsed === undefined) noteCoerced(notes, `${key}:not-json`);
    else {
      copy ??= { ...record.raw };
      copy[key] = parsed;
      noteCoerced(notes, `${key}:json-string`);
    }
  }
  return copy === undefined ? record : fieldsOf(copy);
}

function parseContainer(textOfJson: string): JsonValue | undefined {
  try {
    const value = JSON.parse(textOfJson) as JsonValue;
    return isDeeperThan(value, maxDepth) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** ARM ids in lower case, since Azure spells one resource in several; without a slash at the end. */
export function cleanResourceId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const lower = id.toLowerCase();
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower;
}

/** The segment after `/subscriptions/` or `/tenants/` at the start of a cleaned resource id. */
export function idSegment(
  resourceId: string | undefined,
  parent: 'subscriptions' | 'tenants',
): string | undefined {
  if (resourceId === undefined) return undefined;
  const prefix = parent === 'tenants' ? '/tenants/' : '/subscriptions/';
  if (!resourceId.startsWith(prefix)) return undefined;
  const end = resourceId.indexOf('/', prefix.length);
  return resourceId.slice(prefix.length, end === -1 ? undefined : end) || undefined;
}

/** An address without port, brackets or IPv4-in-IPv6 prefix; a masked one (`81.2.69.***`) as it is logged. */
export function cleanIp(address: string | undefined, notes: Notes, field: string): string | undefined {
  if (address === undefined) return undefined;
  if (!address.includes(':') && !address.includes(',')) return address;
  let ip = address;
  const comma = ip.indexOf(',');
  if (comma > 0) {
    ip = ip.slice(0, comma).trim();
    noteCoerced(notes, `${field}:first-of-many`);
  }
  const v4 = /^(\d{1,3}(?:\.(?:\d{1,3}|\*+)){3}):\d+$/.exec(ip) ?? /^\[([0-9a-fA-F:.]+)\](?::\d+)?$/.exec(ip);
  if (v4?.[1] !== undefined) {
    ip = v4[1];
    noteCoerced(notes, `${field}:port`);
  }
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(ip) ? ip.slice(7) : ip || undefined;
}
