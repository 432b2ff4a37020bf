import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';
import { createValueMap } from './value-map.ts';
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
  readonly values: ValueMap<Node>;
  /** The rules that match as far as is known, as places in the list of rules, in order. */
  readonly places: readonly number[];
  readonly to: number;
  /** `open`: where an object leads. */
  opened: Node | undefined;
  /** `shape`: where objects lead that have these keys, in this order; what comes often first. */
  readonly turns: Turn[];
  /** Where what was found leads. */
  readonly next: Map<unknown, Node>;
  readonly job: Job;
}

export interface Turn {
  readonly keys: readonly string[];
  readonly next: Node;
  hits: number;
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
}

interface Place {
  readonly from?: number;
  readonly key?: string;
  readonly to?: number;
  readonly places?: readonly number[];
}

export const createNode = (
  act: Node['act'],
  { stage, step, path = 0, fields = [], isSure = false }: Partial<Job> & Pick<Job, 'stage'>,
  { from = 0, key = '', to = 0, places = [] }: Place = {},
): Node => ({
  act,
  from,
  key,
  values: createValueMap(),
  places,
  to,
  opened: undefined,
  turns: [],
  next: new Map(),
  job: { stage, step, path, fields, isSure },
});

/** Every so many hits, a turn comes half way to the front. */
const OFTEN = 32;

/** Where an object leads by its keys; undefined: such keys were not met here. */
export function turnFor({ turns }: Node, object: JsonObject): Node | undefined {
  for (let at = 0; at < turns.length; at++) {
    const turn = turns[at];
    if (turn === undefined || !hasKeys(object, turn.keys)) continue;
    if (at > 0 && ++turn.hits % OFTEN === 0) {
      const better = at >> 1;
      turns[at] = turns[better] ?? turn;
      turns[better] = turn;
    }
    return turn.next;
  }
  return undefined;
}

/** Those, in this order, and no others. */
function hasKeys(object: JsonObject, keys: readonly string[]): boolean {
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
