import type { Program } from './program.ts';
import { createStep, lookFor, nameIn, newShape, sameKeys } from './step.ts';
import type { End, Shape, Step } from './step.ts';

/** A path as the steps that it takes through a record. */
export interface Trail {
  readonly crossings: readonly Crossing[];
  readonly end: End;
  /** The last name of the path, as it spells it. */
  readonly spelling: string;
}

/** An object that a path goes through: `whole` is all that is left of the path as one key, `first` its first step. */
interface Crossing {
  readonly step: Step;
  readonly whole: number;
  readonly first: number;
  readonly next: Step;
}

/** What is known of the place that a step stands for. */
export type Standing =
  /** One object; what keys it has is known once it was looked at. */
  | { readonly kind: 'object'; readonly shape: Shape | undefined }
  /** No object: no path leads on from here. */
  | { readonly kind: 'none' }
  /** Several objects, or one of too rare a kind. */
  | { readonly kind: 'many' };

export type Standings = ReadonlyMap<Step, Standing>;

/** Where a path leads, as far as is known: what has to be done next to have its value. */
export type Where =
  | { readonly kind: 'absent' }
  /** Known to `readField` alone. */
  | { readonly kind: 'many' }
  /** The keys of the object have to be looked at. */
  | { readonly kind: 'shape'; readonly step: Step }
  /** The object has to be taken out of the one above it. */
  | { readonly kind: 'open'; readonly from: Step; readonly key: string; readonly step: Step }
  /** Unsure: nothing under this key does not mean yet that nothing is there. */
  | { readonly kind: 'read'; readonly from: Step; readonly key: string; readonly isSure: boolean };

/**
 * The steps of all paths. Where a step stands for one object of a known kind, the value of a path is one look into it;
 * the kind proves that no other spelling of a name, and no key with a dot in it, comes first.
 */
export interface Trails {
  readonly paths: readonly string[];
  readonly root: Step;
  readonly trails: readonly Trail[];
  /** By field of the program: places in `trails`. */
  readonly ofField: readonly (readonly number[])[];
  /** What kind of object has these keys; undefined: too many kinds were met here. */
  shapeOf(step: Step, keys: readonly string[]): Shape | undefined;
  /** Forgets the kinds that were met. */
  forget(): void;
}

/** A log source writes a few kinds of records. */
const MOST_SHAPES = 64;

export function createTrails({ fields }: Program): Trails {
  const paths = [...new Set(fields.flatMap(({ paths: of }) => of ?? []))];
  const root = createStep(undefined);
  for (const [place, path] of paths.entries()) lookFor(root, path, place);
  const met = new Set<Step>();
  return {
    paths,
    root,
    trails: paths.map((path) => trailOf(root, path)),
    ofField: fields.map(({ paths: of }) => (of ?? []).map((path) => paths.indexOf(path))),
    shapeOf(step, keys) {
      const { known } = step;
      met.add(step);
      const shape = known.find((other) => sameKeys(other.keys, keys));
      if (shape !== undefined || known.length >= MOST_SHAPES) return shape;
      const made = newShape(step, keys);
      known.push(made);
      return made;
    },
    forget() {
      for (const step of met) step.known.length = 0;
      met.clear();
    },
  };
}

function trailOf(root: Step, path: string): Trail {
  const crossings: Crossing[] = [];
  let step = root;
  let rest = path;
  for (let dot = rest.indexOf('.'); dot >= 0; dot = rest.indexOf('.')) {
    const first = nameIn(step, rest.slice(0, dot));
    const next = step.nextOf.get(first) ?? createStep({ step, name: first });
    crossings.push({ step, whole: nameIn(step, rest), first, next });
    step = next;
    rest = rest.slice(dot + 1);
  }
  return { crossings, end: { step, name: nameIn(step, rest) }, spelling: rest };
}

/** What every object has without having it as a key. */
const inherited = (key: string): boolean => key in {};

export function whereIs({ crossings, end, spelling }: Trail, standings: Standings): Where {
  for (const { step, whole, first, next } of crossings) {
    const standing = standings.get(step);
    if (standing === undefined || standing.kind !== 'object')
      return { kind: standing?.kind === 'none' ? 'absent' : 'many' };
    if (standing.shape === undefined) return { kind: 'shape', step };
    const { keyOf } = standing.shape;
    if (keyOf[whole] !== undefined) return { kind: 'many' };
    const key = keyOf[first];
    if (key === undefined) return { kind: 'absent' };
    if (!standings.has(next)) return { kind: 'open', from: step, key, step: next };
  }
  const { step, name } = end;
  const standing = standings.get(step);
  if (standing === undefined || standing.kind !== 'object')
    return { kind: standing?.kind === 'none' ? 'absent' : 'many' };
  if (standing.shape === undefined)
    return inherited(spelling)
      ? { kind: 'shape', step }
      : { kind: 'read', from: step, key: spelling, isSure: false };
  const key = standing.shape.keyOf[name];
  return key === undefined ? { kind: 'absent' } : { kind: 'read', from: step, key, isSure: true };
}

/** All that `whereIs` asks of what is known, now or when more is: a word a step. */
export function stepsKnown({ crossings, end }: Trail, standings: Standings): readonly string[] {
  const wordOf = (step: Step, names: readonly number[]): string => {
    const standing = standings.get(step);
    if (standing?.kind !== 'object' || standing.shape === undefined) return standing?.kind ?? '';
    const { keyOf } = standing.shape;
    return JSON.stringify(names.map((name) => keyOf[name] ?? null));
  };
  return [
    ...crossings.map(({ step, whole, first }) => wordOf(step, [whole, first])),
    wordOf(end.step, [end.name]),
  ];
}
