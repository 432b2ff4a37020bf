import type { LogSource } from '../domain/event.ts';
import type { JsonObject } from '../lib/json.ts';
import type { Condition, FieldTest, Rule, Search } from '../sigma/ast.ts';
import { resolveField } from '../sigma/aliases/resolve.ts';
import { readField } from '../sigma/fields.ts';
import { compileSearch } from '../sigma/search-tests.ts';

/**
 * Says which rules of a list can match a record, as their places in it, in order.
 *
 * Its law: it may only ever weaken. A rule that matches is always among the answer; a rule that does not may be. What
 * it leaves out cannot match whatever else stands in the record: with one field known and every other test left open,
 * the rule's condition is false already. What cannot be said from one plain value (a list, a comparison with another
 * field, keywords) is left open. Each value is asked of the rules once and remembered.
 */
export type Prefilter = (record: JsonObject) => readonly number[];

/** A value that a field may have in a record; undefined when the field is not there. */
type Plain = string | number | boolean | null | undefined;

/** What is known of a test: undefined when it depends on more than the field at hand. */
type Truth = boolean | undefined;

interface FilterField {
  readonly name: string;
  /** For each value met: one bit a rule, set when the rule can match beside it. */
  readonly masks: Map<Plain, Int32Array>;
}

/** Asking more fields of every record would cost more than the rules that they spare. */
const MAX_FIELDS = 6;
/** A field with more values than this is no help: what was not met before is let pass. */
const MAX_VALUES = 4096;
const MAX_VALUE_LENGTH = 256;

/** A text that no rule asks for: what it rules out, most values do. */
const UNLIKELY = '\u0000no such value\u0000';

const none: readonly number[] = [];

export function createPrefilter(rules: readonly Rule[]): Prefilter {
  const asked = rules.map(askOneField);
  const canMatch = (index: number, field: string, value: Plain): boolean =>
    asked[index]?.(field, value) !== false;
  const maskOf = (field: string, value: Plain): Int32Array => {
    const mask = new Int32Array(Math.ceil(rules.length / 32));
    for (let index = 0; index < rules.length; index++)
      if (canMatch(index, field, value)) mask[index >> 5] = (mask[index >> 5] ?? 0) | (1 << (index & 31));
    return mask;
  };
  const fields = tellingFields(rules, (index, field) => !canMatch(index, field, UNLIKELY)).map(
    (name): FilterField => ({ name, masks: new Map() }),
  );
  const everything = rules.map((_, index) => index);

  const maskIn = (record: JsonObject, { name, masks }: FilterField): Int32Array | undefined => {
    const value = plainValue(record, name);
    if (value === unclear) return undefined;
    const known = masks.get(value);
    if (known !== undefined || masks.size >= MAX_VALUES) return known;
    if (typeof value === 'string' && value.length > MAX_VALUE_LENGTH) return undefined;
    const mask = maskOf(name, value);
    masks.set(value, mask);
    return mask;
  };

  /** The bits that every mask so far has set; there is one record at a time. */
  const left = new Int32Array(Math.ceil(rules.length / 32));
  return (record) => {
    left.fill(-1);
    let isNarrowed = false;
    for (const field of fields) {
      const mask = maskIn(record, field);
      if (mask === undefined) continue;
      if (!narrow(left, mask)) return none;
      isNarrowed = true;
    }
    return isNarrowed ? placesIn(left) : everything;
  };
}

const unclear = Symbol('more than one value, or none that is plain');

/** The one plain value of a field, as the rules would read it. */
function plainValue(record: JsonObject, field: string): Plain | typeof unclear {
  const direct = record[field];
  // What `readField` looks for first; the members that every object inherits are functions and objects.
  if (typeof direct === 'string' || typeof direct === 'number' || typeof direct === 'boolean') return direct;
  const values = readField(record, field);
  const [value] = values;
  if (values.length > 1 || (typeof value === 'object' && value !== null)) return unclear;
  return value;
}

