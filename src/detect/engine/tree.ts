import { hash } from 'node:crypto';
import type { FieldIndex, Outcome } from './field-index.ts';
import { createMeanings } from './meanings.ts';
import type { Meaning } from './meanings.ts';
import { addTurn, createNode } from './node.ts';
import type { Found, Node } from './node.ts';
import type { Program } from './program.ts';
import { createStages } from './stage.ts';
import type { Stage } from './stage.ts';
import type { Step } from './step.ts';
import type { Standing, Trails } from './trails.ts';
import type { Value } from './value-map.ts';

/**
 * A tree of what is asked of a record, grown where records go: records in which the rules find the same take the same
 * way, and on a way that was gone before nothing is worked out again. Ways meet again where all that differs is what
 * no rule asks that is still open: the fewer nodes, the more of them are in the processor's caches.
 */
export interface Tree {
  /** Where every record begins. */
  first(): Node;
  /** Where it leads that a path has such a meaning for each field of the node. Undefined: the path leads nowhere. */
  told(node: Node, outcomes: readonly (Outcome | undefined)[]): Node;
  /** Where a value leads by its meaning, if that is known already. Undefined: it is not worth remembering. */
  meant(node: Node, value: Exclude<Value, undefined>, known: Meaning | undefined): Node | undefined;
  /** Where it leads that nothing stands under the key of the node, which may be spelled otherwise. */
  missed(node: Node): Node;
  opened(node: Node, kind: Standing['kind']): Node;
  shaped(node: Node, keys: readonly string[]): Node;
  /** Where a long text leads, of which only what open rules ask is looked at. */
  toldLong(node: Node, text: string): Node;
  /** From now on what was found leads there. */
  turn(node: Node, found: Found, next: Node): Node;
}

/** What `open` finds. */
export const standingFound = {
  object: { keys: undefined },
  none: { keys: undefined },
  many: { keys: undefined },
} as const satisfies Record<Standing['kind'], Found>;

/** All rare kinds of objects together, and nothing under the key that was looked at, lead on by this. */
const rare = Symbol('rare');

/** So many rules held open by all nodes together; at that the tree is felled and grows again. */
const MOST_HELD = 500_000;
/** What one node holds, besides its rules, in their measure. */
const HELD_BY_ONE = 50;
/** So many objects of rare kinds; at that the kinds are forgotten, for others may have become rare. */
const MOST_RARE = 100_000;

