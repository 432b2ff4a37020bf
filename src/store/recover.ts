import { join } from 'node:path';
import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { openCheckpoint } from '../proof/checkpoint.ts';
import { commitPath, creationCommit } from './delta-log.ts';
import { emptyLog, readLog } from './log-writer.ts';
import type { LogState } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import { publishSeal, VERIFIER_KEY } from './publish.ts';
import type { LakePlace } from './seal.ts';
import { readSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';

const conflict = (path: string, what: string): PipelineError =>
  new PipelineError('LAKE_CONFLICT', `lake ${path}`, what);

/** Makes the tables and the public key of a new lake; what is there stays. */
async function found({ path, origin, signer, files, staging }: LakePlace, time: number): Promise<void> {
  await inParallel(tableNames, async (table) => {
    const commit = commitPath(table, 0);
    if ((await files.read(join(path, commit))) !== undefined) return;
    await staging.create(commit, Buffer.from(creationCommit(origin, table, time)));
  });
  const key = Buffer.from(`${signer.verifier.verifierKey}\n`);
  const present = await files.read(join(path, VERIFIER_KEY));
  if (present === undefined) {
    await staging.create(VERIFIER_KEY, key);
  } else if (!present.equals(key)) {
    throw conflict(
      path,
      `it was signed with another key than ${signer.verifier.name}'s; use the key it was made with`,
    );
  }
}

/** Removes Parquet files of a seal that never came to be: nothing points to them, and a glob would count them. */
async function removeOrphans({ path, files }: LakePlace, seals: number): Promise<void> {
  for (const table of tableNames) {
    for (const day of await files.list(join(path, table))) {
      if (!day.startsWith('day=')) continue;
      for (const name of await files.list(join(path, table, day))) {
        const seal = /^part-(\d{8,})-/.exec(name)?.[1];
        if (seal !== undefined && Number(seal) > seals) await files.remove(join(path, table, day, name));
      }
    }
  }
}

/**
 * Brings a lake to its newest committed seal: finishes what follows from that commit, and clears what does not belong
 * to any. Makes the lake when there is none.
 *
 * @throws PipelineError LAKE_CONFLICT when it belongs to another origin or key; LAKE_CORRUPT when it contradicts itself.
 */
export async function recoverLake(
  place: LakePlace,
  time: number,
): Promise<{ readonly snapshot: Snapshot; readonly log: LogState }> {
  await found(place, time);
  const snapshot = await readSnapshot(place.files, place.path);
  const { newest } = snapshot;
  if (newest !== undefined) {
    if (newest.facts.origin !== place.origin) {
      throw conflict(
        place.path,
        `it holds the evidence of ${newest.facts.origin}, not of ${place.origin}; use another folder`,
      );
    }
    try {
      openCheckpoint(newest.head.checkpoint, place.signer.verifier);
    } catch (cause) {
      const what =
        'its newest seal is not signed with its own key; run verify to see what differs, nothing was written';
      throw new PipelineError('LAKE_CORRUPT', `lake ${place.path}`, what, { cause });
    }
    await publishSeal(place, newest.facts, newest.head, snapshot.sizeBefore);
  }
  await place.staging.clear();
  await removeOrphans(place, snapshot.seals);
  const log =
    newest === undefined
      ? emptyLog()
      : await readLog(place.files, place.path, newest.head.logSize, newest.head.root);
  return { snapshot, log };
}
