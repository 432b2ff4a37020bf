import type { Observation } from '../../domain/control.ts';
import type { TailRows } from '../tail/messages.ts';
import { createEventTotals } from './event-totals.ts';
import type { EventTotals } from './event-totals.ts';
import { createFindingList } from './finding-list.ts';
import type { FindingList } from './finding-list.ts';
import { createObservationList } from './observation-list.ts';
import type { ObservationList } from './observation-list.ts';

/** Rows of a lake, or of a part of it, summed up as boards ask for them. */
export interface Sums {
  captures: number;
  readonly events: EventTotals;
  /** Undefined when there are more than are kept. */
  findings: FindingList | undefined;
  readonly observations: ObservationList;
  readonly deadLetters: Map<string, number>;
}

export const emptySums = (): Sums => ({
  captures: 0,
  events: createEventTotals(),
  findings: createFindingList(),
  observations: createObservationList(),
  deadLetters: new Map(),
});

export const addLetters = ({ deadLetters }: Sums, reason: string, count: number): void =>
  void deadLetters.set(reason, (deadLetters.get(reason) ?? 0) + count);

/** Adds what a writer said of its tail; answers the observations that were not there yet. */
export function addRows(sums: Sums, rows: TailRows): readonly Observation[] {
  sums.captures += rows.captures;
  for (const minute of rows.events) sums.events.add(minute);
  sums.findings?.add(rows.findings);
  for (const [reason, count] of rows.deadLetters) addLetters(sums, reason, count);
  return sums.observations.add(rows.observations);
}
