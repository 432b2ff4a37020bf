import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { ValueTest } from '../../sigma/ast.ts';
import { leavesOf, textOf } from '../../sigma/fields.ts';
import { shapeOf } from '../../sigma/pattern.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { createMessageGate } from './message-gate.ts';
import { createTextIndex } from './text-index.ts';

/** Answers what keywords ask of a whole record: of each text in it, and of the record as compact JSON. */
export interface Keywords {
  /**
   * Tells the places of the tests that the record passes; one may be told more than once. `message` is what the record
   * was read out of, if that is at hand: see `Engine`.
   */
  find(record: JsonObject, message: Uint8Array | undefined, tell: (place: number) => void): void;
}

/** Whatever asks a text nothing. */
const silent: ValueTest = { kind: 'null' };
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
  /** How many of the tests that may be passed were not told yet; infinite when that is not known. */
  let left = Number.POSITIVE_INFINITY;
  /** Shorter texts are passed over without a look. */
  const shortest = inToken.shortest - LONGEST_ESCAPE;
  const asksNumbers = shortest <= LONGEST_NUMBER;
  const askText = (text: string, tell: (place: number) => void): void => {
    let places = remembered.get(text);
    if (places === undefined) {
      places = placesIn(text);
      if (text.length <= LONGEST_REMEMBERED) remembered.set(text, places);
    }
    for (const place of places) tell(place);
  };
  /** False: nested too deep for this. */
  const walk = (
    value: JsonObject | readonly JsonValue[],
    tell: (place: number) => void,
    depth: number,
  ): boolean => {
    if (depth > DEEPEST) return false;
    if (!isJsonObject(value)) {
      for (const element of value) if (!step(element, tell, depth)) return false;
      return true;
    }
    for (const key of Object.keys(value)) {
      if (left === 0) return true;
      const member = value[key];
      if (member === undefined) continue;
      if (key.length >= shortest) askText(key, tell);
      if (!step(member, tell, depth)) return false;
    }
    return true;
  };
  const step = (value: JsonValue, tell: (place: number) => void, depth: number): boolean => {
    if (typeof value === 'string') {
      if (value.length >= shortest) askText(value, tell);
    } else if (typeof value === 'object' && value !== null) return walk(value, tell, depth + 1);
    else if (asksNumbers) askText(String(value), tell);
    return true;
  };
  const findIn = (index: typeof anywhere, record: JsonObject, tell: (place: number) => void): void => {
    for (const value of [...leavesOf(record).map((leaf) => leaf.value), record]) {
      const text = textOf(value);
      if (text !== undefined) index.find(text, tell);
    }
  };
  const findAll = (record: JsonObject, tell: (place: number) => void): void => {
    if (hasTokens && !walk(record, tell, 0)) findIn(askJson, record, tell);
    else if (hasOthers) findIn(anywhere, record, tell);
  };
  return {
    find(record, message, tell) {
      const wanted = message === undefined ? undefined : gate?.passable(message);
      left = Number.POSITIVE_INFINITY;
      if (wanted === undefined) return findAll(record, tell);
      if (wanted.length === 0) return;
      const waiting = new Set(wanted);
      left = waiting.size;
      findAll(record, (place) => {
        tell(place);
        if (waiting.delete(place)) left = waiting.size;
      });
    },
  };
}

/** As JSON writes it: -1.7976931348623157e+308. */
const LONGEST_NUMBER = 25;

/** Looks for a text with none of the signs that stand between the names and values of JSON. */
function staysInToken(test: ValueTest): boolean {
  if (test.kind !== 'text') return false;
  const shape = shapeOf(test.pattern);
  return shape.kind === 'contains' && !/[{}[\]:,"\\]/u.test(shape.text);
}
