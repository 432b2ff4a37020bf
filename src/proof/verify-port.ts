import type { JsonMap } from './canonical.ts';
import type { TableState } from './delta-state.ts';

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

/** Reads Parquet. Throws, or yields too little, on a file that it cannot read. */
export interface ParquetReader {
  captures(bytes: Uint8Array): AsyncIterable<readonly CaptureRow[]>;
  rowCount(bytes: Uint8Array): number;
  /** A Delta checkpoint of a table's state, as the writer makes it: the same state gives the same bytes. */
  checkpoint?(state: TableState): Uint8Array;
  /** Rows of any table, by column: numbers, texts, times as epoch ms, bytes as base64; a column without a value is left out. */
  rows?(bytes: Uint8Array): Promise<readonly JsonMap[]>;
}

/** Reads the files of a lake. Paths are relative to its folder, with `/`. */
export interface LakeFiles {
  read(path: string): Promise<Uint8Array | undefined>;
  /** Every file below a folder, at any depth, as paths relative to the lake; none when it is not there. */
  list(folder: string): Promise<readonly string[]>;
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