export function createTree(program: Program, indexes: readonly FieldIndex[], trails: Trails): Tree {
  const stages = createStages(program, indexes, trails);
  const slots = new Map<Step, number>([[trails.root, 0]]);
  let held = 0;
  const meanings = createMeanings(
    trails.paths.map((_, path) =>
      program.fields.flatMap((__, field) => (trails.ofField[field]?.includes(path) === true ? field : [])),
    ),
    indexes,
  );
  /** By a digest of what their stages are alike by. */
  const alike = new Map<string, Node>();
  let rares = 0;
  let root: Node | undefined;

  const slotOf = (step: Step): number => {
    const slot = slots.get(step) ?? slots.size;
    slots.set(step, slot);
    return slot;
  };
  const fell = (): void => {
    // Whoever stands in it goes on to the end; what is made from there on is found by nobody else.
    held = 0;
    rares = 0;
    root = undefined;
    alike.clear();
    trails.forget();
  };
  const shapeNode = (stage: Stage, step: Step): Node =>
    createNode('shape', { stage, step }, { from: slotOf(step) });

  const nodeAt = (stage: Stage, before: Stage | undefined): Node => {
    held += HELD_BY_ONE + (stage.open === before?.open ? 0 : stage.open.length);
    const question = stages.next(stage);
    switch (question.kind) {
      case 'nothing':
        return createNode(
          stage.open.length === 0 ? 'end' : 'settle',
          { stage },
          { places: inOrder(stage.matched) },
        );
      case 'keywords':
        return createNode('keywords', { stage, fields: [question.field] });
      case 'path': {
        const { path, where } = question.errand;
        switch (where.kind) {
          case 'shape':
            return shapeNode(stage, where.step);
          case 'open':
            return createNode(
              'open',
              { stage, step: where.step },
              { from: slotOf(where.from), key: where.key, to: slotOf(where.step) },
            );
          case 'read': {
            const job = {
              stage,
              step: where.from,
              path,
              fields: stages.fieldsAt(stage, path),
              isSure: where.isSure,
            };
            const values = meanings[path]?.values;
            return createNode('read', job, {
              from: slotOf(where.from),
              key: where.key,
              ...(values && { values }),
            });
          }
          case 'many':
          case 'absent':
            return createNode('walk', { stage, path, fields: stages.fieldsAt(stage, path) });
        }
      }
    }
  };
  const inOrder = (matched: readonly number[]): readonly number[] =>
    matched.map((rule) => program.places[rule] ?? 0).toSorted((a, b) => a - b);

  const grow = (node: Node, by: unknown, stage: () => Stage): Node => {
    const known = node.next.get(by);
    if (known !== undefined) return known;
    if (held > MOST_HELD) fell();
    const settled = stages.settled(stage());
    // What it is the digest of may be long: all rules that are open.
    const key = hash('sha256', stages.keyOf(settled), 'base64');
    const grown = alike.get(key) ?? nodeAt(settled, node.job.stage);
    alike.set(key, grown);
    node.next.set(by, grown);
    return grown;
  };
  const standing = (stage: Stage, step: Step | undefined, as: Standing): Stage =>
    step === undefined ? stage : { ...stage, standings: new Map(stage.standings).set(step, as) };

  const told = (node: Node, outcomes: readonly (Outcome | undefined)[]): Node => {
    const by = outcomes.length === 1 ? outcomes[0] : outcomes.map((outcome) => outcome?.id ?? '').join(' ');
    return grow(node, by, () => afterTelling(node, outcomes));
  };
  const turn = (node: Node, found: Found, next: Node): Node => {
    held++;
    addTurn(node, found, next);
    return next;
  };

  return {
    first() {
      root ??= nodeAt(stages.first(), undefined);
      return root;
    },
    told,
    toldLong(node, text) {
      const { job } = node;
      job.asks ??= job.fields.map((field) => indexes[field]?.within(stages.linesAt(job.stage, field)));
      return told(
        node,
        job.asks.map((ask) => ask?.(text)),
      );
    },
    turn,
    meant(node, value, known) {
      const meaning = known ?? meanings[node.job.path]?.learn(value);
      if (meaning === undefined) return undefined;
      const outcomes = node.job.fields.map((field) => meaning.outcomes.get(field));
      return turn(node, meaning, told(node, outcomes));
    },
    missed: (node) => {
      const { stage, step } = node.job;
      const known = node.next.get(rare);
      if (known !== undefined || step === undefined) return known ?? node;
      const next = shapeNode(stage, step);
      node.next.set(rare, next);
      return next;
    },
    opened(node, kind) {
      const as: Standing = kind === 'object' ? { kind, shape: undefined } : { kind };
      return turn(
        node,
        standingFound[kind],
        grow(node, standingFound[kind], () => standing(node.job.stage, node.job.step, as)),
      );
    },
    shaped(node, keys) {
      const { stage, step } = node.job;
      const shape = step === undefined ? undefined : trails.shapeOf(step, keys);
      if (shape === undefined && ++rares > MOST_RARE) fell();
      const as: Standing = shape === undefined ? { kind: 'many' } : { kind: 'object', shape };
      if (shape === undefined) return grow(node, rare, () => standing(stage, step, as));
      return turn(
        node,
        shape,
        grow(node, shape, () => standing(stage, step, as)),
      );
    },
  };

  function afterTelling(
    { job: { stage, path, fields } }: Node,
    outcomes: readonly (Outcome | undefined)[],
  ): Stage {
    const partly = new Map(stage.partly);
    const known = new Map(stage.known);
    for (const [nth, field] of fields.entries()) {
      const outcome = outcomes[nth];
      if (program.fields[field]?.paths === undefined) {
        if (outcome !== undefined) known.set(field, outcome);
        continue;
      }
      const before = partly.get(field);
      const joined =
        before?.outcome === undefined || outcome === undefined
          ? (outcome ?? before?.outcome)
          : indexes[field]?.join(before.outcome, outcome);
      partly.set(field, { paths: [...(before?.paths ?? []), path], outcome: joined });
    }
    return { ...stage, partly, known };
  }
}
