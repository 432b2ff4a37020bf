import { commitFile } from './commits.ts';
import { encodeCheckpoint } from './delta-checkpoint-file.ts';
import { checkpointActions, checkpointFile, emptyState, lastCheckpoint, replay } from './delta-state.ts';
import type { FaultList, LakeFiles } from './verify-port.ts';

const LAST = '_last_checkpoint';

/**
 * Makes the Delta checkpoints of a table again from its commits and compares bytes: other readers take a checkpoint's word
 * for the commits before it.
 *
 * @param names in the table's log; those that are right are taken out.
 * @param versions of the table.
 */
export async function checkCheckpoints(
  files: LakeFiles,
  table: string,
  names: Set<string>,
  versions: number,
  faults: FaultList,
): Promise<void> {
  const folder = `${table}/_delta_log/`;
  const pointers = new Set<string>();
  let state = emptyState();
  for (const name of [...names].toSorted()) {
    const version = Number(/^(\d{20})\.checkpoint\.parquet$/.exec(name)?.[1] ?? Number.NaN);
    if (!(version < versions) || checkpointFile(version) !== name) continue;
    const commits: string[] = [];
    for (let next = state.version + 1; next <= version; next++)
      commits.push(Buffer.from((await files.read(`${folder}${commitFile(next)}`)) ?? []).toString());
    state = replay(state, commits);
    names.delete(name);
    pointers.add(lastCheckpoint(version, checkpointActions(state).length));
    const bytes = await files.read(`${folder}${name}`);
    if (bytes === undefined || Buffer.compare(bytes, encodeCheckpoint(state)) !== 0)
      faults.add('commit', `${folder}${name}`, 'it says something else than the commits that it stands for');
  }
  if (!names.has(LAST) || pointers.size === 0) return;
  names.delete(LAST);
  const last = await files.read(`${folder}${LAST}`);
  if (last === undefined || !pointers.has(Buffer.from(last).toString()))
    faults.add('commit', `${folder}${LAST}`, 'it names no checkpoint of this table');
}
