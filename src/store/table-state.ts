import type { TableName } from '../domain/tables.ts';
import { sealAppId } from '../proof/commits.ts';
import { checkpointFile, emptyState, replay, replayActions } from '../proof/delta-state.ts';
import type { TableState } from '../proof/delta-state.ts';
import { commitsFrom } from './commits.ts';
import { readCheckpoint } from './checkpoint/read-checkpoint.ts';
import type { IsNeeded } from './checkpoint/read-checkpoint.ts';
import type { Files } from './files.ts';

/** The version of a table's newest checkpoint; undefined when it has none. */
export async function lastCheckpointed(files: Files, table: TableName): Promise<number | undefined> {
  const last = await files.read(`${table}/_delta_log/_last_checkpoint`);
  const { version } = last === undefined ? {} : (JSON.parse(last.toString()) as { version?: unknown });
  return typeof version === 'number' ? version : undefined;
}

/**
 * The state of a table that the checkpoint of a version holds; undefined when there is none of it.
 *
 * @param isNeeded leaves columns of the checkpoint out of the state. (Default: it is whole)
 */
export async function checkpointedState(
  files: Files,
  table: TableName,
  version: number,
  isNeeded?: IsNeeded,
): Promise<TableState | undefined> {
  const bytes = await files.read(`${table}/_delta_log/${checkpointFile(version)}`);
  if (bytes === undefined) return undefined;
  return { ...replayActions(emptyState(), await readCheckpoint(bytes, isNeeded)), version };
}

/** A table as of now: what its newest checkpoint holds, or what of that is needed, and the commits since. */
export async function readTableState(
  files: Files,
  table: TableName,
  isNeeded?: IsNeeded,
): Promise<TableState> {
  const version = await lastCheckpointed(files, table);
  const known = version === undefined ? undefined : await checkpointedState(files, table, version, isNeeded);
  const from = known ?? emptyState();
  const commits: string[] = [];
  for await (const text of commitsFrom(files, table, from.version + 1)) commits.push(text);
  return replay(from, commits);
}

/** The newest seal of a log that a table has a commit of; 0 when it has none. */
export const newestSealIn = ({ txns }: TableState, origin: string): number =>
  Number(txns.get(sealAppId(origin))?.['version'] ?? 0);
