import type { TableName } from '../../domain/tables.ts';
import type { PayloadReading } from '../encryption/payload-reading.ts';
import type { Files } from '../files.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import type { QueryRow } from '../statement.ts';
import { shareThread } from '../thread-share.ts';
import { keyFilters } from './key-filters.ts';
import { readRowsWith } from './rows-in-file.ts';
import { xxhash64 } from './xxhash64.ts';

/** Finds single rows and the files in which they may stand. */
export interface LookUp {
  /** Files whose filters do not rule out that one of their rows has the value in a key's column. */
  filesWithKey(table: TableName, column: string, value: string): Promise<readonly LiveFile[]>;
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

/** Files in a container are asked for so many at once. */
const AT_ONCE = 16;

/** @param payload opens encrypted values. (Default: they stay as they are) */
export function createLookUp(
  files: Files,
  snapshot: () => Promise<Snapshot>,
  payload?: Pick<PayloadReading, 'open'>,
): LookUp {
  const filters = keyFilters(files);
  const atOnce = files.openNear === undefined ? AT_ONCE : 1;

  return {
    async filesWithKey(table, column, value) {
      const live = (await snapshot()).files[table];
      const hash = xxhash64(Buffer.from(value));
      const found: LiveFile[] = [];
      using share = shareThread();
      for (let i = 0; i < live.length; i += atOnce) {
        const some = live.slice(i, i + atOnce);
        const may = await Promise.all(some.map((file) => filters.mayHold(file, column, hash)));
        found.push(...some.filter((_, n) => may[n]));
        if (share.isUsed()) await share.giveWay();
      }
      return found;
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
