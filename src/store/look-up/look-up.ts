import type { TableName } from '../../domain/tables.ts';
import type { PayloadReading } from '../encryption/payload-reading.ts';
import type { Files } from '../files.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import type { QueryRow } from '../statement.ts';
import { keyFilters } from './key-filters.ts';
import { readRowsWith } from './rows-in-file.ts';

/** Finds single rows and the files in which they may stand. */
export interface LookUp {
  /**
   * Files whose filters do not rule out that one of their rows has the value in a key's column, the newest first: looked for
   * as far as they are asked for.
   */
  filesWithKey(table: TableName, column: string, value: string): AsyncGenerator<LiveFile>;
  /** Files that may hold rows of a leaf, by the bounds in the log. */
  filesWithLeaf(table: TableName, leaf: number): Promise<readonly LiveFile[]>;
  /**
   * Rows of some files of a table, in their order, that have the value in a column of texts: everything of them but columns of
   * bytes, as a query answers it.
   */
  rowsWith(
    table: TableName,
    files: readonly LiveFile[],
    column: string,
    value: string,
  ): Promise<readonly QueryRow[]>;
}

/** @param payload opens encrypted values. (Default: they stay as they are) */
export function createLookUp(
  files: Files,
  snapshot: () => Promise<Snapshot>,
  payload?: Pick<PayloadReading, 'open'>,
): LookUp {
  const thatMayHold = keyFilters(files);

  return {
    async *filesWithKey(table, column, value) {
      yield* thatMayHold(table, (await snapshot()).files[table].toReversed(), column, value);
    },
    async filesWithLeaf(table, leaf) {
      return (await snapshot()).files[table].filter(({ stats: { minValues, maxValues } }) => {
        const [min, max] = [minValues['leaf'], maxValues['leaf']];
        return min === undefined || max === undefined || (Number(min) <= leaf && leaf <= Number(max));
      });
    },
    async rowsWith(table, some, column, value) {
      const rows: QueryRow[] = [];
      for (const file of some)
        for (const row of await readRowsWith(files, table, file, column, value))
          rows.push(payload?.open(row) ?? row);
      return rows;
    },
  };
}
