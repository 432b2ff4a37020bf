import { emptyBits, filledWords, hasBit, putBit } from './bits.ts';
import type { Bits } from './bits.ts';
import { createBoundedCache } from './bounded-cache.ts';
import { linesOf, truthBeside } from './formula.ts';
import type { Formula } from './formula.ts';
import type { FieldProgram, Line, Program } from './program.ts';
import { createTextIndex } from './text-index.ts';
import type { JsonValue } from '../../lib/json.ts';
import { textOf } from '../../sigma/fields.ts';

/** What the values of a field mean for all rules at once. */
export interface Outcome {
  /** A bit a line of the field: set when it is true. */
  readonly lines: Bits;
  /** A bit a rule: set when the rule can still match. */
  readonly rules: Bits;
  /** The places of the words of `rules` that are not zero. */
  readonly filled: Int32Array;
}

/**
 * Answers what rules ask of one field, for one value after another.
 *
 * The law of `Outcome.rules`: it may only weaken. A rule is left out only when its formula is false whatever the
 * other fields hold; a rule that matches is never left out.
 */
export interface FieldIndex {
  /** Nothing there. */
  readonly absent: Outcome;
  /** What is remembered of a value; undefined when it has to be asked. */
  remembered(value: JsonValue): Outcome | undefined;
  ask(value: JsonValue): Outcome;
  askAll(values: readonly JsonValue[]): Outcome;
  /** A bit a rule: set when most values of the field rule it out. */
  readonly telling: Bits;
}

/**
 * Distinct values remembered a field: two generations of so many (see `BoundedCache`), of texts up to so many UTF-16
 * units. Fields that tell rules apart have a few hundred values (operations, categories, result codes).
 */
const REMEMBERED_VALUES = 1024;
const LONGEST_REMEMBERED = 256;
/** Distinct answers remembered a field: values that pass the same tests share one. */
const REMEMBERED_OUTCOMES = 1024;

export function createFieldIndex({ fields, formulas }: Program, field: number): FieldIndex {
  const { tests, lines } = fields[field] ?? { tests: [], lines: [] };
  const texts = createTextIndex(tests);
  const asking = rulesByLine(formulas, field, lines.length);
  const linesByTest = tests.map((): number[] => []);
  for (const [place, { values }] of lines.entries())
    for (const test of new Set(values.flat())) linesByTest[test]?.push(place);
  const placesOf = (wanted: (test: FieldProgram['tests'][number]) => boolean): readonly number[] =>
    tests.flatMap((test, place) => (wanted(test) ? place : []));

  /** Where no test is passed: what all other outcomes differ from in little. */
  const bare = {
    lines: emptyBits(lines.length),
    rules: emptyBits(formulas.length).fill(-1),
  };
  for (const [place, { isNegated }] of lines.entries()) putBit(bare.lines, place, isNegated);
  for (const rule of new Set(asking.flat())) decide(bare, rule);

  function decide(outcome: { readonly lines: Bits; readonly rules: Bits }, rule: number): void {
    const formula = formulas[rule];
    if (formula !== undefined)
      putBit(outcome.rules, rule, truthBeside(formula, field, outcome.lines) !== false);
  }

  const outcomes = createBoundedCache<Outcome>(REMEMBERED_OUTCOMES);
  function outcomeOf(passed: Set<number>): Outcome {
    const places = [...passed].toSorted((a, b) => a - b);
    const key = places.join(',');
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = { lines: bare.lines.slice(), rules: bare.rules.slice() };
    const changed = new Set<number>();
    for (const line of new Set(places.flatMap((test) => linesByTest[test] ?? []))) {
      const isTrue = passes(lines[line], passed);
      if (isTrue === hasBit(bare.lines, line)) continue;
      putBit(outcome.lines, line, isTrue);
      for (const rule of asking[line] ?? []) changed.add(rule);
    }
    for (const rule of changed) decide(outcome, rule);
    const whole = { ...outcome, filled: filledWords(outcome.rules) };
    outcomes.set(key, whole);
    return whole;
  }

  const there = placesOf((test) => test.kind === 'exists' && test.expected);
  const absent = outcomeOf(
    new Set(placesOf((test) => test.kind === 'null' || (test.kind === 'exists' && !test.expected))),
  );
  const isNull = outcomeOf(new Set([...there, ...placesOf(({ kind }) => kind === 'null')]));
  const values = createBoundedCache<Outcome>(REMEMBERED_VALUES);

  const passedBy = (value: JsonValue, passed: Set<number>): void => {
    const tell = (place: number): void => {
      passed.add(place);
    };
    for (const place of there) passed.add(place);
    if (value === null)
      for (const [place, { kind }] of tests.entries()) if (kind === 'null') passed.add(place);
    const text = typeof value === 'object' && !texts.takesJson ? undefined : textOf(value);
    if (text !== undefined) texts.find(text, tell);
  };

  return {
    absent,
    telling: bare.rules.map((word) => ~word),
    remembered(value) {
      if (value === null) return isNull;
      if (typeof value === 'object') return undefined;
      return values.get(typeof value === 'string' ? value : String(value));
    },
    ask(value) {
      const passed = new Set<number>();
      passedBy(value, passed);
      const outcome = outcomeOf(passed);
      if (typeof value === 'object') return outcome;
      const key = String(value);
      if (key.length <= LONGEST_REMEMBERED) values.set(key, outcome);
      return outcome;
    },
    askAll(all) {
      if (all.length === 0) return absent;
      const passed = new Set<number>();
      for (const value of all) passedBy(value, passed);
      return outcomeOf(passed);
    },
  };
}

/** The rules that ask each line of a field. */
function rulesByLine(
  formulas: readonly Formula[],
  field: number,
  lines: number,
): readonly (readonly number[])[] {
  const rules = Array.from({ length: lines }, () => new Set<number>());
  for (const [rule, formula] of formulas.entries())
    for (const asked of linesOf(formula)) if (asked.field === field) rules[asked.line]?.add(rule);
  return rules.map((asking) => [...asking]);
}

/** The truth of a line, given the tests that are passed. */
function passes(line: Line | undefined, passed: ReadonlySet<number>): boolean {
  if (line === undefined) return false;
  const isPassed = (tests: readonly number[]): boolean => tests.some((test) => passed.has(test));
  return (line.link === 'all' ? line.values.every(isPassed) : line.values.some(isPassed)) !== line.isNegated;
}
