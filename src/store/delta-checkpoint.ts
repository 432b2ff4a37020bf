import type { TableName } from '../domain/tables.ts';
import {
  CHECKPOINT_EVERY,
  checkpointActions,
  checkpointFile,
  emptyState,
  lastCheckpoint,
  replay,
} from '../proof/delta-state.ts';
import type { TableState } from '../proof/delta-state.ts';
import { encodeCheckpoint } from '../proof/delta-checkpoint-file.ts';
import { commitPath } from './delta-log.ts';
import type { Files } from './files.ts';
import { encodeHeads, HEADS_PATH } from './heads.ts';
import type { Snapshot } from './snapshot.ts';
import { checkpointedState, lastCheckpointed } from './table-state.ts';

/** The newest state that a checkpoint of a table holds, at or before a version; an empty one when there is none. */
async function newestState(files: Files, table: TableName, version: number): Promise<TableState> {
  const at = await lastCheckpointed(files, table);
  if (at === undefined || at > version) return emptyState();
  return (await checkpointedState(files, table, at)) ?? emptyState();
}

/**
 * Writes the Parquet checkpoint of a version of a table when it is due for one, so that readers need not read every commit
 * before it. It follows from the commits alone: whoever writes it writes the same.
 *
 * @param known a state that the caller has kept, at or before the version.
 * @returns the state at the version, to be kept; undefined when none was due.
 */
async function writeCheckpoint(
  files: Files,
  table: TableName,
  version: number,
  known: TableState | undefined,
): Promise<TableState | undefined> {
  if (version === 0 || version % CHECKPOINT_EVERY !== 0) return undefined;
  const from = known ?? (await newestState(files, table, version));
  const commits: string[] = [];
  for (let next = from.version + 1; next <= version; next++) {
    const bytes = await files.read(commitPath(table, next));
    if (bytes === undefined) return undefined;
    commits.push(bytes.toString());
  }
  const state = replay(from, commits);
  const bytes = encodeCheckpoint(state);
  const folder = `${table}/_delta_log`;
  await files.create(`${folder}/${checkpointFile(version)}`, bytes);
  const last = await files.read(`${folder}/_last_checkpoint`);
  const newest = last === undefined ? -1 : (JSON.parse(last.toString()) as { version: number }).version;
  if (newest < version) {
    const pointer = lastCheckpoint(version, checkpointActions(state).length);
    await files.replace(`${folder}/_last_checkpoint`, Buffer.from(pointer));
  }
  return state;
}

/**
 * Writes the checkpoints that are due after a seal, and keeps the tables' states for the next. One that cannot be written
 * is left out: the next comes a hundred commits later, and nothing depends on it.
 */
export function checkpointWriter(
  files: Files,
): (
  commits: ReadonlyMap<TableName, { readonly seal: number; readonly version: number }>,
  seal: number,
  snapshot: Pick<Snapshot, 'seals' | 'writers'>,
) => Promise<void> {
  const states = new Map<TableName, TableState>();
  const write = async (
    table: TableName,
    version: number,
    { seals, writers }: Pick<Snapshot, 'seals' | 'writers'>,
  ) => {
    const state = await writeCheckpoint(files, table, version, states.get(table));
    if (state === undefined) return;
    states.set(table, state);
    if (table !== 'captures' || seals !== version) return;
    const heads = new Map([...writers].map(([origin, { versions }]) => [origin, versions]));
    await files.replace(HEADS_PATH, Buffer.from(encodeHeads({ version, writers: heads })));
  };
  return async (commits, seal, snapshot) => {
    for (const [table, commit] of commits)
      if (commit.seal === seal) await write(table, commit.version, snapshot).catch(() => undefined);
  };
}
