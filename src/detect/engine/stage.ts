import { hasBit } from './bits.ts';
import type { FieldIndex, Outcome } from './field-index.ts';
import { linesOf, truthGiven } from './formula.ts';
import { testsOf } from './program.ts';
import type { Program } from './program.ts';
import { stepsKnown, whereIs } from './trails.ts';
import type { Standings, Trails, Where } from './trails.ts';

/** What is known of a record on the way through the tree. */
export interface Stage {
  /** Rules that are not settled yet, and those that match: places in the formulas of the program. */
  readonly open: readonly number[];
  readonly matched: readonly number[];
  /** By field: what its values mean. */
  readonly known: ReadonlyMap<number, Outcome>;
  /** By field that stands at several paths: the paths that were read, and what their values mean. */
  readonly partly: ReadonlyMap<number, Partly>;
  readonly standings: Standings;
}

export interface Partly {
  readonly paths: readonly number[];
  readonly outcome: Outcome | undefined;
}

/** Places in the lines of a field. */
type Lines = ReadonlySet<number>;

/** A path that is not read yet, and how it is come by. */
export interface Errand {
  readonly path: number;
  readonly where: Where;
}

/** What is to be asked next. */
export type Question =
  | { readonly kind: 'path'; readonly errand: Errand }
  | { readonly kind: 'keywords'; readonly field: number }
  /** All fields are known that an open rule asks. */
  | { readonly kind: 'nothing' };

export interface Stages {
  first(): Stage;
  /** What is known once paths or keywords were told: settles every rule and field that it can. */
  settled(stage: Stage): Stage;
  next(stage: Stage): Question;
  /** The fields that have the path among theirs and that an open rule asks. */
  fieldsAt(stage: Stage, path: number): readonly number[];
  /** The lines of a field that open rules ask. */
  linesAt(stage: Stage, field: number): Lines;
  /**
   * Equal for stages from which all goes on alike. Its law: it may only weaken. Two stages have one key when the same
   * rules are open, the same match, and all that was found is the same that an open rule asks.
   */
  keyOf(stage: Stage): string;
}

/** What asking costs, against looking a short text up that was met before. */
const SCAN = 3;
const KEYWORDS = 30;
const WALK = 6;
const ON_THE_WAY = 1.5;

/**
 * The law of a stage: it may only weaken. A rule is dropped when what is known makes it false whatever the other fields
 * hold, and counted as matched when it makes it true; all others stay open. Of a field nothing is known before all its
 * paths are.
 */
