import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { ValueTest } from '../../sigma/ast.ts';
import { leavesOf, textOf } from '../../sigma/fields.ts';
import { shapeOf } from '../../sigma/pattern.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { memberOf } from './member.ts';
import { createMessageGate } from './message-gate.ts';
import { createTextIndex, silent } from './text-index.ts';

/** Answers what keywords ask of a whole record: of each text in it, and of the record as compact JSON. */
export interface Keywords {
  /**
   * The places of the tests that the record passes; one may be there more than once, and all hold until the next record
   * is asked. `message` is what the record was read out of, if that is at hand: see `Engine`.
   */
  find(record: JsonObject, message: Uint8Array | undefined): readonly number[];
}

/** Short of what the compact JSON of a record can be nested before it cannot be written. */
const DEEPEST = 500;
const REMEMBERED_TEXTS = 1024;
const LONGEST_REMEMBERED = 256;
/** Of `\\u0000`, what a match may begin with, for it holds no backslash: so much longer than the text it can be. */
const LONGEST_ESCAPE = 5;
const escaped = /["\\\p{Cc}\p{Cs}]/u;

/**
 * Most keywords have none of the signs that JSON is built with. Where such a keyword stands in the JSON of a record, it
 * stands in one name, one text (as JSON writes it), one number or one word: so the record is walked and its JSON is
 * never written. All other keywords are asked of the JSON itself.
 */
export function createKeywords(tests: readonly ValueTest[]): Keywords {
  const inToken = createTextIndex(tests.map((test) => (staysInToken(test) ? test : silent)));
  const anywhere = createTextIndex(tests.map((test) => (staysInToken(test) ? silent : test)));
  const askJson = createTextIndex(tests);
  const hasTokens = tests.some(staysInToken);
  const hasOthers = !tests.every(staysInToken);
  const gate = createMessageGate(tests);
  const remembered = createBoundedCache<readonly number[]>(REMEMBERED_TEXTS);

  const placesIn = (text: string): readonly number[] => {
    const places: number[] = [];
    const tell = (place: number): void => {
      places.push(place);
    };
    inToken.find(text, tell);
    if (escaped.test(text)) inToken.find(JSON.stringify(text), tell);
    return places;
  };
  const found: number[] = [];
  /** By place: whether the gate let a test through that was not found yet; how many. Infinite when that is not known. */
  const waits = new Uint8Array(tests.length);
  let left = Number.POSITIVE_INFINITY;
  /** By place: the text that passed last in the record itself, and its key. Many say what they are in one word. */
  const seen: (Seen | undefined)[] = tests.map(() => undefined);
  let keyAt: string | undefined;
  let textAt = '';
  const tell = (place: number): void => {
    found.push(place);
    if (waits[place] !== 1) return;
    waits[place] = 0;
    left--;
    if (keyAt !== undefined && textAt.length <= LONGEST_REMEMBERED)
      seen[place] = { key: keyAt, text: textAt };
  };
  /** Shorter texts are passed over without a look. */
  const shortest = inToken.shortest - LONGEST_ESCAPE;
  const asksNumbers = shortest <= LONGEST_NUMBER;
  const askText = (text: string): void => {
    let places = remembered.get(text);
    if (places === undefined) {
      places = placesIn(text);
      if (text.length <= LONGEST_REMEMBERED) remembered.set(text, places);
    }
    for (const place of places) tell(place);
  };
  /** False: nested too deep for this. */
  const walk = (value: JsonObject | readonly JsonValue[], depth: number): boolean => {
    if (depth > DEEPEST) return false;
    if (!isJsonObject(value)) {
      for (const element of value) if (!step(element, depth)) return false;
      return true;
    }
    for (const key of Object.keys(value)) {
      if (left === 0) return true;
      const member = memberOf(value, key);
      if (member === undefined) continue;
      if (key.length >= shortest) askText(key);
      if (depth === 0 && typeof member === 'string') {
        keyAt = key;
        textAt = member;
      }
      if (!step(member, depth)) return false;
      keyAt = undefined;
    }
    return true;
  };
  const step = (value: JsonValue, depth: number): boolean => {
    if (typeof value === 'string') {
      if (value.length >= shortest) askText(value);
    } else if (typeof value === 'object' && value !== null) return walk(value, depth + 1);
    else if (asksNumbers) askText(String(value));
    return true;
  };
  const findIn = (index: typeof anywhere, record: JsonObject): void => {
    for (const value of [...leavesOf(record).map((leaf) => leaf.value), record]) {
      const text = textOf(value);
      if (text !== undefined) index.find(text, tell);
    }
  };
  const findAll = (record: JsonObject): void => {
    if (hasTokens && !walk(record, 0)) findIn(askJson, record);
    else if (hasOthers) findIn(anywhere, record);
  };
  /** Waits for what was let through and does not stand where it stood last. */
  const waitFor = (wanted: readonly number[], record: JsonObject): void => {
    waits.fill(0);
    left = 0;
    for (const place of wanted) {
      const last = seen[place];
      if (last !== undefined && memberOf(record, last.key) === last.text) found.push(place);
      else if (waits[place] === 0) {
        waits[place] = 1;
        left++;
      }
    }
  };
  return {
    find(record, message) {
      // To set a length is slow, be it the one that it has.
      if (found.length > 0) found.length = 0;
      keyAt = undefined;
      const wanted = message === undefined ? undefined : gate?.passable(message);
      if (wanted === undefined) {
        waits.fill(0);
        left = Number.POSITIVE_INFINITY;
        findAll(record);
      } else if (wanted.length > 0) {
        waitFor(wanted, record);
        if (left > 0) findAll(record);
      }
      return found;
    },
  };
}

interface Seen {
  readonly key: string;
  readonly text: string;
}

/** As JSON writes it: -1.7976931348623157e+308. */
const LONGEST_NUMBER = 25;

/** Looks for a text with none of the signs that stand between the names and values of JSON. */
function staysInToken(test: ValueTest): boolean {
  if (test.kind !== 'text') return false;
  const shape = shapeOf(test.pattern);
  return shape.kind === 'contains' && !/[{}[\]:,"\\]/u.test(shape.text);
}
