import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { LakeFiles } from '../proof/verify-port.ts';

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** The files of a folder. Read at once and not in turns: a log is many thousands of small files. */
export const folderFiles = (folder: string): LakeFiles => ({
  async read(path) {
    try {
      return readFileSync(join(folder, path));
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  },
  async list(below) {
    try {
      return readdirSync(join(folder, below), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .toSorted();
    } catch (thrown) {
      if (isMissing(thrown)) return [];
      throw thrown;
    }
  },
});
