import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { Rule } from '../../sigma/ast.ts';
import { createFieldIndex } from './field-index.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { truthGiven } from './formula.ts';
import { createJsonTexts } from './json-texts.ts';
import { createKeywords } from './keywords.ts';
import { countCopy, turnByCopy } from './copies.ts';
import { memberOf } from './member.ts';
import { countText, standingOf, turnByKeys, turnByText, turnFor } from './node.ts';
import type { Found, Node } from './node.ts';
import type { Meaning } from './meanings.ts';
import { programOf } from './program.ts';
import { createRecordFields, pushElements } from './record-fields.ts';
import { createTrails } from './trails.ts';
import { createTree, standingFound } from './tree.ts';
import { isOther, valueFor } from './value-map.ts';
import type { Value } from './value-map.ts';

/**
 * Says which rules of a list match a record, as their places in it, in order: the ones that the plain evaluator says,
 * at a cost that hardly grows with their number.
 *
 * `message` is what the record was read out of, as UTF-8 JSON, alone or among others: with it keywords that stand
 * nowhere in it need not be looked for in the record. It may hold more than the record, never less.
 */
export type Engine = (record: JsonObject, message?: Uint8Array) => readonly number[];

/**
 * Each field's values are reduced to what they mean for all rules at once; what they mean leads from one look into the
 * record to the next in a tree, which ends where all rules are settled.
 */
