import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PipelineError } from '../lib/errors.ts';
import type { Files } from './files.ts';

/** Where a sealed file of the lake lies on this machine, by its path in the lake. */
export type LocalPath = (path: string) => Promise<string>;

/** Local names do not meet: a segment's file name holds the digest of what is in it. */
const nameOf = (path: string): string => `${path.split('/', 1)[0] ?? ''}-${basename(path)}`;

/**
 * Copies of a container's segments in a folder, made when first asked for: DuckDB reads local files alone. A segment never
 * changes, so a copy is good for as long as it is there; `keepOnly` removes those of segments that the lake has no more.
 */
export function segmentCopies(
  files: Files,
  folder: string,
): { readonly localPath: LocalPath; keepOnly(paths: Iterable<string>): Promise<void> } {
  const copies = new Map<string, Promise<string>>();
  let known: Promise<Set<string>> | undefined;
  let count = 0;

  const present = (): Promise<Set<string>> => {
    known ??= mkdir(folder, { recursive: true }).then(async () => new Set(await readdir(folder)));
    return known;
  };

  const copy = async (path: string): Promise<string> => {
    const name = nameOf(path);
    const target = join(folder, name);
    if ((await present()).has(name)) return target;
    const bytes = await files.read(path);
    if (bytes === undefined)
      throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, `${path} is missing; run verify`);
    count++;
    // Whole or not at all, also beside another process that copies the same.
    const part = `${target}.${process.pid}-${count}.part`;
    await writeFile(part, bytes);
    await rename(part, target);
    return target;
  };

  return {
    localPath(path) {
      const held = copies.get(path);
      if (held !== undefined) return held;
      const made = copy(path);
      copies.set(path, made);
      made.catch(() => copies.delete(path));
      return made;
    },
    async keepOnly(paths) {
      const live = new Set(Array.from(paths, nameOf));
      const there = await present();
      for (const name of there) {
        if (live.has(name) || name.endsWith('.part')) continue;
        there.delete(name);
        await rm(join(folder, name), { force: true });
      }
      for (const path of copies.keys()) if (!live.has(nameOf(path))) copies.delete(path);
    },
  };
}
