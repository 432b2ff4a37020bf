import { dirname } from 'node:path/posix';
import { tableNames } from '../../domain/tables.ts';
import { writerOf } from '../../proof/commits.ts';
import { sealOf } from '../commits.ts';
import { commitPath } from '../delta-log.ts';
import type { Files } from '../files.ts';
import { inParallel } from '../parallel.ts';
import { ownerOfFile } from '../segment-name.ts';
import { readSnapshot } from '../snapshot.ts';
import type { WriterHead } from '../snapshot.ts';
import { readTableState } from '../table-state.ts';

/** Files that a writer has taken out of its tables and that are there still, by path in the lake, and when: epoch ms. */
async function takenOut(files: Files, writer: string): Promise<ReadonlyMap<string, number>> {
  const removed = new Map<string, number>();
  await inParallel(tableNames, async (table) => {
    for (const [path, { deletionTimestamp }] of (await readTableState(files, table)).removes)
      if (ownerOfFile(path)?.writer === writer) removed.set(`${table}/${path}`, Number(deletionTimestamp));
  });
  const there = new Map<string, number>();
  for (const folder of new Set([...removed.keys()].map(dirname)))
    for (const name of await files.list(folder)) {
      const at = removed.get(`${folder}/${name}`);
      if (at !== undefined) there.set(`${folder}/${name}`, at);
    }
  return there;
}

/**
 * Which of these files may not wait: those that an order took out, and those that were put together with others before
 * an order deleted of the same table and day, for they hold the same rows. A checkpoint does not tell the one from the other:
 * the commits are read, newest first, back to those of the files.
 */
async function deletedByOrder(
  files: Files,
  origin: string,
  paths: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const open = new Set(paths);
  const ordered = new Set<string>();
  const deleted = new Set<string>();
  let version = open.size === 0 ? 0 : (await readSnapshot(files)).seals;
  for (; version > 0 && open.size > 0; version--) {
    const text = await files.read(commitPath('captures', version));
    if (text === undefined) break;
    const { facts } = sealOf(files, version, text.toString());
    if (facts.origin !== origin) continue;
    const removes = Object.entries(facts.removes ?? {}).flatMap(([table, all]) =>
      all.map(({ path, dataChange }) => ({ path: `${table}/${path}`, dataChange })),
    );
    for (const { path, dataChange } of removes.toReversed()) {
      const folder = dirname(path);
      if (dataChange) ordered.add(folder);
      if (open.delete(path) && (dataChange || ordered.has(folder))) deleted.add(path);
    }
  }
  return deleted;
}

/**
 * Removes files that this writer has taken out of its tables: what was erased or is past its time at once, what was put
 * together with others once `graceMs` have gone by, so that readers of an older snapshot come to an end; at once, where an
 * order deleted of the same table and day since. Commits older than that are not read.
 *
 * @returns how many files went.
 */
export async function vacuum(
  files: Files,
  origin: string,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<number> {
  const there = await takenOut(files, writerOf(origin) ?? '');
  const late = [...there].flatMap(([path, at]) => (at + graceMs > now ? [path] : []));
  const deleted = await deletedByOrder(files, origin, late);
  let gone = 0;
  for (const [path, at] of there) {
    if (at + graceMs > now && !deleted.has(path)) continue;
    await files.remove(path);
    gone++;
  }
  return gone;
}

/**
 * Removes what the newest maintenance of a writer has deleted and a crash left on the disk. Maintenance ends with that, so
 * that only seals of maintenance that nothing came behind can have left any.
 *
 * @param own the writer's newest seal.
 */
export async function finishDeleting(files: Files, { newest, versions }: WriterHead): Promise<void> {
  let { facts } = newest;
  for (let version = versions.newest; version > 0; version--) {
    if (version < versions.newest) {
      const text = await files.read(commitPath('captures', version));
      if (text === undefined) return;
      ({ facts } = sealOf(files, version, text.toString()));
    }
    if (facts.origin !== newest.facts.origin) continue;
    if (facts.removes === undefined) return;
    for (const [table, removes] of Object.entries(facts.removes))
      for (const { path, dataChange } of removes) if (dataChange) await files.remove(`${table}/${path}`);
  }
}
