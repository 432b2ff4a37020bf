import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { Copy } from './copies.ts';
import type { Outcome } from './field-index.ts';
import type { Meaning } from './meanings.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';
import { createValueMap, emptyTable, hasRoom, inTable, setInTable } from './value-map.ts';
import type { ValueMap } from './value-map.ts';

/**
 * What is done next for a record, after what is known of it. All nodes have the same keys in the same order, those that
 * are looked at for every record first: what a record is led through is seldom in the processor's first cache, so that
 * its speed is the number of places in memory that it touches.
 */
export interface Node {
  readonly act:
    /** Look at the value under `key` of the object at `from`. */
    | 'read'
    /** Put the object under `key` of the object at `from` to `to`. */
    | 'open'
    /** Look at the keys of the object at `from`. */
    | 'shape'
    /** Have a path read by the slower reader, which knows arrays of objects. */
    | 'walk'
    /** Ask the keywords of the whole record. */
    | 'keywords'
    /** All is known: `places` match. */
    | 'end'
    /** The rules that are open ask for the whole record. */
    | 'settle';
  readonly from: number;
  readonly key: string;
  readonly to: number;
  /** What is found most, and where it leads: beside the rest, so that hardly any memory is touched. */
  found0: Found;
  next0: Node | undefined;
  /** `read`: texts that come most, with their lengths, and where they lead: see `turnByText`. */
  length0: number;
  text0: string;
  then0: Node | undefined;
  length1: number;
  text1: string;
  then1: Node | undefined;
  length2: number;
  text2: string;
  then2: Node | undefined;
  /** `read`: further texts and where they lead, see `Table`; with a mask of 0 there is none. */
  table: unknown[];
  mask: number;
  /** `read`: what values under the path were found to mean; all nodes of a path have the same. */
  readonly values: ValueMap<Meaning>;
  /** What is found next to most. */
  found1: Found;
  next1: Node | undefined;
  found2: Found;
  next2: Node | undefined;
  found3: Found;
  next3: Node | undefined;
  /** The rules that match as far as is known, as places in the list of rules, in order. */
  readonly places: readonly number[];
  /** `read`: objects that came before. */
  readonly copies: Copy[];
  /** Where all that was found leads. */
  readonly next: Map<unknown, Node>;
  /** How often something was found that is not among the four. */
  hits: number;
  readonly job: Job;
}

/** Something that may be found at a node; of a kind of objects, their keys in their order. */
export interface Found {
  readonly keys: readonly string[] | undefined;
}

/** What a node does, for when it is done the first time for a value. */
export interface Job {
  readonly stage: Stage;
  /** Where `read` and `shape` look, or what `open` opens. */
  readonly step: Step | undefined;
  /** The path that `read` and `walk` are about, as its place in the trails. */
  readonly path: number;
  /** The fields that are told. */
  readonly fields: readonly number[];
  /** `read`: nothing there means that the path leads nowhere. */
  readonly isSure: boolean;
  /** `read`: what open rules ask of a long text, by field, from the first on. */
  asks: readonly (((text: string) => Outcome) | undefined)[] | undefined;
}

interface Place {
  readonly from?: number;
  readonly key?: string;
  readonly to?: number;
  readonly places?: readonly number[];
  readonly values?: ValueMap<Meaning>;
}

/** What no text has. */
const NO_LENGTH = -1;
/** What is never found. */
const never: Found = { keys: undefined };
const noValues = createValueMap<Meaning>();
const noTable: unknown[] = [];

export const createNode = (
  act: Node['act'],
  { stage, step, path = 0, fields = [], isSure = false }: Partial<Job> & Pick<Job, 'stage'>,
  { from = 0, key = '', to = 0, places = [], values = noValues }: Place = {},
): Node => ({
  act,
  from,
  key,
  to,
  found0: never,
  next0: undefined,
  length0: NO_LENGTH,
  text0: '',
  then0: undefined,
  length1: NO_LENGTH,
  text1: '',
  then1: undefined,
  length2: NO_LENGTH,
  text2: '',
  then2: undefined,
  table: noTable,
  mask: 0,
  values,
  found1: never,
  next1: undefined,
  found2: never,
  next2: undefined,
  found3: never,
  next3: undefined,
  places,
  copies: [],
  next: new Map(),
  hits: 0,
  job: { stage, step, path, fields, isSure, asks: undefined },
});

