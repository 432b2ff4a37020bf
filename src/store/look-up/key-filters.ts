import type { TableName } from '../../domain/tables.ts';
import type { Files } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { shareThread } from '../thread-share.ts';
import { farFilters } from './far-filters.ts';
import { nearFilters } from './near-filters.ts';
import { xxhash64 } from './xxhash64.ts';

/**
 * Files of some, in their order, whose filters do not rule out that one of their rows has the value in a key's column. What files
 * say of the values in a column without their rows is read as far as it is asked for.
 */
export type FilesThatMayHold = (
  table: TableName,
  some: readonly LiveFile[],
  column: string,
  value: string,
) => AsyncGenerator<LiveFile>;

/** Files in a container are asked for so many at once. */
const AT_ONCE = 16;

/** Near by, one file after the other is asked; of those in a container, several at once. */
export function keyFilters(files: Files): FilesThatMayHold {
  const { openNear } = files;
  if (openNear === undefined) {
    const mayHold = farFilters(files);
    return async function* far(table, some, column, value) {
      const hash = xxhash64(Buffer.from(value));
      for (let i = 0; i < some.length; i += AT_ONCE) {
        const few = some.slice(i, i + AT_ONCE);
        const may = await Promise.all(few.map((file) => mayHold(table, file, column, hash)));
        yield* few.filter((_, n) => may[n]);
      }
    };
  }
  const known = new Map<string, ReturnType<typeof nearFilters>>();
  const filtersOf = (table: TableName, column: string): ReturnType<typeof nearFilters> => {
    const name = `${table} ${column}`;
    const filters = known.get(name) ?? nearFilters(files, openNear, table, column);
    known.set(name, filters);
    return filters;
  };
  return async function* near(table, some, column, value) {
    const hash = xxhash64(Buffer.from(value));
    const mayHold = filtersOf(table, column);
    using share = shareThread();
    for (const file of some) {
      if (mayHold(file, hash)) yield file;
      if (share.isUsed()) await share.giveWay();
    }
  };
}
