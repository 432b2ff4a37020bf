import type { Finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/tables.ts';
import type { LiveFile } from '../snapshot.ts';
import type { QueryRow } from '../statement.ts';
import { findingOf } from '../rows.ts';
import type { LookUp } from './look-up.ts';

/** Single rows by their keys, out of the few files that may hold them. Times of plain rows are Dates. */
export interface RowsByKey {
  finding(id: string): Promise<Finding | undefined>;
  /** Everything of a capture but its body. */
  capture(id: string): Promise<QueryRow | undefined>;
  /** Captures whose stored bytes have the digest, in their order. */
  capturesWithBytes(storedSha256: string): Promise<readonly QueryRow[]>;
  /** An event's id names its capture, and by the leaf of that its file is found. */
  event(id: string): Promise<QueryRow | undefined>;
}

/** By leaf; rows of one leaf by their record, where they have one. */
const inOrder = (a: QueryRow, b: QueryRow): number =>
  Number(a['leaf']) - Number(b['leaf']) || Number(a['record'] ?? 0) - Number(b['record'] ?? 0);

export function createRowsByKey(lookUp: LookUp): RowsByKey {
  const withKey = async (table: TableName, column: string, value: string): Promise<readonly QueryRow[]> => {
    const files: LiveFile[] = [];
    for await (const file of lookUp.filesWithKey(table, column, value)) files.push(file);
    return (await lookUp.rowsWith(table, files.toReversed(), column, value)).toSorted(inOrder);
  };

  const capture: RowsByKey['capture'] = async (id) => {
    // A stream has a sequence once in the whole lake: where it is found, nobody looks further.
    for await (const file of lookUp.filesWithKey('captures', 'id', id)) {
      const [row] = await lookUp.rowsWith('captures', [file], 'id', id);
      if (row !== undefined) return row;
    }
    return undefined;
  };

  return {
    async finding(id) {
      const [row] = await withKey('findings', 'id', id);
      return row && findingOf(row);
    },
    capture,
    capturesWithBytes: (storedSha256) => withKey('captures', 'stored_sha256', storedSha256),
    async event(id) {
      const leaf = (await capture(id.slice(0, id.lastIndexOf('-'))))?.['leaf'];
      if (leaf === undefined) return undefined;
      const files = await lookUp.filesWithLeaf('events', Number(leaf));
      const rows = await lookUp.rowsWith('events', files, 'id', id);
      return rows.find((row) => row['leaf'] === leaf);
    },
  };
}
