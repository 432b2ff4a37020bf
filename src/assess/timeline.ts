import type { ComputedStatus } from '../domain/control.ts';
import { statuses } from '../domain/control.ts';
import { placeIn } from '../lib/sorted.ts';
import { rank } from './resource.ts';

/** A value from `from` on, until the next one. */
export interface From<S> {
  readonly from: number;
  readonly status: S;
}

/** Steps in their order, one a change; undefined is no opinion. */
type Part = readonly From<ComputedStatus | undefined>[];

/** The worst of all parts, kept up with them. Parts that have not begun, and those without an opinion, play no part. */
export interface WorstOf<R> {
  readonly steps: readonly From<R>[];
  /** Looks again at what the parts say from a moment on. */
  renew(parts: Iterable<Part>, from: number): void;
}

/** @param say what the worst of the parts means; of undefined, that no part has an opinion. */
export function createWorstOf<R>(say: (worst: ComputedStatus | undefined) => R): WorstOf<R> {
  const steps: From<R>[] = [];
  return {
    steps,
    renew(parts, from) {
      /** How many parts say each status now. */
      const held = statuses.map(() => 0);
      const count = (status: ComputedStatus | undefined, more: number): void => {
        if (status !== undefined) held[rank(status)] = (held[rank(status)] ?? 0) + more;
      };
      const changes: {
        readonly at: number;
        readonly old: Part[number]['status'];
        readonly step: Part[number];
      }[] = [];
      for (const part of parts) {
        const begin = placeIn(part, (step) => step.from < from);
        let old = part[begin - 1]?.status;
        count(old, 1);
        for (let i = begin; i < part.length; i++) {
          const step = part[i];
          if (step === undefined) continue;
          changes.push({ at: step.from, old, step });
          old = step.status;
        }
      }
      changes.sort((a, b) => a.at - b.at);
      steps.length = placeIn(steps, (step) => step.from < from);
      for (const [i, { at, old, step }] of changes.entries()) {
        count(old, -1);
        count(step.status, 1);
        if (changes[i + 1]?.at === at) continue;
        const status = say(statuses[held.findIndex((some) => some > 0)]);
        if (steps.at(-1)?.status !== status) steps.push({ from: at, status });
      }
    },
  };
}

/** The steps cut to `[from, to)`, each with its end; `before` holds until the first one. */
export function cutSteps<S>(
  steps: readonly From<S>[],
  before: S,
  window: { readonly from: number; readonly to: number },
): { from: number; to: number; status: S }[] {
  const cut: { from: number; to: number; status: S }[] = [];
  let open = { from: window.from, status: before };
  for (const step of steps) {
    if (step.from <= window.from) open = { from: window.from, status: step.status };
    else if (step.from < window.to && step.status !== open.status) {
      cut.push({ ...open, to: step.from });
      open = step;
    }
  }
  if (window.from < window.to) cut.push({ from: open.from, status: open.status, to: window.to });
  return cut;
}

/** The value at `time`, and since when; undefined before the first step. */
export const stepAt = <S, T extends From<S>>(steps: readonly T[], time: number): T | undefined =>
  steps[placeIn(steps, ({ from }) => from <= time) - 1];
