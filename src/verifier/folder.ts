import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Dirent } from 'node:fs';
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

/** Visits every file below a folder, folder by folder and each in the order of names. */
function visitFiles(root: string, below: string, visit: (path: string) => void): void {
  for (const entry of namesIn(join(root, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) visitFiles(root, path, visit);
    else if (entry.isFile()) visit(path);
  }
}

function namesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    if (isMissing(thrown)) return [];
    throw thrown;
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
    const paths: string[] = [];
    visitFiles(folder, below, (path) => paths.push(path));
    return paths.toSorted();
  },
  async each(below, visit) {
    visitFiles(folder, below, visit);
  },
});