/** The fields that rule out the most rules when they hold something else. */
function tellingFields(
  rules: readonly Rule[],
  rulesOut: (index: number, field: string) => boolean,
): readonly string[] {
  const names = new Set(
    rules.flatMap(({ logSource, searches }) => searches.flatMap((search) => fieldsOf(search, logSource))),
  );
  const candidates = Array.from(names, (name) => ({
    name,
    spares: rules.flatMap((_, index) => (rulesOut(index, name) ? index : [])),
  }));
  return candidates
    .filter(({ spares }) => spares.length > 0)
    .toSorted((a, b) => b.spares.length - a.spares.length || depth(a.name) - depth(b.name))
    .slice(0, MAX_FIELDS)
    .map(({ name }) => name);
}

const depth = (field: string): number => field.split('.').length;

const fieldsOf = (search: Search, logSource: LogSource): readonly string[] =>
  search.kind === 'maps' ? search.maps.flat().flatMap(({ field }) => onlyPath(logSource, field) ?? []) : [];

/** The path of a field that stands at one place; undefined when the values of several count. */
function onlyPath(logSource: LogSource, field: string): string | undefined {
  const paths = resolveField(logSource, field);
  return paths.length === 1 ? paths[0] : undefined;
}

/** Keeps the bits that the mask has too; false when none is left. */
function narrow(left: Int32Array, mask: Int32Array): boolean {
  let rest = 0;
  for (let word = 0; word < mask.length; word++) {
    const bits = (left[word] ?? 0) & (mask[word] ?? 0);
    left[word] = bits;
    rest |= bits;
  }
  return rest !== 0;
}

function placesIn(mask: Int32Array): readonly number[] {
  const places: number[] = [];
  for (let word = 0; word < mask.length; word++) {
    for (let bits = mask[word] ?? 0; bits !== 0; bits &= bits - 1)
      places.push(word * 32 + 31 - Math.clz32(bits & -bits));
  }
  return places;
}

/** The truth of a rule when nothing is known but the value of one field. */
type AskOneField = (field: string, value: Plain) => Truth;

function askOneField({ logSource, searches, condition }: Rule): AskOneField {
  const compiled = new Map(searches.map((search) => [search.name, compileForField(search, logSource)]));
  return (field, value) => {
    const record: JsonObject = value === undefined ? {} : { [field]: value };
    return truthOf(condition, (name) => compiled.get(name)?.(field, record));
  };
}

/** The truth of a search; asks the literal tests with a record that holds the one field alone. */
function compileForField(search: Search, logSource: LogSource): (field: string, record: JsonObject) => Truth {
  if (search.kind === 'keywords') return () => undefined;
  const maps = search.maps.map((tests) =>
    tests.map((test) => ({ field: onlyPath(logSource, test.field), passes: compileAlone(test, logSource) })),
  );
  return (field, record) =>
    any(
      maps.map((tests) => all(tests.map((test) => (test.field === field ? test.passes(record) : undefined)))),
    );
}

function compileAlone(test: FieldTest, logSource: LogSource): (record: JsonObject) => Truth {
  const asksOthers = test.values.some(({ anyOf }) => anyOf.some(({ kind }) => kind === 'fieldref'));
  if (asksOthers) return () => undefined;
  const search = compileSearch({ kind: 'maps', name: test.field, maps: [[test]], at: test.at }, (field) =>
    resolveField(logSource, field),
  );
  return (record) => search.passes(record);
}

function truthOf(condition: Condition, search: (name: string) => Truth): Truth {
  switch (condition.kind) {
    case 'search':
      return search(condition.name);
    case 'not': {
      const truth = truthOf(condition.of, search);
      return truth === undefined ? undefined : !truth;
    }
    case 'and':
      return all(condition.of.map((part) => truthOf(part, search)));
    case 'or':
      return any(condition.of.map((part) => truthOf(part, search)));
    case 'quantified': {
      const truths = condition.names.map(search);
      return condition.quantifier === 'all' ? all(truths) : any(truths);
    }
  }
}

const all = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(undefined) ? undefined : true;
const any = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(undefined) ? undefined : false;
