import { join } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import type { Files } from './files.ts';
import { folderFiles } from './folder-files.ts';

/** Copies of a lake's segments on this machine. */
export interface SegmentCopies {
  /** Where the copy of a segment lies, by its path in the lake; made when there is none. */
  readonly localPath: (path: string) => Promise<string>;
  /** Removes the copies of all other segments. */
  keepOnly(paths: Iterable<string>): Promise<void>;
}

/** A commit that somebody else wrote may name what it likes; a copy is written below our folder alone. */
const SEGMENT = /^[a-z_]+\/day=[0-9-]+\/[A-Za-z0-9._-]+\.parquet$/;

/**
 * Copies of a container's segments in a folder, made when first asked for: DuckDB reads local files alone. The name of a
 * segment holds the digest of what is in it, so a copy is good for as long as it is there.
 *
 * @param reader names this process among those that share the folder.
 */
export function segmentCopies(files: Files, folder: string, reader: string): SegmentCopies {
  const near = folderFiles(folder, reader);
  const copies = new Map<string, Promise<string>>();
  let walked: Promise<Set<string>> | undefined;
  const present = (): Promise<Set<string>> => {
    walked ??= near.walk('').then((paths) => new Set(paths));
    return walked;
  };
  const corrupt = (what: string): PipelineError =>
    new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, `${what}; run verify`);

  const copy = async (path: string): Promise<string> => {
    if (!SEGMENT.test(path)) throw corrupt(`${path} is no segment's name`);
    if (!(await present()).has(path)) {
      const bytes = await files.read(path);
      if (bytes === undefined) throw corrupt(`${path} is missing`);
      await near.replace(path, bytes);
    }
    return join(folder, path);
  };

  return {
    localPath: (path) => {
      const known = copies.get(path);
      if (known !== undefined) return known;
      const made = copy(path);
      copies.set(path, made);
      made.catch(() => copies.delete(path));
      return made;
    },
    async keepOnly(paths) {
      const live = new Set(paths);
      const there = await present();
      for (const path of there) {
        if (live.has(path) || !SEGMENT.test(path)) continue;
        there.delete(path);
        await near.remove(path);
      }
    },
  };
}
