/** A file that is open for small reads. */
export interface OpenFile extends Disposable {
  /** `length` bytes from `from` on, fewer at the end of the file. */
  read(from: number, length: number): Uint8Array;
  /** The same into memory that is there; answers how many bytes there were. */
  readInto(into: Uint8Array, from: number, length: number): number;
}

/**
 * The handful of operations a lake is built from, the same on a folder and in a blob container. Paths are relative to
 * the lake, with `/`. A file appears whole or not at all, and is durable when the call answers; when a call fails, it may
 * have done its work all the same.
 */
export interface Files {
  /** Where it is, for people: the folder, or the container's URL. */
  readonly place: string;
  /** Undefined when the file is not there. */
  read(path: string): Promise<Buffer | undefined>;
  /** `length` bytes from `from` on, fewer at the end of the file; undefined when the file is not there. */
  readRange(path: string, from: number, length: number): Promise<Buffer | undefined>;
  /**
   * Opens a file for reads that are answered at once; undefined when it is not there. Left out where a read is worth
   * waiting for: a container is asked for as much as may be needed, and seldom.
   */
  readonly openNear?: (path: string) => OpenFile | undefined;
  /** Puts a file where none is; false when one is there. Of several at once, one alone is told true. */
  create(path: string, bytes: Uint8Array): Promise<boolean>;
  /** Puts a file, whatever was there. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Names directly below a folder, sorted; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** Paths of all files below a folder, at any depth, sorted; none when it is not there. */
  walk(folder: string): Promise<readonly string[]>;
  /** Removes a file; nothing when it is not there. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all in it. */
  removeFolder(path: string): Promise<void>;
  /** Clears away what writes of this writer left behind when they were cut short. */
  tidy(): Promise<void>;
}
