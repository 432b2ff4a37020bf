import { isJsonObject } from '../../lib/json.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { Rule } from '../../sigma/ast.ts';
import { createFieldIndex } from './field-index.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { truthGiven } from './formula.ts';
import { createJsonTexts } from './json-texts.ts';
import { createKeywords } from './keywords.ts';
import { standingOf, turnFor } from './node.ts';
import type { Node } from './node.ts';
import { programOf } from './program.ts';
import { createRecordFields } from './record-fields.ts';
import { createTrails } from './trails.ts';
import { createTree } from './tree.ts';
import { valueFor } from './value-map.ts';
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
  const walk = (node: Node, record: JsonObject): Node => {
    start(record);
    const one = fields.one(node.job.path);
    const many = one === undefined ? fields.many(node.job.path) : undefined;
    if (one !== undefined)
      return tree.told(
        node,
        outcomesOf(node.job.fields, (index) => index.ask(one)),
      );
    return tree.told(
      node,
      outcomesOf(node.job.fields, (index) => (many === undefined ? undefined : index.askAll(many))),
    );
  };
  const askKeywords = (node: Node, record: JsonObject, message: Uint8Array | undefined): Node => {
    const [field = 0] = node.job.fields;
    const passed: number[] = [];
    keywordsOf[field]?.find(record, message, (place) => passed.push(place));
    return tree.told(
      node,
      outcomesOf(node.job.fields, (index) => index.outcomeOf(passed)),
    );
  };
  const readEmpty = (node: Node, value: readonly JsonValue[]): Node => {
    const known = node.next.get(emptyList);
    if (known !== undefined) return known;
    const next = tree.told(
      node,
      outcomesOf(node.job.fields, (index) => index.ask(value)),
    );
    node.next.set(emptyList, next);
    return next;
  };
  const readNew = (node: Node, value: Value): Node => {
    const { fields: of, isSure } = node.job;
    const tell = (): Node =>
      tree.told(
        node,
        outcomesOf(of, (index) => (value === undefined ? undefined : index.ask(value))),
      );
    const next = value === undefined && !isSure ? tree.missed(node) : tell();
    tree.remember(node, value, next);
    return next;
  };
  const readWhole = (
    node: Node,
    value: string | JsonObject | readonly JsonValue[],
    record: JsonObject,
  ): Node => {
    if (Array.isArray(value)) return value.length === 0 ? readEmpty(node, value) : walk(node, record);
    if (typeof value === 'object') start(record);
    return tree.told(
      node,
      outcomesOf(node.job.fields, (index) => index.ask(value)),
    );
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
    let node = tree.first;
    for (;;) {
      switch (node.act) {
        case 'read': {
          const value: JsonValue | undefined = (node.from === 0 ? record : objects[node.from])?.[node.key];
          if (
            (typeof value === 'object' && value !== null) ||
            (typeof value === 'string' && value.length > LONGEST_REMEMBERED)
          )
            node = readWhole(node, value, record);
          else node = valueFor(node.values, value) ?? readNew(node, value);
          break;
        }
        case 'open': {
          const value: JsonValue | undefined = (node.from === 0 ? record : objects[node.from])?.[node.key];
          const object: JsonValue | undefined =
            Array.isArray(value) && value.length === 1 ? (value as readonly JsonValue[])[0] : value;
          if (isJsonObject(object)) {
            objects[node.to] = object;
            node = node.opened ?? tree.opened(node, 'object');
          } else node = tree.opened(node, standingOf(value));
          break;
        }
        case 'shape': {
          const object = (node.from === 0 ? record : objects[node.from]) ?? {};
          node = turnFor(node, object) ?? tree.shaped(node, Object.keys(object));
          break;
        }
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

/** Where an empty array leads. */
const emptyList = Symbol('[]');

/** A longer text is not even looked up: that alone reads all of it. */
const LONGEST_REMEMBERED = 256;
