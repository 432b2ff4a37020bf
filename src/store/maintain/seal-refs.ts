import { logFolder, writerOf } from '../../proof/commits.ts';
import type { SealRef } from '../../proof/evidence.ts';
import { PipelineError } from '../../lib/errors.ts';
import { sealOf } from '../commits.ts';
import type { Seal } from '../commits.ts';
import { commitPath } from '../delta-log.ts';
import type { Files } from '../files.ts';
import type { Snapshot, WriterHead } from '../snapshot.ts';

/** Finds single seals of a writer by their number, without reading the commits of all. */
export interface SealRefs {
  readonly newest: SealRef | undefined;
  /**
   * @throws PipelineError LAKE_CORRUPT when the writer has no such seal.
   */
  at(seal: number): Promise<SealRef>;
}

/**
 * A writer's seals grow with the versions of `captures`, and each has a version of its own: where they have one writer,
 * the number is the version; where they have several, it is found by halving what is between.
 */
export function sealRefs(files: Files, snapshot: Snapshot, origin: string): SealRefs {
  const head = snapshot.writers.get(origin);
  const missing = (seal: number): PipelineError => {
    const what = `no commit of captures is seal ${seal} of ${origin}; run verify`;
    return new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what);
  };
  const read = async (version: number): Promise<Seal | undefined> => {
    const bytes = await files.read(commitPath('captures', version));
    return bytes === undefined ? undefined : sealOf(files, version, bytes.toString());
  };

  /** Seals are asked for in their order: most often the one before is the one that was asked for last. */
  let last: Seal | undefined;
  const find = async (seal: number, { newest, versions }: WriterHead): Promise<Seal> => {
    for (const known of [newest, last]) if (known?.facts.seal === seal) return known;
    // Every seal of this writer has a version of its own: that many lie below and above at least.
    let [low, high] = [seal, versions.newest - (newest.facts.seal - seal)];
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      let version = middle;
      let found = await read(version);
      while (found !== undefined && found.facts.origin !== origin && version > low)
        found = await read(--version);
      if (found === undefined) throw missing(seal);
      if (found.facts.origin !== origin || found.facts.seal < seal) low = middle + 1;
      else if (found.facts.seal > seal) high = version - 1;
      else return found;
    }
    throw missing(seal);
  };

  const refOf = ({ facts, head: { logSize, checkpoint } }: Seal, from: number): SealRef => ({
    origin,
    folder: logFolder(writerOf(origin) ?? ''),
    from,
    to: logSize,
    facts,
    checkpoint,
  });

  return {
    newest: head && refOf(head.newest, head.sizeBefore),
    async at(seal) {
      if (head === undefined || !(seal >= 1 && seal <= head.seals)) throw missing(seal);
      const [found, before] = await Promise.all([
        find(seal, head),
        seal === 1 ? undefined : find(seal - 1, head),
      ]);
      last = found;
      return refOf(found, before?.head.logSize ?? 0);
    },
  };
}
