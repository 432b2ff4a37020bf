import { readSeals } from '../../proof/evidence.ts';
import type { Files } from '../files.ts';
import { verifiable } from '../lake-files.ts';

/**
 * Removes files that this writer has taken out of its tables: what was erased or is past its time at once, what was put
 * together with others once `graceMs` have gone by, so that readers of an older snapshot come to an end.
 *
 * @returns how many files went.
 */
export async function vacuum(
  files: Files,
  origin: string,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): Promise<number> {
  const folders = new Map<string, Set<string>>();
  for (const { facts } of await readSeals(verifiable(files))) {
    if (facts.origin !== origin) continue;
    for (const [table, removes] of Object.entries(facts.removes ?? {})) {
      for (const { path, dataChange, deletionTimestamp, partitionValues } of removes) {
        if (!dataChange && deletionTimestamp + graceMs > now) continue;
        const folder = `${table}/day=${partitionValues.day}`;
        const names = folders.get(folder) ?? new Set();
        folders.set(folder, names.add(path.slice(path.indexOf('/') + 1)));
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
