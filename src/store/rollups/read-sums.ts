import type { Observation } from '../../domain/control.ts';
import { tableNames } from '../../domain/tables.ts';
import type { TableName } from '../../domain/tables.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import type { Summaries } from './summaries.ts';
import { addLetters } from './sums.ts';
import type { Sums } from './sums.ts';

export type TableFiles = Readonly<Record<TableName, readonly LiveFile[]>>;

/** Files that came since; undefined when some went. */
export function addedTo(before: Snapshot, after: Snapshot): TableFiles | undefined {
  const added: Partial<Record<TableName, readonly LiveFile[]>> = {};
  for (const table of tableNames) {
    const [old, live] = [before.files[table], after.files[table]];
    // A snapshot that only grew begins with the very files of the one before.
    if (old.some((file, i) => live[i] !== file)) return undefined;
    added[table] = live.slice(old.length);
  }
  return added as TableFiles;
}

export const rowsOf = (files: readonly LiveFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0);

/**
 * Reads files; the answer adds what they hold to sums, all of it at once, and says which observations were not there yet.
 *
 * @param hasFindings false when there are more than are kept: then they are not read.
 */
export async function readSums(
  summaries: Summaries,
  files: TableFiles,
  hasFindings: boolean,
): Promise<(into: Sums) => readonly Observation[]> {
  const changes: ((into: Sums) => void)[] = [];
  const [findings, observations] = await Promise.all([
    hasFindings ? summaries.findings(files.findings) : [],
    summaries.observations(files.observations),
    summaries.events(files.events, (minute) => changes.push(({ events }) => events.add(minute))),
    summaries.deadLetters(files.dead_letters, (reason, count) =>
      changes.push((into) => addLetters(into, reason, count)),
    ),
  ]);
  return (into) => {
    for (const change of changes) change(into);
    into.captures += rowsOf(files.captures);
    into.findings?.add(findings);
    return into.observations.add(observations);
  };
}
