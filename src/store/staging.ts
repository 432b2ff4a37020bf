import { basename, dirname, join } from 'node:path';
import type { Files } from './files.ts';
import { inParallel } from './parallel.ts';

/** Brings whole files to their place in a lake, so that a crash leaves either the old state or the new one. */
export interface Staging {
  /** Replaces the file at `path` (relative to the lake). Durable after `settle`. */
  place(path: string, bytes: Uint8Array): Promise<void>;
  /** Syncs every folder that `place` changed. */
  settle(): Promise<void>;
  /** Creates the file at `path` unless one is there; false when one is. Durable when it answers. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Removes whatever a crash left behind. */
  clear(): Promise<void>;
}

/** @param writer whose staging folder this is; each has one of its own. */
export function createStaging(files: Files, lake: string, writer: string): Staging {
  const folder = join(lake, '_staging', writer);
  const made = new Map<string, Promise<void>>();
  const changed = new Set<string>();
  let count = 0;
  const makeFolder = async (path: string): Promise<void> => {
    const making = made.get(path) ?? files.makeFolder(path);
    made.set(path, making);
    await making.catch((thrown: unknown) => {
      made.delete(path);
      throw thrown;
    });
  };
  const stage = async (target: string, bytes: Uint8Array): Promise<string> => {
    await makeFolder(folder);
    await makeFolder(dirname(target));
    count++;
    const staged = join(folder, `${count}-${basename(target)}`);
    await files.write(staged, bytes);
    return staged;
  };
  return {
    async place(path, bytes) {
      const target = join(lake, path);
      await files.rename(await stage(target, bytes), target);
      changed.add(dirname(target));
    },
    async settle() {
      await inParallel(changed, (path) => files.syncFolder(path));
      changed.clear();
    },
    async create(path, bytes) {
      const target = join(lake, path);
      const staged = await stage(target, bytes);
      const isCreated = await files.link(staged, target);
      await files.remove(staged);
      await files.syncFolder(dirname(target));
      return isCreated;
    },
    async clear() {
      for (const name of await files.list(folder)) await files.remove(join(folder, name));
    },
  };
}
