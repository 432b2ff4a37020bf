import type { Observation } from '../../domain/control.ts';
import type { Finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/tables.ts';
import { addLetters, addRows, emptySums } from '../rollups/sums.ts';
import type { Sums } from '../rollups/sums.ts';
import type { TailRows } from './messages.ts';

/** The tables of which a writer says what waits. */
export type ToldTable = Exclude<TableName, 'decisions'>;

/** What a writer says will be in one seal, summed up as it is said. */
export interface WaitingPart {
  /** What of it is not sealed, nor said to be in an earlier part. */
  readonly sums: Sums;
  /** How many rows of each table it has. */
  readonly rows: Readonly<Record<ToldTable, number>>;
  add(rows: TailRows): void;
  /** Adds all of it to the sums of what is sealed; answers the observations that were not there yet. */
  addTo(sealed: Sums): readonly Observation[];
}

/** @param isKnown true for a finding that is told elsewhere. */
export function createWaitingPart(isKnown: (finding: string) => boolean): WaitingPart {
  const sums = emptySums();
  const rows: Record<ToldTable, number> = {
    captures: 0,
    events: 0,
    findings: 0,
    observations: 0,
    dead_letters: 0,
  };
  /** Sealed, the one of the lowest leaf counts, whichever was told first. */
  const findings: Finding[] = [];
  const observations: Observation[] = [];
  return {
    sums,
    rows,
    add(more) {
      addRows(sums, { ...more, findings: more.findings.filter(({ id }) => !isKnown(id)) });
      rows.captures += more.captures;
      for (const { events } of more.events) rows.events += events;
      rows.findings += more.findings.length;
      rows.observations += more.observations.length;
      for (const [, count] of more.deadLetters) rows.dead_letters += count;
      for (const finding of more.findings) findings.push(finding);
      for (const observation of more.observations) observations.push(observation);
    },
    addTo(sealed) {
      sealed.captures += sums.captures;
      sealed.events.addAll(sums.events);
      sealed.findings?.add(findings);
      for (const [reason, count] of sums.deadLetters) addLetters(sealed, reason, count);
      return sealed.observations.add(observations);
    },
  };
}
