import { basename, dirname, join, sep } from 'node:path';
import { codeOf, localDisk } from './disk.ts';
import type { Disk } from './disk.ts';
import type { Files } from './files.ts';

/** Runs one sync of a folder at a time; whoever asks while one runs shares the next. */
function sharedSync(disk: Disk): (folder: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const waiting = new Map<string, Promise<void>>();
  const start = (folder: string): Promise<void> => {
    const sync = disk.syncFolder(folder).finally(() => {
      if (running.get(folder) === sync) running.delete(folder);
    });
    running.set(folder, sync);
    return sync;
  };
  return (folder) => {
    const current = running.get(folder);
    if (current === undefined) return start(folder);
    const known = waiting.get(folder);
    if (known !== undefined) return known;
    const next = current
      .catch(() => undefined)
      .then(() => {
        waiting.delete(folder);
        return start(folder);
      });
    waiting.set(folder, next);
    return next;
  };
}

/**
 * A lake's files in a folder. New ones are written under a name of their own and synced, then moved to their place, and
 * the folder is synced: a crash leaves the old state or the new one.
 *
 * @param writer whose unfinished files these are; each has a staging folder of its own.
 */
export function folderFiles(root: string, writer = 'main', disk: Disk = localDisk): Files {
  const staging = join(root, '_staging', writer);
  const sync = sharedSync(disk);
  let count = 0;

  /** Does something in a folder, making the folder when it turns out not to be there, also when it was there before. */
  const within = async <T>(folder: string, attempt: () => Promise<T>): Promise<T> => {
    try {
      return await attempt();
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw thrown;
      await disk.makeFolder(folder);
      return attempt();
    }
  };
  const stage = async (target: string, bytes: Uint8Array): Promise<string> => {
    count++;
    const staged = join(staging, `${count}-${basename(target)}`);
    await within(staging, () => disk.write(staged, bytes));
    return staged;
  };

  const { openNear } = disk;
  return {
    place: root,
    read: (path) => disk.read(join(root, path)),
    readRange: (path, from, length) => disk.readRange(join(root, path), from, length),
    // Paths of a lake are in order as they are: putting them in order took, of hundreds of files, as long as reading them.
    ...(openNear === undefined ? {} : { openNear: (path: string) => openNear(`${root}${sep}${path}`) }),
    async create(path, bytes) {
      const target = join(root, path);
      const staged = await stage(target, bytes);
      const isCreated = await within(dirname(target), () => disk.link(staged, target));
      await disk.remove(staged);
      await sync(dirname(target));
      return isCreated;
    },
    async replace(path, bytes) {
      const target = join(root, path);
      const staged = await stage(target, bytes);
      await within(dirname(target), () => disk.rename(staged, target));
      await sync(dirname(target));
    },
    list: (folder) => disk.list(join(root, folder)),
    async walk(folder) {
      const below = await disk.walk(join(root, folder));
      return folder === '' ? below : below.map((path) => `${folder}/${path}`);
    },
    remove: (path) => disk.remove(join(root, path)),
    removeFolder: (path) => disk.remove(join(root, path)),
    async tidy() {
      for (const name of await disk.list(staging)) await disk.remove(join(staging, name));
    },
  };
}
