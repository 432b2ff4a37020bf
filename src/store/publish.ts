import { join } from 'node:path';
import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { derivedCommit } from '../proof/commits.ts';
import type { SealFacts, SealHead } from '../proof/commits.ts';
import { commitPath, lastVersion } from './delta-log.ts';
import { dropPartials } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import { createCommit } from './seal.ts';
import type { LakePlace } from './seal.ts';

export const CHECKPOINT = 'log/checkpoint';
export const VERIFIER_KEY = 'log/verifier.vkey';
export const keptCheckpoint = (size: number): string => `log/checkpoints/${size}`;

async function commitDerived(place: LakePlace, facts: SealFacts, table: TableName): Promise<void> {
  const text = derivedCommit(facts, table);
  const newest = await lastVersion(place.files, place.path, table);
  const present = await place.files.read(join(place.path, commitPath(table, newest)));
  if (present?.toString() !== text) await createCommit(place, table, newest + 1, text);
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
  const derived = tableNames.filter((table) => facts.derived[table] !== undefined);
  await inParallel(derived, (table) => commitDerived(place, facts, table));
  const note = Buffer.from(head.checkpoint);
  for (const path of [keptCheckpoint(head.logSize), CHECKPOINT]) {
    const present = await place.files.read(join(place.path, path));
    if (present?.equals(note) !== true) await place.staging.place(path, note);
  }
  await place.staging.settle();
  await dropPartials(place.files, place.path, before, head.logSize);
}
