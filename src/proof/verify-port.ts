import type { JsonMap } from './canonical.ts';
import type { PayloadReader } from './payload-check.ts';

/** What the verifier needs of the outside. Everything it is given is doubted. */

/** A row of the `captures` table. */
export interface CaptureRow {
  readonly leaf: number;
  readonly source: string;
  readonly stream: string;
  readonly sequence: number;
  /** Epoch ms. */
  readonly enqueuedAt: number | undefined;
  /** Epoch ms. */
  readonly receivedAt: number;
  readonly originalSha256: string;
  readonly storedSha256: string;
  readonly redactions: string;
  readonly body: Uint8Array;
}

/** A text of a row, made once for all rows that have it. */
export interface RowText {
  readonly text: string;
}

/** Where a value lies: bytes [from, to). */
export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** The rows of `captures` one after the other, without an object for each: what it shows changes with each call of `next`. */
export interface CaptureWalk extends Pick<CaptureRow, 'leaf' | 'sequence' | 'enqueuedAt' | 'receivedAt'> {
  /** Rows of the file, as it says itself. */
  readonly rows: number;
  /** Moves on to the next row; false behind the last. @throws Error when the file is damaged. */
  next(): boolean;
  readonly source: RowText;
  readonly stream: RowText;
  readonly redactions: RowText;
  readonly originalSha256: RowBytes;
  readonly storedSha256: RowBytes;
  readonly body: RowBytes;
}

/** Reads Parquet. Throws, or yields too little, on a file that it cannot read. */
export interface ParquetReader {
  captures(bytes: Uint8Array): AsyncIterable<readonly CaptureRow[]>;
  /** The quick way over the same rows; without it all of them go the careful way. */
  walk?(bytes: Uint8Array): CaptureWalk;
  rowCount(bytes: Uint8Array): number;
  /** Rows of any table, by column: numbers, texts, times as epoch ms, bytes as base64; a column without a value is left out. */
  rows?(bytes: Uint8Array): Promise<readonly JsonMap[]>;
  /** Opens encrypted bodies and counts them. (Default: none is opened or counted) */
  readonly payload?: PayloadReader;
}

/** Reads the files of a lake. Paths are relative to its folder, with `/`. */
export interface LakeFiles {
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * The same for what is looked at once and let go: into `scratch` where it fits, and the answer is a part of that.
   * Memory for each of very many files would cost more than reading them.
   */
  readInto?(path: string, scratch: Uint8Array): Promise<Uint8Array | undefined>;
  /** True of a file that is not there yet, and follows from a seal that a crash left unfinished. (Default: none is) */
  isAhead?(path: string): boolean;
  /** Every file below a folder, at any depth, as paths relative to the lake; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  /** The same, one after the other and in the same order each time; for what is too much to be held at once. */
  each?(folder: string, visit: (path: string) => void): Promise<void>;
}

/** Visits every file below a folder. */
export async function eachPath(
  files: LakeFiles,
  folder: string,
  visit: (path: string) => void,
): Promise<void> {
  if (files.each !== undefined) return files.each(folder, visit);
  for (const path of await files.list(folder)) visit(path);
}

export const faultKinds = [
  'origin',
  'key',
  'checkpoint',
  'rollback',
  'entry',
  'tile',
  'row',
  'segment',
  'commit',
  'conservation',
  'maintenance',
  'unexpected',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** A difference between the evidence and its proof. */
export interface Fault {
  readonly kind: FaultKind;
  /** The file, and the row or entry of it where one can be told. */
  readonly place: string;
  /** What is wrong, in words. */
  readonly what: string;
}

/** Collects faults, and never more than a person can read. */
export interface FaultList {
  readonly faults: readonly Fault[];
  /** All of them, listed or not. */
  readonly count: number;
  add(kind: FaultKind, place: string, what: string): void;
}

export function createFaultList(limit: number): FaultList {
  const faults: Fault[] = [];
  let count = 0;
  return {
    faults,
    get count() {
      return count;
    },
    add(kind, place, what) {
      count++;
      if (faults.length < limit) faults.push({ kind, place, what });
    },
  };
}
