import type { Finding } from '../../domain/finding.ts';
import type { TableName } from '../../domain/tables.ts';
import type { Queries, QueryRow } from '../queries.ts';
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

export function createRowsByKey(queries: Queries, lookUp: LookUp): RowsByKey {
  const withKey = async (
    table: TableName,
    column: string,
    value: string,
    select: string,
    order: string,
  ): Promise<readonly QueryRow[]> => {
    const rows: QueryRow[] = [];
    const files = await lookUp.filesWithKey(table, column, value);
    const sql = `SELECT ${select} FROM ${table} WHERE ${column} = $value ORDER BY ${order}`;
    await queries.eachOf({ [table]: files }, sql, (row) => rows.push(row), { value });
    return rows;
  };
  const captures = (column: string, value: string): Promise<readonly QueryRow[]> =>
    withKey('captures', column, value, '* EXCLUDE (body)', 'leaf');

  return {
    async finding(id) {
      const rows = await withKey('findings', 'id', id, '* REPLACE (epoch_ms(time) AS time)', 'leaf, record');
      return rows.map(findingOf)[0];
    },
    capture: async (id) => (await captures('id', id))[0],
    capturesWithBytes: (storedSha256) => captures('stored_sha256', storedSha256),
    async event(id) {
      for (const { leaf } of await captures('id', id.slice(0, id.lastIndexOf('-')))) {
        const rows: QueryRow[] = [];
        const files = await lookUp.filesWithLeaf('events', Number(leaf));
        const sql = 'SELECT * FROM events WHERE leaf = $leaf::BIGINT AND id = $id';
        await queries.eachOf({ events: files }, sql, (row) => rows.push(row), { leaf: Number(leaf), id });
        if (rows[0] !== undefined) return rows[0];
      }
      return undefined;
    },
  };
}
