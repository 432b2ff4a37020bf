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

/** The key of an object that is `name` in any case; the exact spelling wins. */
export function keyOf(parent: JsonObject, name: string): string | undefined {
  if (parent[name] !== undefined) return Object.hasOwn(parent, name) ? name : undefined;
  let lower: string | undefined;
  for (const key in parent) {
    if (key.length !== name.length) continue;
    lower ??= name.toLowerCase();
    if (key.toLowerCase() === lower && parent[key] !== undefined) return key;
  }
  return undefined;
}

/** A member by name, in any case; the exact spelling wins. */
export function get(parent: JsonObject | undefined, name: string): JsonValue | undefined {
  if (parent === undefined) return undefined;
  const key = keyOf(parent, name);
  return key === undefined ? undefined : parent[key];
}

/** Entra writes an absent address as the text `<null>`. */
const isNothing = (trimmed: string): boolean => trimmed === '' || trimmed === '<null>';

/**
 * A value as text: strings without surrounding blanks, numbers and booleans as they are written, the `value` of
 * `{value, localizedValue}` pairs (Activity Log REST shape). Undefined for nothing, `''` and `<null>`.
 */
export function asText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') {
    const trimmed = value.trim();
    return isNothing(trimmed) ? undefined : trimmed;
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return isJsonObject(value) && typeof value['value'] === 'string' ? asText(value['value']) : undefined;
}

/** The first of the names that holds a text. */
export function text(parent: JsonObject | undefined, ...names: readonly string[]): string | undefined {
  if (parent === undefined) return undefined;
  for (const name of names) {
    const found = asText(get(parent, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first of the names that holds an object. */
export function object(parent: JsonObject | undefined, ...names: readonly string[]): JsonObject | undefined {
  for (const name of names) {
    const found = get(parent, name);
    if (isJsonObject(found)) return found;
  }
  return undefined;
}

/** The objects of the list under a name; empty when there is none. */
export function objects(parent: JsonObject | undefined, ...names: readonly string[]): readonly JsonObject[] {
  for (const name of names) {
    const found = get(parent, name);
    if (Array.isArray(found)) return (found as readonly JsonValue[]).filter((item) => isJsonObject(item));
  }
  return [];
}

/**
 * The record with the members named parsed where they are JSON in a string. The record given is never changed;
 * it is returned itself when there is nothing to parse. Text inside the members stays text.
 */
export function opened(record: JsonObject, names: readonly string[], notes: Notes): JsonObject {
  let copy: Record<string, JsonValue | undefined> | undefined;
  for (const name of names) {
    const key = keyOf(record, name);
    const value = key === undefined ? undefined : record[key];
    if (key === undefined || typeof value !== 'string' || !/^\s*[[{]/.test(value)) continue;
    const parsed = parseContainer(value);
    if (parsed === undefined) noteCoerced(notes, `${key}:not-json`);
    else {
      copy ??= { ...record };
      copy[key] = parsed;
      noteCoerced(notes, `${key}:json-string`);
    }
  }
  return copy ?? record;
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
