import { readSeals } from '../../proof/evidence.ts';
import type { Files } from '../files.ts';
import { verifiable } from '../lake-files.ts';
import { sealOf } from '../commits.ts';
import { commitPath } from '../delta-log.ts';
import type { WriterHead } from '../snapshot.ts';

/**
 * Removes files that this writer has taken out of its tables: what was erased or is past its time at once, what was put
 * together with others once `graceMs` have gone by, so that readers of an older snapshot come to an end; at once, where an
 * order deleted of the same table and day since.
 *
 * @returns how many files went.
 */
export async function vacuum(
  files: Files,
  origin: string,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<number> {
  const folders = new Map<string, Set<string>>();
  // What was put together before an order deleted of it holds the same rows: no grace for that.
  const replaced = new Map<string, Set<string>>();
  for (const { facts } of await readSeals(verifiable(files))) {
    if (facts.origin !== origin) continue;
    for (const [table, removes] of Object.entries(facts.removes ?? {})) {
      for (const { path, dataChange, deletionTimestamp, partitionValues } of removes) {
        const folder = `${table}/day=${partitionValues.day}`;
        const earlier = replaced.get(folder) ?? new Set();
        const names = folders.get(folder) ?? new Set();
        const name = path.slice(path.indexOf('/') + 1);
        if (!dataChange && deletionTimestamp + graceMs > now) {
          replaced.set(folder, earlier.add(name));
          continue;
        }
        folders.set(folder, names.add(name));
        if (!dataChange) continue;
        for (const before of earlier) names.add(before);
        earlier.clear();
      }
    }
  }
  let gone = 0;
  for (const [folder, names] of folders) {
    for (const name of await files.list(folder)) {
      if (!names.has(name)) continue;
      await files.remove(`${folder}/${name}`);
      gone++;
    }
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
