import type { JsonValue } from '../../lib/json.ts';
import { beginsOtherwise } from './first-signs.ts';
import type { FirstSigns } from './first-signs.ts';

/** What may stand under a key: objects and arrays are not remembered. */
export type Value = Exclude<JsonValue, object> | null | undefined;

/**
 * What was found for values before. A map whose most wanted entries lie in a small table before it: where they lie is
 * worked out from a few letters, and the rest is one comparison, so that hardly any memory is touched.
 */
export interface ValueMap<V> extends Table {
  readonly byValue: Map<Value, V>;
  hits: number;
  /** How many values are not to be remembered, for most came but once. */
  ignored: number;
  /** Texts that begin otherwise lead all to the same, which is not kept for each. */
  readonly firstSigns: FirstSigns | undefined;
  other: V | undefined;
}

/** Values that come most, each at the place that its letters say: a value has the place of another, or none. */
export interface Table {
  /** Value and what it leads to, in turn; as many places as a power of two. */
  table: unknown[];
  mask: number;
}

const SMALLEST = 4;
const LARGEST = 64;
/** What no value is. */
const never = Symbol('never');

export const createValueMap = <V>(firstSigns?: FirstSigns): ValueMap<V> => ({
  byValue: new Map(),
  table: emptyTable(SMALLEST),
  mask: SMALLEST - 1,
  hits: 0,
  ignored: 0,
  firstSigns,
  other: undefined,
});

/** Whether it is a text that leads where `other` does. */
export const isOther = <V>({ firstSigns }: ValueMap<V>, value: Value): boolean =>
  typeof value === 'string' && firstSigns !== undefined && beginsOtherwise(firstSigns, value);

export const emptyTable = (places: number): unknown[] => Array.from({ length: 2 * places }, () => never);

/** Every so many hits that were not in the table, one takes its place there. */
const OFTEN = 16;

export function valueFor<V>(map: ValueMap<V>, value: Value): V | undefined {
  const known = inTable(map, value);
  if (known !== undefined) return known as V;
  // Without a hash of the value.
  if (map.byValue.size === 0) return undefined;
  const found = map.byValue.get(value);
  if (found !== undefined && ++map.hits % OFTEN === 0) setInTable(map, value, found);
  return found;
}

/** Texts that differ mostly do so in their length or in one of these letters. */
function placeOf(value: Value): number {
  if (typeof value === 'string') {
    const { length } = value;
    return length === 0
      ? 1
      : length +
          7 * value.charCodeAt(length - 1) +
          11 * value.charCodeAt(length >> 1) +
          13 * value.charCodeAt(length >> 2);
  }
  return typeof value === 'number' ? value | 0 : 0;
}

export function putValue<V>(map: ValueMap<V>, value: Value, leadsTo: V): void {
  const { byValue } = map;
  byValue.set(value, leadsTo);
  if (byValue.size > map.mask + 1 && map.mask + 1 < LARGEST) {
    map.mask = 2 * map.mask + 1;
    map.table = emptyTable(map.mask + 1);
    for (const [known, to] of byValue) setInTable(map, known, to);
  } else setInTable(map, value, leadsTo);
}

/** What a value leads to; undefined: it is not in the table. */
export function inTable({ table, mask }: Table, value: Value): unknown {
  const at = 2 * (placeOf(value) & mask);
  return table[at] === value ? table[at + 1] : undefined;
}

/** Whether no other value has the place of this one. */
export const hasRoom = ({ table, mask }: Table, value: Value): boolean =>
  table[2 * (placeOf(value) & mask)] === never;

export function setInTable({ table, mask }: Table, value: Value, leadsTo: unknown): void {
  const at = 2 * (placeOf(value) & mask);
  table[at] = value;
  table[at + 1] = leadsTo;
}

export function forgetValues<V>(map: ValueMap<V>): void {
  map.byValue.clear();
  map.mask = SMALLEST - 1;
  map.table = emptyTable(SMALLEST);
  map.hits = 0;
}