export function createEngine(rules: readonly Rule[]): Engine {
  const program = programOf(rules);
  const json = createJsonTexts();
  const indexes = program.fields.map((_, place) => createFieldIndex(program, place, json));
  const trails = createTrails(program);
  const tree = createTree(program, indexes, trails);
  const fields = createRecordFields(trails.paths);
  const keywordsOf = program.fields.map(({ paths, tests }) =>
    paths === undefined ? createKeywords(tests) : undefined,
  );
  /** The objects that were opened, by slot. The record itself is at 0, and not kept here. */
  const objects: JsonObject[] = [];
  /** Whether what is slower was told of the record at hand. */
  let isStarted = false;

  const start = (record: JsonObject): void => {
    if (isStarted) return;
    isStarted = true;
    json.start();
    fields.start(record);
  };
  const outcomesOf = (
    of: readonly number[],
    ask: (index: FieldIndex) => Outcome | undefined,
  ): readonly (Outcome | undefined)[] =>
    of.map((field) => {
      const index = indexes[field];
      return index === undefined ? undefined : ask(index);
    });
  const tellAll = (node: Node, values: readonly JsonValue[] | undefined): Node =>
    tree.told(
      node,
      outcomesOf(node.job.fields, (index) => (values === undefined ? undefined : index.askAll(values))),
    );
  const walk = (node: Node, record: JsonObject): Node => {
    start(record);
    const one = fields.one(node.job.path);
    const many = one === undefined ? fields.many(node.job.path) : undefined;
    if (one !== undefined)
      return tree.told(
        node,
        outcomesOf(node.job.fields, (index) => index.ask(one)),
      );
    return tellAll(node, many);
  };
  const toldOne = (node: Node, outcome: Outcome | undefined): Node =>
    node.next.get(outcome) ?? tree.told(node, [outcome]);
  const askKeywords = (node: Node, record: JsonObject, message: Uint8Array | undefined): Node => {
    const [field = 0] = node.job.fields;
    const passed = keywordsOf[field]?.find(record, message) ?? [];
    if (passed.length > 0) return toldOne(node, indexes[field]?.outcomeOf(passed));
    return (
      turnFor(node, noKeyword) ?? tree.turn(node, noKeyword, toldOne(node, indexes[field]?.outcomeOf(passed)))
    );
  };
  const tell = (node: Node, value: JsonValue | undefined): Node => {
    const { fields: of } = node.job;
    const [field = 0] = of;
    if (of.length > 1 || value === undefined)
      return tree.told(
        node,
        outcomesOf(of, (index) => (value === undefined ? undefined : index.ask(value))),
      );
    return toldOne(node, indexes[field]?.ask(value));
  };
  const readNew = (node: Node, value: Value, meaning: Meaning | undefined): Node => {
    if (value === undefined)
      return tree.turn(node, nothing, node.job.isSure ? tell(node, undefined) : tree.missed(node));
    return tree.meant(node, value, meaning) ?? tell(node, value);
  };
  const readText = (node: Node, text: string, record: JsonObject): Node => {
    if (text.length > LONGEST_REMEMBERED) return readWhole(node, text, record);
    const { values } = node;
    if (isOther(values, text))
      return (
        (values.other === undefined ? undefined : turnFor(node, values.other)) ??
        readNew(node, text, values.other)
      );
    const meaning = valueFor(values, text);
    if (meaning === undefined) return readNew(node, text, undefined);
    const next = turnFor(node, meaning) ?? readNew(node, text, meaning);
    countText(node, text, next);
    return next;
  };
  const readOther = (node: Node, value: Exclude<Value, string>): Node => {
    if (value === undefined) return turnFor(node, nothing) ?? readNew(node, value, undefined);
    const meaning = valueFor(node.values, value);
    return (meaning === undefined ? undefined : turnFor(node, meaning)) ?? readNew(node, value, meaning);
  };
  const readWhole = (
    node: Node,
    value: string | JsonObject | readonly JsonValue[],
    record: JsonObject,
  ): Node => {
    if (typeof value === 'string') return tree.toldLong(node, value);
    if (!isJsonObject(value)) {
      if (value.length > 0) return readArray(node, value, record);
      return turnFor(node, emptyList) ?? tree.turn(node, emptyList, tell(node, value));
    }
    const known = turnByCopy(node, value);
    if (known !== undefined) return known;
    start(record);
    const next = tell(node, value);
    countCopy(node, value, next);
    return next;
  };
  const readArray = (node: Node, array: readonly JsonValue[], record: JsonObject): Node => {
    start(record);
    const all: JsonValue[] = [array];
    pushElements(array, all);
    return tellAll(node, all);
  };
  const settle = ({ job: { stage }, places }: Node, record: JsonObject): readonly number[] => {
    const linesIn = (field: number): Outcome['lines'] | undefined => stage.known.get(field)?.lines;
    const more = stage.open.filter((rule) => {
      const formula = program.formulas[rule];
      return formula !== undefined && truthGiven(formula, linesIn, record) === true;
    });
    return [...places, ...more.map((rule) => program.places[rule] ?? 0)].toSorted((a, b) => a - b);
  };

  return (record, message) => {
    isStarted = false;
    let node = tree.first();
    // Beside `objects`, for to put what is new into what is old costs more than all else that is done here.
    let first = record;
    let second = record;
    for (;;) {
      const object =
        (node.from === 0
          ? record
          : node.from === 1
            ? first
            : node.from === 2
              ? second
              : objects[node.from]) ?? record;
      switch (node.act) {
        case 'read': {
          const value = memberOf(object, node.key);
          if (typeof value === 'string') node = turnByText(node, value) ?? readText(node, value, record);
          else if (typeof value === 'object' && value !== null) node = readWhole(node, value, record);
          else node = readOther(node, value);
          break;
        }
        case 'open': {
          const value = memberOf(object, node.key);
          const within: JsonValue | undefined =
            Array.isArray(value) && value.length === 1 ? (value as readonly JsonValue[])[0] : value;
          if (isJsonObject(within)) {
            if (node.to === 1) first = within;
            else if (node.to === 2) second = within;
            else objects[node.to] = within;
            node = turnFor(node, standingFound.object) ?? tree.opened(node, 'object');
          } else {
            const kind = standingOf(value);
            node = turnFor(node, standingFound[kind]) ?? tree.opened(node, kind);
          }
          break;
        }
        case 'shape':
          node = turnByKeys(node, object) ?? tree.shaped(node, Object.keys(object));
          break;
        case 'walk':
          node = walk(node, record);
          break;
        case 'keywords':
          node = askKeywords(node, record, message);
          break;
        case 'settle':
          return settle(node, record);
        case 'end':
          return node.places;
      }
    }
  };
}

/** What may be found besides what values mean: nothing under the key, an empty array, no keyword. */
const nothing: Found = { keys: undefined };
const emptyList: Found = { keys: undefined };
const noKeyword: Found = { keys: undefined };

/** A longer text is not even looked up: that alone reads all of it. */
const LONGEST_REMEMBERED = 256;
