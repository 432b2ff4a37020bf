import type { JsonValue } from '../../lib/json.ts';
import type { ValueTest } from '../../sigma/ast.ts';
import { emptyBits, putBit } from './bits.ts';
import type { Bits } from './bits.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { truthBeside } from './formula.ts';
import type { FirstSigns } from './first-signs.ts';
import type { JsonTexts } from './json-texts.ts';
import { testsOf } from './program.ts';
import type { FieldProgram, Line, Program } from './program.ts';
import { createTextIndex, silent } from './text-index.ts';
import type { TextIndex } from './text-index.ts';

/** What the values of a field mean for all rules at once. */
export interface Outcome {
  /** Its number among those of the field. */
  readonly id: number;
  /** The places of the tests that a value passes, in order. */
  readonly passed: readonly number[];
  /** A bit a line of the field: set when it is true. */
  readonly lines: Bits;
  /** What it was joined with, and what came of it. */
  readonly joined: Map<Outcome, Outcome>;
}

/** Answers what rules ask of one field, for one value after another. */
export interface FieldIndex {
  /** Nothing there. */
  readonly absent: Outcome;
  /** A bit a rule: set when a value that passes no test rules it out. */
  readonly telling: Bits;
  /** Texts are not only looked up, but looked through. */
  readonly scans: boolean;
  /** Texts that begin otherwise mean all the same; undefined: nothing is known. */
  readonly firstSigns: FirstSigns | undefined;
  ask(value: JsonValue): Outcome;
  /** Answers what some lines ask of one text after another: of other lines an outcome says nothing. */
  within(lines: ReadonlySet<number>): (text: string) => Outcome;
  /** Of several values, each of which may pass a test. */
  askAll(values: readonly JsonValue[]): Outcome;
  /** Of the values of one outcome and of those of the other. */
  join(one: Outcome, other: Outcome): Outcome;
  /** Of texts that pass these tests; places may be repeated, in any order. */
  outcomeOf(places: readonly number[]): Outcome;
}

/**
 * Distinct values remembered a field: two generations of so many (see `BoundedCache`), of texts up to so many UTF-16
 * units. Fields that tell rules apart have a few hundred values (operations, categories, result codes).
 */
const REMEMBERED_VALUES = 1024;
const LONGEST_REMEMBERED = 256;
/** Distinct outcomes remembered a field, two generations of so many: values that pass the same tests share one. */
const REMEMBERED_OUTCOMES = 1024;
const REMEMBERED_JOINS = 64;
/** Long texts are asked each time, and pass the same in few ways: so many, a power of two, of so many places each. */
const REMEMBERED_TURNS = 16;
const LONGEST_TURN = 64;

