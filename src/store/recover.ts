import { join } from 'node:path';
import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { openCheckpoint } from '../proof/checkpoint.ts';
import { logFolder } from '../proof/commits.ts';
import { commitPath, creationCommit } from './delta-log.ts';
import { emptyLog, readLog } from './log-writer.ts';
import type { LogState } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import { publishSeal, verifierKeyPath } from './publish.ts';
import { ownerOfFile } from './seal.ts';
import type { LakePlace } from './seal.ts';
import { readSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

const conflict = (path: string, what: string): PipelineError =>
  new PipelineError('LAKE_CONFLICT', `lake ${path}`, what);

/** Makes the tables of a new lake; what is there stays. */
async function makeTables({ path, lakeOrigin, files, staging }: LakePlace, time: number): Promise<void> {
  await inParallel(tableNames, async (table) => {
    const commit = commitPath(table, 0);
    if ((await files.read(join(path, commit))) !== undefined) return;
    await staging.create(commit, Buffer.from(creationCommit(lakeOrigin, table, time)));
  });
}

/** Publishes the key of a new log; one that is there must be ours. */
async function makeKey({ path, writer, signer, files, staging }: LakePlace): Promise<void> {
  const key = Buffer.from(`${signer.verifier.verifierKey}\n`);
  await staging.create(verifierKeyPath(writer), key);
  const present = await files.read(join(path, verifierKeyPath(writer)));
  if (present?.equals(key) === true) return;
  throw conflict(path, `its log ${writer} was signed with another key; use the key it was made with`);
}

/** Removes Parquet files of a seal of this writer that never came to be: nothing points to them, and a glob would count them. */
async function removeOrphans({ path, files, writer }: LakePlace, seals: number): Promise<void> {
  for (const table of tableNames) {
    for (const day of await files.list(join(path, table))) {
      if (!day.startsWith('day=')) continue;
      for (const name of await files.list(join(path, table, day))) {
        const owner = ownerOfFile(name);
        if (owner?.writer === writer && owner.seal > seals) await files.remove(join(path, table, day, name));
      }
    }
  }
}

/**
 * Brings a lake to its newest committed seal: finishes what follows from that commit, and clears what does not belong
 * to any. Makes the lake, and this writer's log, when there is none.
 *
 * @throws PipelineError LAKE_CONFLICT when it belongs to another origin or key; LAKE_CORRUPT when it contradicts itself.
 */
export async function recoverLake(
  place: LakePlace,
  time: number,
): Promise<{ readonly snapshot: Snapshot; readonly log: LogState }> {
  await makeTables(place, time);
  const { path, lakeOrigin, origin, signer, files, staging, writer } = place;
  const snapshot = await readSnapshot(files, path);
  const stranger = [...snapshot.writers.keys()].find((name) => !name.startsWith(`${lakeOrigin}/`));
  if (stranger !== undefined)
    throw conflict(path, `it holds the evidence of ${stranger}, not of ${lakeOrigin}; use another folder`);
  await makeKey(place);
  const own = snapshot.writers.get(origin);
  if (own !== undefined) {
    const { facts, head } = own.newest;
    try {
      openCheckpoint(head.checkpoint, signer.verifier);
    } catch (cause) {
      const what =
        'its newest seal is not signed with its own key; run verify to see what differs, nothing was written';
      throw new PipelineError('LAKE_CORRUPT', `lake ${path}`, what, { cause });
    }
    await publishSeal(place, facts, head, own.sizeBefore);
  }
  await staging.clear();
  await removeOrphans(place, own?.seals ?? 0);
  const log =
    own === undefined
      ? emptyLog()
      : await readLog(files, path, logFolder(writer), own.size, own.newest.head.root);
  return { snapshot, log };
}
