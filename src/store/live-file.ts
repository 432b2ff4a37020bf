import type { TableName } from '../domain/tables.ts';
import type { AddAction } from '../proof/commits.ts';
import type { LiveFile } from './snapshot.ts';

/** What the commit that adds a file says of it, as far as a list of files needs that. */
export type ListedFile = Pick<AddAction, 'path' | 'size' | 'stats'>;

/** A file as the commit that adds it describes it. */
export function liveFile(table: TableName, { path, size, stats }: ListedFile): LiveFile {
  const { numRecords, minValues, maxValues, nullCount } = JSON.parse(stats) as LiveFile['stats'] & {
    readonly numRecords: number;
    readonly nullCount: Readonly<Record<string, number>>;
  };
  const columns = Object.keys(nullCount).length;
  return { path: `${table}/${path}`, rows: numRecords, size, columns, stats: { minValues, maxValues } };
}
