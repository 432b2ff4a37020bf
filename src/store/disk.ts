import { closeSync, openSync, readSync } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { OpenFile } from './files.ts';

/** What a file system offers, as far as a lake in a folder needs it. */
export interface Disk {
  /** Undefined when the file is not there. */
  read(path: string): Promise<Buffer | undefined>;
  /** `length` bytes from `from` on, fewer at the end of the file; undefined when the file is not there. */
  readRange(path: string, from: number, length: number): Promise<Buffer | undefined>;
  /** Opens a file for reads that are answered at once; undefined when it is not there. */
  readonly openNear?: (path: string) => OpenFile | undefined;
  /** Names in a folder, sorted; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** Paths of every file below a folder, relative to it, with `/`, sorted; none when it is not there. */
  walk(folder: string): Promise<readonly string[]>;
  /** Makes a folder and those above it. */
  makeFolder(path: string): Promise<void>;
  /** Writes a whole file and syncs it. Not atomic: for files that nobody reads yet. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Replaces `to` at once. Durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name unless that is taken; false when it is. Durable after `syncFolder`. */
  link(from: string, to: string): Promise<boolean>;
  /** Removes a file or a folder with all in it; nothing when it is not there. */
  remove(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
}

export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;

/** Answers of file systems that have no hard links, such as some network shares. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

async function writeAndSync(path: string, bytes: Uint8Array, flag: 'w' | 'wx'): Promise<void> {
  await using handle = await open(path, flag, 0o644);
  await handle.writeFile(bytes);
  await handle.sync();
}

const isAbsent = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(thrown) ?? '');

/** A class, for a look-up opens hundreds of files: functions made for each took as long as reading it. */
class OpenDiskFile implements OpenFile {
  readonly #handle: number;

  constructor(handle: number) {
    this.#handle = handle;
  }

  read(from: number, length: number): Uint8Array {
    // Small pieces come out of a pool: memory of their own would take longer to get than to fill.
    const bytes = length < 1024 ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length);
    return bytes.subarray(0, readSync(this.#handle, bytes, 0, length, from));
  }

  readInto(into: Uint8Array, from: number, length: number): number {
    return readSync(this.#handle, into, 0, length, from);
  }

  [Symbol.dispose](): void {
    closeSync(this.#handle);
  }
}

/** The file system of this machine. */
export const localDisk: Disk = {
  async read(path) {
    try {
      return await readFile(path);
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  },
  async readRange(path, from, length) {
    try {
      await using handle = await open(path, 'r');
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
      return buffer.subarray(0, bytesRead);
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  },
  openNear(path) {
    try {
      return new OpenDiskFile(openSync(path, 'r'));
    } catch (thrown) {
      if (isAbsent(thrown)) return undefined;
      throw thrown;
    }
  },
  async list(folder) {
    try {
      return (await readdir(folder)).toSorted();
    } catch (thrown) {
      if (isAbsent(thrown)) return [];
      throw thrown;
    }
  },
  async walk(folder) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
      (thrown: unknown) => {
        if (isAbsent(thrown)) return [];
        throw thrown;
      },
    );
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .toSorted();
  },
  async makeFolder(path) {
    const first = await mkdir(path, { recursive: true });
    if (first === undefined) return;
    // A new folder is only as durable as the entry for it in the folder above.
    for (let folder = path; !relative(dirname(first), folder).startsWith('..'); folder = dirname(folder)) {
      await sync(folder);
      if (folder === dirname(folder)) break;
    }
  },
  write: (path, bytes) => writeAndSync(path, bytes, 'w'),
  rename,
  async link(from, to) {
    try {
      await link(from, to);
      return true;
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === 'EEXIST') return false;
      if (code === undefined || !noLinks.has(code)) throw thrown;
    }
    try {
      await writeAndSync(to, await readFile(from), 'wx');
      return true;
    } catch (thrown) {
      if (codeOf(thrown) === 'EEXIST') return false;
      throw thrown;
    }
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
  syncFolder: sync,
};
