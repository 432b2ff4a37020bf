import type { TableName } from '../../domain/tables.ts';
import type { Files, OpenFile } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blockMayHold, blockOf } from './bloom.ts';
import { asCorrupt, nearRanges, readNow } from './file-ranges.ts';
import { beginsWith, filtersByFooter } from './filter-places.ts';
import type { FilterPlace } from './filter-places.ts';
import { leadingFilters } from './leading-filters.ts';
import type { Hash64 } from './xxhash64.ts';

/** Of a file: of a row group without a filter, undefined. */
type Places = readonly (FilterPlace | undefined)[];

/**
 * The filters of a table's files near by, for one key: where they lie is kept, and of each question one block of 32 bytes is read.
 * There is not a promise in it, and little else: for hundreds of files, in a process that may just have begun, whatever is
 * done a file is most of the work.
 */
export function nearFilters(
  files: Files,
  openNear: (path: string) => OpenFile | undefined,
  table: TableName,
  column: string,
): (file: LiveFile, hash: Hash64) => boolean {
  const kept = new WeakMap<LiveFile, Places>();
  const leadingOf = leadingFilters(table, column);

  /** False when the value of this hash is surely in no row of the file. */
  return (file, hash) => {
    try {
      using ranges = nearRanges(files, file, openNear);
      let places = kept.get(file);
      if (places === undefined) {
        const leading = leadingOf(file);
        places =
          leading !== undefined &&
          beginsWith(ranges.read(leading.headerAt, leading.header.length), leading.header)
            ? [leading.filter]
            : readNow(ranges, filtersByFooter(file, column));
        kept.set(file, places);
      }
      for (const place of places) {
        if (place === undefined) return true;
        const at = place.at + BLOCK_BYTES * blockOf(hash, place.blocks);
        if (blockMayHold(ranges.read(at, BLOCK_BYTES), hash)) return true;
      }
      return places.length === 0;
    } catch (cause) {
      throw asCorrupt(files, file, cause);
    }
  };
}