export function createFieldIndex({ fields, formulas }: Program, field: number, json: JsonTexts): FieldIndex {
  const program = fields[field] ?? nothing;
  const { tests, lines, rules: asking } = program;
  const texts = createTextIndex(tests);
  const indexOf = (wanted: ReadonlySet<number>): TextIndex =>
    createTextIndex(tests.map((test, place) => (wanted.has(place) ? test : silent)));
  let inJson: TextIndex | undefined;
  const linesByTest = tests.map((): number[] => []);
  for (const [place, { values }] of lines.entries())
    for (const test of new Set(values.flat())) linesByTest[test]?.push(place);
  const placesOf = (isWanted: (test: ValueTest) => boolean): readonly number[] =>
    tests.flatMap((test, place) => (isWanted(test) ? place : []));

  /** Where no test is passed: what other outcomes differ from in little. */
  const bare = emptyBits(lines.length);
  for (const [place, { isNegated }] of lines.entries()) putBit(bare, place, isNegated);
  const telling = emptyBits(formulas.length);
  for (const rule of new Set(asking.flat())) {
    const formula = formulas[rule];
    putBit(telling, rule, formula !== undefined && truthBeside(formula, field, bare) === false);
  }

  const outcomes = createBoundedCache<Outcome>(REMEMBERED_OUTCOMES);
  let ids = 0;
  /** Of one test alone, or (last) of none. */
  const simple: (Outcome | undefined)[] = [...tests.keys(), 0].map(() => undefined);
  const outcomeOf = (places: readonly number[]): Outcome => {
    if (places.length > 1) return outcomeOfAll(places);
    const place = places[0] ?? tests.length;
    return (simple[place] ??= outcomeOfAll(places));
  };
  const outcomeOfAll = (places: readonly number[]): Outcome => {
    const passed = places.length < 2 ? places : [...new Set(places)].toSorted((a, b) => a - b);
    const key = passed.join(',');
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const set = new Set(passed);
    const trueLines = bare.slice();
    for (const line of new Set(passed.flatMap((test) => linesByTest[test] ?? [])))
      putBit(trueLines, line, passes(lines[line], set));
    const outcome: Outcome = { id: ids++, passed: [...passed], lines: trueLines, joined: new Map() };
    outcomes.set(key, outcome);
    return outcome;
  };

  const there = placesOf((test) => test.kind === 'exists' && test.expected);
  const nulls = placesOf(({ kind }) => kind === 'null');
  const isNull = outcomeOf([...there, ...nulls]);
  const isThere = outcomeOf(there);
  const values = createBoundedCache<Outcome>(REMEMBERED_VALUES);

  const found: number[] = [];
  const tell = (place: number): void => {
    found.push(place);
  };
  /** What texts passed, place after place as it was told: to compare that is less work than to sort it. */
  const turns: (Turn | undefined)[] = Array.from({ length: REMEMBERED_TURNS }, () => undefined);
  const turnOf = (told: readonly number[]): Outcome => {
    let sign = told.length;
    for (const place of told) sign = (31 * sign + place) | 0;
    const at = sign & (REMEMBERED_TURNS - 1);
    const before = turns[at];
    if (before !== undefined && isSame(before.told, told)) return before.outcome;
    const outcome = outcomeOf([...there, ...told]);
    if (told.length <= LONGEST_TURN) turns[at] = { told: [...told], outcome };
    return outcome;
  };
  const askText = (text: string, index = texts): Outcome => {
    // To set a length is slow, be it the one that it has.
    if (found.length > 0) found.length = 0;
    index.find(text, tell);
    if (found.length === 0) return isThere;
    if (found.length === 1 && there.length === 0) return outcomeOf(found);
    return turnOf(found);
  };
  /** A value often comes several times in a row; to compare it is less work than to look it up. */
  let lastText: string | undefined;
  let lastOutcome = isThere;
  const askShort = (text: string, index = texts): Outcome => {
    if (lastText === text) return lastOutcome;
    let outcome = values.get(text);
    if (outcome === undefined) {
      outcome = askText(text, index);
      values.set(text, outcome);
    }
    lastText = text;
    lastOutcome = outcome;
    return outcome;
  };
  const ask = (value: JsonValue): Outcome => {
    // A long text is not even looked up: that alone reads all of it.
    if (typeof value === 'string')
      return value.length <= LONGEST_REMEMBERED ? askShort(value) : askText(value);
    if (value === null) return isNull;
    if (typeof value !== 'object') return askShort(String(value));
    const text = texts.takesJson(Array.isArray(value) ? '[' : '{') ? json.textOf(value) : undefined;
    if (text === undefined) return isThere;
    inJson ??= indexOf(texts.takingJson);
    return text.length <= LONGEST_REMEMBERED ? askShort(text, inJson) : askText(text, inJson);
  };

  const join = (one: Outcome, other: Outcome): Outcome => {
    if (one === other || isWithin(other.passed, one.passed)) return one;
    if (isWithin(one.passed, other.passed)) return other;
    const known = one.joined.get(other);
    if (known !== undefined) return known;
    const outcome = outcomeOf([...one.passed, ...other.passed]);
    if (one.joined.size >= REMEMBERED_JOINS) one.joined.clear();
    one.joined.set(other, outcome);
    return outcome;
  };

  const absent = outcomeOf([...nulls, ...placesOf((test) => test.kind === 'exists' && !test.expected)]);
  return {
    absent,
    telling,
    scans: texts.scans,
    firstSigns: texts.firstSigns,
    ask,
    within(wanted) {
      const some = testsOf(program, wanted);
      if (some.size > MOST_WITHIN) return askText;
      const index = indexOf(some);
      return (text) => askText(text, index);
    },
    join,
    askAll(all) {
      let whole: Outcome | undefined;
      for (const value of all) {
        const outcome = ask(value);
        whole = whole === undefined ? outcome : join(whole, outcome);
      }
      return whole ?? absent;
    },
    outcomeOf,
  };
}

/** So few tests are worth an index of their own. */
const MOST_WITHIN = 16;

interface Turn {
  readonly told: readonly number[];
  readonly outcome: Outcome;
}

const isSame = (one: readonly number[], other: readonly number[]): boolean => {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
};

const nothing: FieldProgram = { paths: [], tests: [], lines: [], rules: [] };

const isWithin = (few: readonly number[], many: readonly number[]): boolean => {
  for (const item of few) if (!many.includes(item)) return false;
  return true;
};

/** The truth of a line, given the tests that are passed. */
function passes(line: Line | undefined, passed: ReadonlySet<number>): boolean {
  if (line === undefined) return false;
  const isPassed = (tests: readonly number[]): boolean => tests.some((test) => passed.has(test));
  return (line.link === 'all' ? line.values.every(isPassed) : line.values.some(isPassed)) !== line.isNegated;
}
