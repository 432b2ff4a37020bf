import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { LakeFiles } from '../proof/verify-port.ts';
import { localFiles } from './files.ts';

/** The files of a lake in a folder of this machine, for the verifier. */
export const lakeFiles = (lake: string): LakeFiles => ({
  read: (path) => localFiles.read(join(lake, path)),
  async list(folder) {
    const entries = await readdir(join(lake, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(lake, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .toSorted();
  },
});
