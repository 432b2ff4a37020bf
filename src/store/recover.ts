import { tableNames } from '../domain/tables.ts';
import { PipelineError } from '../lib/errors.ts';
import { logFolder } from '../proof/commits.ts';
import type { SealFacts } from '../proof/commits.ts';
import { emptyLog, growLog, pendingFolder, pendingPath } from '../proof/grow.ts';
import type { LogState } from '../proof/grow.ts';
import { decodeBundle } from '../proof/tiles.ts';
import { commitPath, creationCommit } from './delta-log.ts';
import { readLog } from './log-writer.ts';
import { finishDeleting } from './maintain/vacuum.ts';
import { readKeyChain, signerOf } from './rotate.ts';
import { inParallel } from './parallel.ts';
import { checkpointPath, publishSeal, verifierKeyPath } from './publish.ts';
import { ownerOfFile } from './segment-name.ts';
import { grownTables } from './schema.ts';
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

/**
 * Publishes the key of a new log. One that is there must be ours, or have handed over to ours; answers the statements
 * that no seal has said yet.
 *
 * @param newest checkpoint of the log; undefined when it has none.
 */
async function takeUpKey(
  { writer, signer, files }: LakePlace,
  newest: string | undefined,
): Promise<readonly string[]> {
  const own = signer.verifier.verifierKey;
  if ((await files.read(verifierKeyPath(writer))) === undefined)
    await files.create(verifierKeyPath(writer), Buffer.from(`${own}\n`));
  const chain = await readKeyChain(files, writer);
  const number = chain.keys.findIndex(({ verifierKey }) => verifierKey === own);
  if (number < 0)
    throw conflict(
      files.place,
      `its log ${writer} was signed with another key; use the key it was made with`,
    );
  if (newest === undefined) return chain.rotations.slice(0, number).map(({ note }) => note);
  const signed = signerOf(newest, chain);
  if (signed === undefined) {
    const what =
      'its newest seal is not signed with a key of its own; run verify to see what differs, nothing was written';
    throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what);
  }
  if (signed > number) {
    const what = `its log ${writer} has handed over from this key to another, and what this one signs is worth nothing any more; use the key that \`plumbline keys rotate\` made`;
    throw conflict(files.place, what);
  }
  return chain.rotations.slice(signed, number).map(({ note }) => note);
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

/** A lake as its writer takes it up. */
export interface Recovered {
  readonly snapshot: Snapshot;
  readonly log: LogState;
  /** Changes of keys up to this writer's own that its next seal has to say. */
  readonly handOvers: readonly string[];
  /** What its next seal has to say of tables that this version has more columns for. */
  readonly metaData: SealFacts['metaData'];
}

/**
 * Brings a writer to its newest committed seal: finishes what follows from that commit. Makes the lake, and this writer's
 * log, when there is none.
 *
 * @throws PipelineError LAKE_CONFLICT when it belongs to another origin or key, or its key has handed over; LAKE_CORRUPT when it contradicts itself;
 *   LAKE_NEWER when its tables need more than this version knows.
 */
export async function recoverLake(place: LakePlace, time: number): Promise<Recovered> {
  await makeTables(place, time);
  const { lakeOrigin, origin, files } = place;
  const snapshot = await readSnapshot(files);
  const stranger = [...snapshot.writers.keys()].find((name) => !name.startsWith(`${lakeOrigin}/`));
  if (stranger !== undefined)
    throw conflict(
      files.place,
      `it holds the evidence of ${stranger}, not of ${lakeOrigin}; use another folder`,
    );
  const metaData = grownTables(files.place, snapshot.descriptions);
  const own = snapshot.writers.get(origin);
  const handOvers = await takeUpKey(place, own?.newest.head.checkpoint);
  await files.tidy();
  if (own === undefined) return { snapshot, log: emptyLog(), handOvers, metaData };
  const log = await restoreLog(place, own);
  await finishDeleting(files, own);
  return { snapshot, log, handOvers, metaData };
}