export function createStages(
  { formulas, fields }: Program,
  indexes: readonly FieldIndex[],
  { root, trails, ofField }: Trails,
): Stages {
  const lines = formulas.map(linesOf);
  const asked = lines.map((of) => [...new Set(of.map(({ field }) => field))]);
  const counts = new WeakMap<readonly number[], Counts>();

  const countsOf = (open: readonly number[]): Counts => {
    const known = counts.get(open);
    if (known !== undefined) return known;
    const telling = fields.map(() => 0);
    const asking = new Map<number, Set<number>>();
    for (const rule of open) {
      for (const { field, line } of lines[rule] ?? []) {
        const wanted = asking.get(field) ?? new Set();
        asking.set(field, wanted.add(line));
      }
      for (const field of asked[rule] ?? []) {
        const bits = indexes[field]?.telling;
        if (bits !== undefined && hasBit(bits, rule)) telling[field] = (telling[field] ?? 0) + 1;
      }
    }
    const made = { telling, asking };
    counts.set(open, made);
    return made;
  };
  /** What is left to be read of a field; nothing when all of it is known. */
  const errandsOf = (stage: Stage, field: number): readonly Errand[] => {
    const read = stage.partly.get(field)?.paths;
    const errands: Errand[] = [];
    for (const path of ofField[field] ?? []) {
      const trail = trails[path];
      if (trail === undefined || read?.includes(path) === true) continue;
      const where = whereIs(trail, stage.standings);
      if (where.kind !== 'absent') errands.push({ path, where });
    }
    return errands;
  };
  const costOf = (field: number, errands: readonly Errand[]): number => {
    const scan = indexes[field]?.scans === true ? SCAN : 1;
    return errands.reduce(
      (sum, { where }) =>
        sum + (where.kind === 'many' ? WALK : 0) + (where.kind === 'read' ? 0 : ON_THE_WAY) + scan,
      0,
    );
  };
  const isKeywords = (field: number): boolean => fields[field]?.paths === undefined;
  const linesIn =
    (known: ReadonlyMap<number, Outcome>) =>
    (field: number): Outcome['lines'] | undefined =>
      known.get(field)?.lines;

  const weigh = (stage: Stage): Stage => {
    const open: number[] = [];
    const matched = [...stage.matched];
    const known = linesIn(stage.known);
    for (const rule of stage.open) {
      const formula = formulas[rule];
      const truth = formula === undefined ? false : truthGiven(formula, known);
      if (truth === true) matched.push(rule);
      else if (truth === undefined) open.push(rule);
    }
    return open.length === stage.open.length ? stage : { ...stage, open, matched };
  };
  /** Fields with nothing left to read become known. */
  const completed = (stage: Stage): ReadonlyMap<number, Outcome> | undefined => {
    let known: Map<number, Outcome> | undefined;
    for (const field of countsOf(stage.open).asking.keys()) {
      if (stage.known.has(field) || isKeywords(field) || errandsOf(stage, field).length > 0) continue;
      const outcome = stage.partly.get(field)?.outcome ?? indexes[field]?.absent;
      if (outcome === undefined) continue;
      known ??= new Map(stage.known);
      known.set(field, outcome);
    }
    return known;
  };
  const settled = (stage: Stage): Stage => {
    let now = weigh(stage);
    for (let known = completed(now); known !== undefined; known = completed(now))
      now = weigh({ ...now, known });
    return now;
  };
  const keyOfKnown = ({ known }: Stage, field: number, wanted: Lines): readonly string[] | undefined => {
    const outcome = known.get(field);
    return outcome && [Array.from(wanted, (line) => Number(hasBit(outcome.lines, line))).join('')];
  };
  const keyOfPartly = (stage: Stage, field: number, wanted: Lines): readonly string[] => {
    const { paths, outcome } = stage.partly.get(field) ?? untold;
    const program = fields[field];
    const tests = program && testsOf(program, wanted);
    const passed = outcome?.passed.filter((test) => tests?.has(test)).join() ?? 'untold';
    const unread = (ofField[field] ?? []).filter((path) => !paths.includes(path));
    return [
      `${inOrder(paths).join()}:${passed}`,
      ...unread.flatMap((path) => {
        const trail = trails[path];
        return trail === undefined ? [] : stepsKnown(trail, stage.standings);
      }),
    ];
  };
  return {
    first: () =>
      settled({
        open: [...formulas.keys()],
        matched: [],
        known: new Map(),
        partly: new Map(),
        standings: new Map([[root, { kind: 'object', shape: undefined }]]),
      }),
    settled,
    next(stage) {
      const { telling, asking } = countsOf(stage.open);
      let best: Question = { kind: 'nothing' };
      let bestScore = -1;
      for (const field of asking.keys()) {
        if (stage.known.has(field)) continue;
        const errands = isKeywords(field) ? [] : errandsOf(stage, field);
        const [errand] = errands;
        const cost = errand === undefined ? KEYWORDS : costOf(field, errands);
        // Where none can rule anything out, the cheapest.
        const score = (telling[field] ?? 0) / cost + 1 / (1000 * cost);
        if (score <= bestScore) continue;
        bestScore = score;
        best = errand === undefined ? { kind: 'keywords', field } : { kind: 'path', errand };
      }
      return best;
    },
    fieldsAt: ({ open, known }, path) =>
      [...countsOf(open).asking.keys()].filter(
        (field) => !known.has(field) && ofField[field]?.includes(path) === true,
      ),
    linesAt: ({ open }, field) => countsOf(open).asking.get(field) ?? new Set(),
    keyOf(stage) {
      const parts = [stage.open.join(), inOrder(stage.matched).join()];
      for (const [field, wanted] of countsOf(stage.open).asking)
        parts.push(...(keyOfKnown(stage, field, wanted) ?? keyOfPartly(stage, field, wanted)));
      return parts.join(' ');
    },
  };
}

const inOrder = (places: readonly number[]): readonly number[] => places.toSorted((a, b) => a - b);

const untold: Partly = { paths: [], outcome: undefined };

interface Counts {
  /** By field: open rules that a value rules out which passes no test. */
  readonly telling: readonly number[];
  /** The fields that open rules ask, each with the lines. */
  readonly asking: ReadonlyMap<number, Lines>;
}
