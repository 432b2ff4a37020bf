import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { Node } from './node.ts';

/** What an object that came before has, in its order, and where it led. */
export interface Copy {
  readonly keys: readonly string[];
  readonly values: readonly (JsonValue | undefined)[];
  readonly next: Node;
}

/** So many are kept a node; every so many times that none was like the object at hand, it takes the place of one. */
const MOST = 4;
const OFTEN = 16;
/** Objects with more members, and longer texts, hardly ever come again. */
const MOST_MEMBERS = 8;
const LONGEST_TEXT = 256;

/**
 * Where an object led that had the same keys in the same order and the same texts, numbers and words under them: what is
 * asked of an object is asked of its JSON, and such have the same. To compare is less work than to write it.
 */
export function turnByCopy({ copies }: Node, object: JsonObject): Node | undefined {
  for (let nth = 0; nth < copies.length; nth++) {
    const copy = copies[nth];
    if (copy !== undefined && isCopy(copy, object)) return copy.next;
  }
  return undefined;
}

/** Tells where an object led that none was like. */
export function countCopy(node: Node, object: JsonObject, next: Node): void {
  const { copies } = node;
  const isFull = copies.length >= MOST;
  if (++node.hits % OFTEN !== 0 && isFull) return;
  const keys = Object.keys(object);
  const values = keys.map((key) => object[key]);
  if (keys.length <= MOST_MEMBERS && values.every(isPlain))
    copies[isFull ? (node.hits / OFTEN) % MOST : copies.length] = { keys, values, next };
}

const isPlain = (value: JsonValue | undefined): boolean =>
  typeof value === 'string' ? value.length <= LONGEST_TEXT : typeof value !== 'object' || value === null;

function isCopy({ keys, values }: Copy, object: JsonObject): boolean {
  let at = 0;
  for (const key in object) {
    if (keys[at] !== key || values[at] !== object[key]) return false;
    at++;
  }
  return at === keys.length;
}
