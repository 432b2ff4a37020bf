import type { TableName } from '../../domain/tables.ts';
import type { Files, OpenFile } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blockMayHold, blockOf } from './bloom.ts';
import { asCorrupt, nearRanges, readNow } from './file-ranges.ts';
import { filtersByFooter, leadingFilterOf } from './filter-places.ts';
import type { FilterPlace } from './filter-places.ts';
import type { Hash64 } from './xxhash64.ts';

/** Of a hundred bytes each, about. */
const KEPT_PLACES = 200_000;

/**
 * The filters of files near by: where they lie is kept, and of each question one block of 32 bytes is read. There is not a
 * promise in it: for hundreds of files, in a process that may just have begun, they would be most of the work.
 */
export function nearFilters(files: Files, openNear: (path: string) => OpenFile | undefined) {
  const kept = new Map<string, readonly (FilterPlace | undefined)[]>();
  const keep = (name: string, places: readonly (FilterPlace | undefined)[]): void => {
    if (kept.size >= KEPT_PLACES) kept.clear();
    kept.set(name, places);
  };

  /** False when the value of this hash is surely in no row of the file. */
  return (table: TableName, file: LiveFile, column: string, hash: Hash64): boolean => {
    const name = `${file.path} ${column}`;
    try {
      using ranges = nearRanges(files, file, openNear);
      let places = kept.get(name);
      if (places === undefined) {
        const leading = readNow(ranges, leadingFilterOf(table, file, column));
        places = leading === undefined ? readNow(ranges, filtersByFooter(file, column)) : [leading];
        keep(name, places);
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
