import type { LakeFiles } from '../../src/proof/verify-port.ts';
import type { Disk } from '../../src/store/disk.ts';

/** A lake's files in memory: quick, cheap to copy, and easy to bend. Paths are relative to the lake. */
export interface Memory {
  readonly map: Map<string, Buffer>;
  /** For the writer, which knows the lake as the folder `lake`. */
  readonly files: Disk;
  /** For the verifier. */
  readonly lake: LakeFiles;
  copy(): Memory;
}

export const LAKE = 'lake';

const below = (path: string): string => (path === LAKE ? '' : path.slice(LAKE.length + 1));

export function createMemory(content: Iterable<readonly [string, Buffer]> = []): Memory {
  const map = new Map<string, Buffer>(content);
  const under = (folder: string): string[] => {
    const prefix = folder === '' ? '' : `${folder}/`;
    return [...map.keys()].filter((path) => path.startsWith(prefix)).toSorted();
  };
  const take = (path: string): Buffer => {
    const bytes = map.get(below(path));
    if (bytes === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
    return bytes;
  };
  const files: Disk = {
    read: async (path) => map.get(below(path)),
    list: async (path) => {
      const folder = below(path);
      const names = under(folder).map((file) => file.slice(folder.length + 1).split('/')[0] ?? '');
      return [...new Set(names)];
    },
    readRange: async (path, from, length) => map.get(below(path))?.subarray(from, from + length),
    walk: async (path) => under(below(path)).map((file) => file.slice(below(path).length + 1)),
    makeFolder: async () => {},
    write: async (path, bytes) => void map.set(below(path), Buffer.from(bytes)),
    rename: async (from, to) => {
      map.set(below(to), take(from));
      map.delete(below(from));
    },
    link: async (from, to) => {
      if (map.has(below(to))) return false;
      map.set(below(to), take(from));
      return true;
    },
    remove: async (path) => {
      map.delete(below(path));
      for (const file of under(below(path))) map.delete(file);
    },
    syncFolder: async () => {},
  };
  return {
    map,
    files,
    lake: { read: async (path) => map.get(path), list: async (folder) => under(folder) },
    copy: () => createMemory(map),
  };
}
