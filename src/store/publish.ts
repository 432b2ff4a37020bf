import { join } from 'node:path';
import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { derivedCommit, derivedTables, logFolder, sealOfCommit } from '../proof/commits.ts';
import type { SealFacts, SealHead } from '../proof/commits.ts';
import { commitPath, lastVersion } from './delta-log.ts';
import { dropPartials } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import type { LakePlace } from './seal.ts';
import { createCommit } from './turn.ts';

export const checkpointPath = (writer: string): string => `${logFolder(writer)}/checkpoint`;
export const verifierKeyPath = (writer: string): string => `${logFolder(writer)}/verifier.vkey`;
export const keptCheckpointPath = (writer: string, size: number): string =>
  `${logFolder(writer)}/checkpoints/${size}`;

/**
 * Commits a seal to another table, at the next version that is free. The table's own commits tell whether it has been done
 * before: a writer's seals come in order, so the newest of its commits there decides.
 */
async function commitDerived(place: LakePlace, facts: SealFacts, table: TableName): Promise<void> {
  const { files, path, origin } = place;
  const text = derivedCommit(facts, table);
  const newest = await lastVersion(files, path, table);
  for (let version = newest; version > 0; version--) {
    const present = await files.read(join(path, commitPath(table, version)));
    const owner = present === undefined ? undefined : sealOfCommit(present.toString());
    if (owner?.origin !== origin) continue;
    if (owner.seal >= facts.seal) return;
    break;
  }
  for (let version = newest + 1; !(await createCommit(place, table, version, text)); version++);
}

/**
 * What follows from a commit of `captures`: the commits of the other tables, then the checkpoint. Doing it twice
 * changes nothing, so that opening a lake can finish what a crash left undone.
 *
 * @param before leaves of the log before this seal.
 */
export async function publishSeal(
  place: LakePlace,
  facts: SealFacts,
  head: SealHead,
  before: number,
): Promise<void> {
  const changed = new Set(derivedTables(facts));
  const derived = tableNames.filter((table) => changed.has(table));
  await inParallel(derived, (table) => commitDerived(place, facts, table));
  const note = Buffer.from(head.checkpoint);
  const { writer } = place;
  for (const path of [keptCheckpointPath(writer, head.logSize), checkpointPath(writer)]) {
    const present = await place.files.read(join(place.path, path));
    if (present?.equals(note) !== true) await place.staging.place(path, note);
  }
  await place.staging.settle();
  await dropPartials(place.files, place.path, logFolder(writer), before, head.logSize);
}
