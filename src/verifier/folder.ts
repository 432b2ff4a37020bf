import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { LakeFiles } from '../proof/verify-port.ts';

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

/** Reads a file into `scratch`, or into new memory with room to spare when it does not fit. */
function readInto(path: string, scratch: Uint8Array): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const target = size <= scratch.length ? scratch : new Uint8Array(Math.ceil(size * 1.25));
    let at = 0;
    for (let read = -1; read !== 0 && at < size; at += read) read = readSync(file, target, at, size - at, at);
    return target.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

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
  async readInto(path, scratch) {
    try {
      return readInto(join(folder, path), scratch);
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
