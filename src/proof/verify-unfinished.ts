import { commitFile, derivedCommit, derivedTables, parseCapturesCommit, writerOf } from './commits.ts';
import type { SealFacts, SealHead } from './commits.ts';
import { emptyLog, growLog, pendingFolder, pendingPath } from './grow.ts';
import type { GrownLog, LogState } from './grow.ts';
import { decodeBundle, entriesPath, readEdge } from './tiles.ts';
import { createTree, TILE_WIDTH } from './tree.ts';
import { indexCommits } from './verify-commits.ts';
import type { CommitIndex } from './verify-commits.ts';
import { text } from './verify-head.ts';
import type { LogPlace } from './verify-head.ts';
import { createFaultList } from './verify-port.ts';
import type { LakeFiles } from './verify-port.ts';

/** A seal that is true, its commit being there, and of which a crash left undone what follows from it. */
export interface Unfinished {
  readonly origin: string;
  readonly seal: number;
  /** Files that opening the lake for writing will make. */
  readonly files: number;
}

/** A lake as it is once unfinished seals are finished: what is missing follows from the commit and the entries that wait. */
export interface FinishedLake {
  readonly files: LakeFiles;
  readonly unfinished: readonly Unfinished[];
}

/** Files in front of others. */
const overlaid = (files: LakeFiles, added: ReadonlyMap<string, Uint8Array>): LakeFiles => ({
  ...files,
  read: async (path) => added.get(path) ?? files.read(path),
  readInto: async (path, scratch) =>
    added.get(path) ?? (files.readInto === undefined ? files.read(path) : files.readInto(path, scratch)),
  isAhead: (path) => added.has(path),
});

/** The log at the seal before; undefined when its right edge is not there. */
async function logBefore(files: LakeFiles, folder: string, size: number): Promise<LogState | undefined> {
  if (size === 0) return emptyLog();
  const read = (path: string): Promise<Uint8Array | undefined> => files.read(`${folder}/${path}`);
  const edge = await readEdge(read, size);
  const width = size % TILE_WIDTH;
  const index = Math.floor(size / TILE_WIDTH);
  const bundle =
    width === 0
      ? new Uint8Array()
      : ((await read(entriesPath(index, width))) ?? (await read(entriesPath(index, TILE_WIDTH))));
  const tail = bundle === undefined ? undefined : decodeBundle(bundle)?.slice(0, width);
  return edge === undefined || tail?.length !== width ? undefined : { tree: createTree(size, edge), tail };
}

interface Commit {
  readonly facts: SealFacts;
  readonly head: SealHead;
}

async function commitAt(files: LakeFiles, version: number | undefined): Promise<Commit | undefined> {
  if (version === undefined) return undefined;
  const bytes = await files.read(`captures/_delta_log/${commitFile(version)}`);
  return bytes === undefined ? undefined : parseCapturesCommit(text(bytes));
}

/** The log that the newest commit of a writer speaks of, from the entries that wait; undefined when it is published, or they do not lead there. */
async function grownFrom(
  files: LakeFiles,
  { folder }: LogPlace,
  { facts, head }: Commit,
  before: Commit | undefined,
  pause: (() => Promise<void>) | undefined,
): Promise<GrownLog | undefined> {
  const pending = await files.read(pendingPath(writerOf(facts.origin) ?? '', facts.seal, head.root));
  const entries = pending === undefined ? undefined : decodeBundle(pending);
  if (entries === undefined || (before === undefined) !== (facts.seal === 1)) return undefined;
  // A writer at work is about to publish it itself.
  for (let left = pause === undefined ? 0 : PAUSES; ; left--) {
    if (!isBehind(await files.read(`${folder}/checkpoint`), before)) return undefined;
    if (left === 0) break;
    await pause?.();
  }
  const log = await logBefore(files, folder, before?.head.logSize ?? 0);
  const grown = log === undefined ? undefined : growLog(log, entries);
  return grown?.tree.root().toString('base64') === head.root ? grown : undefined;
}

const PAUSES = 40;

/** True when what is published is the head before the newest: anything else is no crash. */
const isBehind = (published: Uint8Array | undefined, before: Commit | undefined): boolean =>
  (published === undefined ? undefined : text(published)) === before?.head.checkpoint;

/** Adds what a seal lacks. Answers how much that is. */
async function addMissing(
  files: LakeFiles,
  { folder }: LogPlace,
  { facts, head }: Commit,
  log: GrownLog,
  added: Map<string, Uint8Array>,
): Promise<number> {
  const before = added.size;
  const now = overlaid(files, added);
  const add = async (path: string, bytes: Uint8Array): Promise<void> => {
    if ((await now.read(path)) === undefined) added.set(path, bytes);
  };
  for (const [path, bytes] of log.files) await add(`${folder}/${path}`, bytes);
  for (const table of derivedTables(facts)) {
    const index = await indexCommits(now, table, createFaultList(0));
    if ((await index.find(facts.origin, facts.seal)) !== undefined) continue;
    added.set(`${table}/_delta_log/${commitFile(index.versions)}`, Buffer.from(derivedCommit(facts, table)));
  }
  const note = Buffer.from(head.checkpoint);
  await add(`${folder}/checkpoints/${head.logSize}`, note);
  added.set(`${folder}/checkpoint`, note);
  return added.size - before;
}

/**
 * Finishes in memory what a crash between a commit and its publication left undone. All of it is verified like the rest,
 * so that somebody who takes files away and puts entries there gains nothing.
 *
 * @param captures where the commits of `captures` are.
 * @param pause waits for a writer between its commit and its checkpoint.
 */
export async function finishedLake(
  files: LakeFiles,
  places: readonly LogPlace[],
  captures: CommitIndex,
  pause: (() => Promise<void>) | undefined,
): Promise<FinishedLake> {
  const added = new Map<string, Uint8Array>();
  const unfinished: Unfinished[] = [];
  for (const place of places) {
    const { name } = place.verifier;
    if ((await files.list(pendingFolder(writerOf(name) ?? ''))).length === 0) continue;
    const commit = await commitAt(files, captures.newestOf(name));
    if (commit === undefined || commit.facts.origin !== name) continue;
    const before = await commitAt(files, await captures.find(name, commit.facts.seal - 1));
    const log = await grownFrom(files, place, commit, before, pause);
    if (log === undefined) continue;
    const count = await addMissing(files, place, commit, log, added);
    unfinished.push({ origin: name, seal: commit.facts.seal, files: count });
  }
  return { files: added.size === 0 ? files : overlaid(files, added), unfinished };
}
