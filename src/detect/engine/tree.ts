import type { FieldIndex, Outcome } from './field-index.ts';
import { createNode } from './node.ts';
import type { Node } from './node.ts';
import type { Program } from './program.ts';
import { createStages } from './stage.ts';
import type { Stage } from './stage.ts';
import { sameKeys } from './step.ts';
import type { Step } from './step.ts';
import type { Standing, Trails } from './trails.ts';
import { forgetValues, putValue } from './value-map.ts';
import type { Value } from './value-map.ts';

/**
 * A tree of what is asked of a record, grown where records go: records in which the rules find the same take the same
 * way, and on a way that was gone before nothing is worked out again.
 */
export interface Tree {
  /** Where every record begins. */
  readonly first: Node;
  /** Where it leads that a path has such a meaning for each field of the node. Undefined: the path leads nowhere. */
  told(node: Node, outcomes: readonly (Outcome | undefined)[]): Node;
  /** Where it leads that nothing stands under the key of the node, which may be spelled otherwise. */
  missed(node: Node): Node;
  opened(node: Node, kind: Standing['kind']): Node;
  shaped(node: Node, keys: readonly string[]): Node;
  /** Remembers where a value leads. */
  remember(node: Node, value: Value, next: Node): void;
}

/** All rare kinds of objects together, and nothing under the key that was looked at, lead on by this. */
const rare = Symbol('rare');

/** So many rules held open by all nodes together; at that the tree is felled and grows again. */
const MOST_HELD = 500_000;
/** What one node holds, besides its rules, in their measure. */
const HELD_BY_ONE = 50;
/** So many objects of rare kinds; at that the kinds are forgotten, for others may have become rare. */
const MOST_RARE = 100_000;

/** Values remembered a node, and by all nodes. Fields that tell rules apart have a few hundred. */
const REMEMBERED_AT_ONE = 512;
const REMEMBERED = 50_000;
/** Where values hardly ever came again (ids, bodies), so many times as many are not remembered. */
const PAUSE = 16;

export function createTree(program: Program, indexes: readonly FieldIndex[], trails: Trails): Tree {
  const stages = createStages(program, indexes, trails);
  const slots = new Map<Step, number>([[trails.root, 0]]);
  let held = 0;
  let remembered = 0;
  const remembering = new Set<Node>();
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
    trails.forget();
    remembering.clear();
    remembered = 0;
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
            return createNode('read', job, { from: slotOf(where.from), key: where.key });
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
    const grown = nodeAt(stages.settled(stage()), node.job.stage);
    node.next.set(by, grown);
    return grown;
  };
  const standing = (stage: Stage, step: Step | undefined, as: Standing): Stage =>
    step === undefined ? stage : { ...stage, standings: new Map(stage.standings).set(step, as) };

  return {
    get first() {
      root ??= nodeAt(stages.first(), undefined);
      return root;
    },
    told(node, outcomes) {
      const [first] = outcomes;
      const by = outcomes.length === 1 ? first : outcomes.map((outcome) => outcome?.id ?? '').join(' ');
      return grow(node, by, () => afterTelling(node, outcomes));
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
      const next = grow(node, kind, () => standing(node.job.stage, node.job.step, as));
      if (kind === 'object') node.opened = next;
      return next;
    },
    shaped(node, keys) {
      const { stage, step } = node.job;
      const shape = step === undefined ? undefined : trails.shapeOf(step, keys);
      if (shape === undefined && ++rares > MOST_RARE) fell();
      const as: Standing = shape === undefined ? { kind: 'many' } : { kind: 'object', shape };
      const next = grow(node, shape ?? rare, () => standing(stage, step, as));
      if (shape !== undefined && !node.turns.some((turn) => turn.next === next && sameKeys(turn.keys, keys)))
        node.turns.push({ keys, next, hits: 0 });
      return next;
    },
    remember(node, value, next) {
      const { values } = node;
      if (values.ignored > 0) {
        values.ignored--;
        return;
      }
      if (remembered >= REMEMBERED) {
        for (const other of remembering) forgetValues(other.values);
        remembering.clear();
        remembered = 0;
      }
      putValue(values, value, next);
      remembering.add(node);
      remembered++;
      if (values.byValue.size < REMEMBERED_AT_ONE) return;
      if (values.hits < REMEMBERED_AT_ONE / 4) values.ignored = PAUSE * REMEMBERED_AT_ONE;
      forgetValues(values);
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
