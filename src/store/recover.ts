import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { openCheckpoint } from '../proof/checkpoint.ts';
import { logFolder } from '../proof/commits.ts';
import { decodeBundle } from '../proof/tiles.ts';
import { commitPath, creationCommit } from './delta-log.ts';
import { emptyLog, growLog, pendingFolder, pendingPath, readLog } from './log-writer.ts';
import type { LogState } from './log-writer.ts';
import { inParallel } from './parallel.ts';
import { checkpointPath, publishSeal, verifierKeyPath } from './publish.ts';
import { ownerOfFile } from './seal.ts';
import type { LakePlace } from './seal.ts';
import { readSnapshot } from './snapshot.ts';
import type { Snapshot, WriterHead } from './snapshot.ts';

const conflict = (path: string, what: string): PipelineError =>
  new PipelineError('LAKE_CONFLICT', `lake ${path}`, what);

/** Makes the tables of a new lake; what is there stays. */
async function makeTables({ lakeOrigin, files }: LakePlace, time: number): Promise<void> {
  await inParallel(tableNames, async (table) => {
    const commit = commitPath(table, 0);
    if ((await files.read(commit)) !== undefined) return;
    await files.create(commit, Buffer.from(creationCommit(lakeOrigin, table, time)));
  });
}

/** Publishes the key of a new log; one that is there must be ours. */
async function makeKey({ writer, signer, files }: LakePlace): Promise<void> {
  const path = verifierKeyPath(writer);
  const key = Buffer.from(`${signer.verifier.verifierKey}\n`);
  if ((await files.read(path)) === undefined) await files.create(path, key);
  const present = await files.read(path);
  if (present?.equals(key) === true) return;
  throw conflict(files.place, `its log ${writer} was signed with another key; use the key it was made with`);
}

/**
 * Removes what a seal of this writer left that never came to be: nothing points to it, and a glob would count the rows.
 *
 * @param isOrphan of the number of the seal.
 */
export async function removeOrphans(
  { files, writer }: LakePlace,
  snapshot: Snapshot,
  isOrphan: (seal: number) => boolean,
): Promise<void> {
  for (const table of tableNames) {
    const live = new Set(snapshot.files[table].map(({ path }) => path));
    for (const day of await files.list(table)) {
      if (!day.startsWith('day=')) continue;
      for (const name of await files.list(`${table}/${day}`)) {
        const owner = ownerOfFile(name);
        const path = `${table}/${day}/${name}`;
        if (owner?.writer === writer && isOrphan(owner.seal) && !live.has(path)) await files.remove(path);
      }
    }
  }
  for (const name of await files.list(pendingFolder(writer)))
    if (isOrphan(Number(name.split('-')[0]))) await files.remove(`${pendingFolder(writer)}/${name}`);
}

/** The log as of its newest seal, whose tiles are written when a crash came before them. */
async function restoreLog(place: LakePlace, own: WriterHead): Promise<LogState> {
  const { files, writer } = place;
  const folder = logFolder(writer);
  const { facts, head } = own.newest;
  const published = await files.read(checkpointPath(writer));
  const pending = await files.read(pendingPath(writer, facts.seal, head.root));
  const entries = pending === undefined ? undefined : decodeBundle(pending);
  if (published?.toString() === head.checkpoint || entries === undefined) {
    const log = await readLog(files, folder, own.size, head.root);
    await publishSeal(place, own.newest, { ...log, files: [] }, own.sizeBefore);
    return log;
  }
  const before =
    own.rootBefore === undefined ? emptyLog() : await readLog(files, folder, own.sizeBefore, own.rootBefore);
  const log = growLog(before, entries);
  if (log.tree.root().toString('base64') !== head.root) {
    const what = `the entries of its seal ${facts.seal} do not add up to the root that was committed; run verify to see what differs, nothing was written`;
    throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what);
  }
  await publishSeal(place, own.newest, log, own.sizeBefore);
  return { tree: log.tree, tail: log.tail };
}

/**
 * Brings a writer to its newest committed seal: finishes what follows from that commit. Makes the lake, and this writer's
 * log, when there is none.
 *
 * @throws PipelineError LAKE_CONFLICT when it belongs to another origin or key; LAKE_CORRUPT when it contradicts itself.
 */
export async function recoverLake(
  place: LakePlace,
  time: number,
): Promise<{ readonly snapshot: Snapshot; readonly log: LogState }> {
  await makeTables(place, time);
  const { lakeOrigin, origin, signer, files } = place;
  const snapshot = await readSnapshot(files);
  const stranger = [...snapshot.writers.keys()].find((name) => !name.startsWith(`${lakeOrigin}/`));
  if (stranger !== undefined)
    throw conflict(
      files.place,
      `it holds the evidence of ${stranger}, not of ${lakeOrigin}; use another folder`,
    );
  await makeKey(place);
  await files.tidy();
  const own = snapshot.writers.get(origin);
  if (own === undefined) return { snapshot, log: emptyLog() };
  try {
    openCheckpoint(own.newest.head.checkpoint, signer.verifier);
  } catch (cause) {
    const what =
      'its newest seal is not signed with its own key; run verify to see what differs, nothing was written';
    throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what, { cause });
  }
  return { snapshot, log: await restoreLog(place, own) };
}
