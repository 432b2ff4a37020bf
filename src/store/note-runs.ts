import { noteDigest } from '../proof/entries.ts';
import type { Json } from '../proof/canonical.ts';
import { writerOf } from '../proof/commits.ts';
import { commitPath } from './delta-log.ts';
import { sealOf } from './commits.ts';
import type { Files } from './files.ts';

/** So many commits are read at once. */
const AT_ONCE = 16;
/** Further back than so many seals nothing is said. */
const MOST = 20_000;

/**
 * By writer: from which leaf of its log on everything was taken in while its newest note of a kind was this one, without
 * a change in between. A writer that is missing has nothing of that sort. Read backwards from the newest seal, as far as
 * the least leaf of each writer that is of interest. A note that came and went between two seals is not seen.
 *
 * @param newest version of `captures` to begin at.
 * @throws PipelineError LAKE_CORRUPT, LAKE_NEWER as other readers of commits do.
 */
export async function leavesUnderNote(
  files: Files,
  newest: number,
  { kind, note }: { readonly kind: string; readonly note: Json },
  least: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const digest = noteDigest(kind, note);
  const from = new Map<string, number>();
  const open = new Set(least.keys());
  for (let version = newest; version > Math.max(0, newest - MOST) && open.size > 0; version -= AT_ONCE) {
    const versions = Array.from({ length: Math.min(AT_ONCE, version) }, (_, i) => version - i);
    const texts = await Promise.all(versions.map((one) => files.read(commitPath('captures', one))));
    for (const [i, text] of texts.entries()) {
      // Older ones are gone: what they said is not known.
      if (text === undefined) return from;
      const { facts, head } = sealOf(files, version - i, text.toString());
      const writer = writerOf(facts.origin) ?? '';
      if (!open.has(writer)) continue;
      // What this seal took in came under the note only if the seal before it had it already.
      if (facts.notes[kind] === digest) from.set(writer, head.logSize);
      else open.delete(writer);
      if ((from.get(writer) ?? Infinity) <= (least.get(writer) ?? 0)) open.delete(writer);
    }
  }
  return from;
}