/** Where a text leads; undefined: it is not among those that come most. Texts of other lengths are not touched. */
export function turnByText(node: Node, text: string): Node | undefined {
  const { length } = text;
  if (node.length0 === length && node.text0 === text) return node.then0;
  if (node.length1 === length && node.text1 === text) return node.then1;
  if (node.length2 === length && node.text2 === text) return node.then2;
  return node.mask === 0 ? undefined : (inTable(node, text) as Node | undefined);
}

/**
 * Tells that a text came that is not among those. The first take the three places; where many others come there is a
 * table, in which every so often one takes the place of another.
 */
export function countText(node: Node, text: string, next: Node): void {
  const isOften = ++node.hits % OFTEN === 0;
  if (node.then0 === undefined) {
    node.length0 = text.length;
    node.text0 = text;
    node.then0 = next;
  } else if (node.then1 === undefined) {
    node.length1 = text.length;
    node.text1 = text;
    node.then1 = next;
  } else if (node.then2 === undefined) {
    node.length2 = text.length;
    node.text2 = text;
    node.then2 = next;
  } else if (node.mask > 0) {
    if (isOften || hasRoom(node, text)) setInTable(node, text, next);
  } else if (node.hits >= MANY) {
    node.mask = TABLE - 1;
    node.table = emptyTable(TABLE);
  }
}

/** So many times that a text was none of the three, there is a table of so many texts. */
const MANY = 64;
const TABLE = 64;

/** Where what was found leads; undefined: it was not found here before. */
export function turnFor(node: Node, found: Found): Node | undefined {
  if (node.found0 === found) return node.next0;
  if (node.found1 === found) return node.next1;
  if (node.found2 === found) return node.next2;
  if (node.found3 === found) return node.next3;
  return promoted(node, found, node.next.get(found));
}

/** Where an object leads by its keys; undefined: such keys were not met here. */
export function turnByKeys(node: Node, object: JsonObject): Node | undefined {
  if (hasKeys(object, node.found0.keys)) return node.next0;
  if (hasKeys(object, node.found1.keys)) return node.next1;
  if (hasKeys(object, node.found2.keys)) return node.next2;
  if (hasKeys(object, node.found3.keys)) return node.next3;
  if (node.next.size <= PLACES) return undefined;
  for (const shape of node.job.step?.known ?? []) {
    const next = hasKeys(object, shape.keys) ? node.next.get(shape) : undefined;
    if (next !== undefined) return promoted(node, shape, next);
  }
  return undefined;
}

const PLACES = 4;
/** Every so many times that it was something else, that takes a place among the four. */
const OFTEN = 16;

function promoted(node: Node, found: Found, next: Node | undefined): Node | undefined {
  if (next !== undefined && ++node.hits % OFTEN === 0) put(node, (node.hits / OFTEN) % PLACES, found, next);
  return next;
}

/** From now on what was found leads there. */
export function addTurn(node: Node, found: Found, next: Node): void {
  const free = [node.found0, node.found1, node.found2, node.found3].findIndex(
    (other) => other === never || other === found,
  );
  if (free >= 0) put(node, free, found, next);
  node.next.set(found, next);
}

function put(node: Node, place: number, found: Found, next: Node): void {
  switch (place) {
    case 0:
      node.found0 = found;
      node.next0 = next;
      break;
    case 1:
      node.found1 = found;
      node.next1 = next;
      break;
    case 2:
      node.found2 = found;
      node.next2 = next;
      break;
    default:
      node.found3 = found;
      node.next3 = next;
  }
}

/** Those, in this order, and no others. */
function hasKeys(object: JsonObject, keys: readonly string[] | undefined): boolean {
  if (keys === undefined) return false;
  let at = 0;
  for (const key in object) if (keys[at++] !== key) return false;
  return at === keys.length;
}

/** The one object in an array is as good as that object; of an empty array there is none. */
export function standingOf(value: JsonValue | undefined): 'object' | 'none' | 'many' {
  if (typeof value !== 'object' || value === null) return 'none';
  if (!Array.isArray(value)) return 'object';
  return value.length > 0 ? 'many' : 'none';
}
