import { hasBit } from './bits.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { linesOf, truthGiven } from './formula.ts';
import type { Formula } from './formula.ts';
import type { Program } from './program.ts';

/** What is left to do for a record, after what is known of its fields. */
export type Decision =
  /** Ask one more field; what its values mean leads on. */
  | {
      readonly kind: 'ask';
      readonly field: number;
      /** What was said last, and where it led: most records go where the one before went. */
      last: Outcome | undefined;
      lastNext: Decision;
      readonly next: Map<Outcome, Decision>;
      readonly open: readonly number[];
      readonly matched: readonly number[];
      readonly known: ReadonlyMap<number, Outcome>;
    }
  /** Nothing: these rules match, as places in the list of rules, in order. */
  | { readonly kind: 'done'; readonly places: readonly number[] }
  /** Show the whole record to the rules that ask for it; all fields that they ask are known. */
  | {
      readonly kind: 'record';
      readonly open: readonly number[];
      readonly matched: readonly number[];
      readonly known: ReadonlyMap<number, Outcome>;
    };
const nowhere: Decision = { kind: 'done', places: [] };
type Ask = Extract<Decision, { kind: 'ask' }>;

/**
 * A decision tree over the fields of a record, grown where records go: records that mean the same to the rules in the
 * fields that were asked take the same way, and on a way that was gone before nothing is worked out again.
 */
export interface Decisions {
  first(): Decision;
  /** Where the outcome leads; the way is made when it was not gone before. */
  after(decision: Ask, outcome: Outcome): Decision;
}

/** So many rules held open by all decisions together; at that the tree is felled and grows again. */
const MOST_HELD = 500_000;
/** What one decision holds, besides its rules, in their measure. */
const HELD_BY_ONE = 50;

/**
 * The law of the tree: it may only weaken. A rule is dropped on a way when what is known makes it false whatever the
 * other fields hold, and counted as matched when it makes it true; all others stay open, until they are settled.
 *
 * The next field is the one that can rule out the most open rules for what asking it costs; when none can, one that an
 * open rule still asks.
 */
export function createDecisions(
  { formulas, places, fields }: Program,
  indexes: readonly FieldIndex[],
): Decisions {
  const asked = formulas.map((formula) => [...new Set(linesOf(formula).map(({ field }) => field))]);
  const costs = indexes.map(({ cost }) => cost);
  const order = fields.map((_, field) => field).toSorted((a, b) => (costs[a] ?? 0) - (costs[b] ?? 0));
  let held = 0;
  let root: Decision | undefined;

  const nextField = (open: readonly number[], known: ReadonlyMap<number, Outcome>): number | undefined => {
    let best: number | undefined;
    let bestScore = 0;
    for (const field of order) {
      const telling = known.has(field) ? undefined : indexes[field]?.telling;
      if (telling === undefined) continue;
      let count = 0;
      for (const rule of open) if (hasBit(telling, rule)) count++;
      const score = count / (costs[field] ?? 1);
      if (score <= bestScore) continue;
      best = field;
      bestScore = score;
    }
    return (
      best ?? order.find((field) => !known.has(field) && open.some((rule) => asked[rule]?.includes(field)))
    );
  };
  const decide = (
    rules: readonly number[],
    before: readonly number[],
    known: ReadonlyMap<number, Outcome>,
  ): Decision => {
    const linesIn = (field: number): Outcome['lines'] | undefined => known.get(field)?.lines;
    const open: number[] = [];
    const matched = [...before];
    for (const rule of rules) {
      const truth = truthOf(formulas[rule], linesIn);
      if (truth === true) matched.push(rule);
      else if (truth === undefined) open.push(rule);
    }
    held += HELD_BY_ONE + open.length;
    if (open.length === 0) return { kind: 'done', places: inOrder(matched) };
    const field = nextField(open, known);
    return field === undefined
      ? { kind: 'record', open, matched, known }
      : { kind: 'ask', field, last: undefined, lastNext: nowhere, next: new Map(), open, matched, known };
  };
  const inOrder = (matched: readonly number[]): readonly number[] =>
    matched.map((rule) => places[rule] ?? 0).toSorted((a, b) => a - b);

  return {
    first: () => (root ??= decide([...formulas.keys()], [], new Map())),
    after(decision, outcome) {
      const known = decision.next.get(outcome);
      const next = known ?? grow(decision, outcome);
      decision.last = outcome;
      decision.lastNext = next;
      return next;
    },
  };

  function grow(decision: Ask, outcome: Outcome): Decision {
    if (held > MOST_HELD) {
      // Whoever stands in it goes on to the end; what is made from here on is found by nobody else.
      held = 0;
      root = undefined;
    }
    const left = decision.open.filter((rule) => hasBit(outcome.rules, rule));
    const grown = decide(left, decision.matched, new Map(decision.known).set(decision.field, outcome));
    decision.next.set(outcome, grown);
    return grown;
  }
}

const truthOf = (
  formula: Formula | undefined,
  known: (field: number) => Outcome['lines'] | undefined,
): boolean | undefined => (formula === undefined ? false : truthGiven(formula, known));
