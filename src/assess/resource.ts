import { statuses } from '../domain/control.ts';
import type { ComputedStatus, Observation } from '../domain/control.ts';

/** Status from `from` on, until the next step. */
export interface Step {
  readonly from: number;
  readonly status: ComputedStatus;
  readonly reason: string;
  readonly observation: Observation | undefined;
}

/** No opinion: the resource plays no part from here on. */
export interface Silence {
  readonly from: number;
  readonly status: undefined;
}

const ranks: ReadonlyMap<ComputedStatus, number> = new Map(statuses.map((status, place) => [status, place]));

export const rank = (status: ComputedStatus): number => ranks.get(status) ?? statuses.length;

const resultRank = { fail: 0, error: 1, pass: 2, not_applicable: 3 } as const satisfies Record<
  Observation['result'],
  number
>;

/** Oldest first; of two at the same moment the worse one last, because the last one counts. */
export const byOrder = (a: Observation, b: Observation): number =>
  a.time - b.time || resultRank[b.result] - resultRank[a.result] || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export const inOrder = (observations: readonly Observation[]): Observation[] =>
  observations.toSorted(byOrder);
