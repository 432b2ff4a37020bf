import type { TableName } from '../domain/tables.ts';
import { tableNames } from '../domain/tables.ts';
import { derivedCommit, derivedTables, logFolder } from '../proof/commits.ts';
import type { SealFacts } from '../proof/commits.ts';
import { pendingPath } from '../proof/grow.ts';
import type { GrownLog } from '../proof/grow.ts';
import type { CommitPosition } from '../proof/position.ts';
import { dropPartials } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import type { LakePlace } from './seal.ts';
import type { Seal } from './commits.ts';
import { newestSealIn, readTableState } from './table-state.ts';
import { createCommit } from './turn.ts';

export const checkpointPath = (writer: string): string => `${logFolder(writer)}/checkpoint`;
export const verifierKeyPath = (writer: string): string => `${logFolder(writer)}/verifier.vkey`;
/** Where the statement of the n-th change of keys lies. */
export const keyStatementPath = (writer: string, number: number): string =>
  `${logFolder(writer)}/keys/${number}`;
export const keptCheckpointPath = (writer: string, size: number): string =>
  `${logFolder(writer)}/checkpoints/${size}`;

/** The version behind the newest of a table; undefined when the seal is there already: a writer's seals come in order. */
async function nextVersion(
  { files, origin }: LakePlace,
  seal: number,
  table: TableName,
): Promise<number | undefined> {
  const state = await readTableState(files, table);
  return newestSealIn(state, origin) >= seal ? undefined : state.version + 1;
}

/** Commits a seal to another table, at the next version that is free; once, however often it is called. */
async function commitDerived(place: LakePlace, facts: SealFacts, table: TableName): Promise<void> {
  const known = place.newestOwn.get(table);
  // A call that is made again begins at what the first may have done.
  const next = known === undefined ? undefined : known.version + (known.seal === facts.seal ? 0 : 1);
  let version = next ?? (await nextVersion(place, facts.seal, table));
  if (version === undefined) return;
  const textAt = (position: CommitPosition | undefined): string => derivedCommit(facts, table, position);
  while (!(await createCommit(place, table, version, facts, textAt))) version++;
  place.newestOwn.set(table, { seal: facts.seal, version });
}

/**
 * What follows from a commit of `captures`: the log's tiles, the commits of the other tables, then the checkpoint. Doing
 * it twice changes nothing, so that opening a lake can finish what a crash left undone.
 *
 * @param before leaves of the log before this seal.
 */
export async function publishSeal(
  place: LakePlace,
  { facts, head }: Seal,
  log: GrownLog,
  before: number,
): Promise<void> {
  const { files, writer } = place;
  const folder = logFolder(writer);
  await inParallel(log.files, ([path, bytes]) => files.replace(`${folder}/${path}`, bytes));
  const changed = new Set(derivedTables(facts));
  const derived = tableNames.filter((table) => changed.has(table));
  await inParallel(derived, (table) => commitDerived(place, facts, table));
  const note = Buffer.from(head.checkpoint);
  await files.create(keptCheckpointPath(writer, head.logSize), note);
  await files.replace(checkpointPath(writer), note);
  await files.remove(pendingPath(writer, facts.seal, head.root));
  await dropPartials(files, folder, before, head.logSize);
}
