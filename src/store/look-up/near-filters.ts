import type { TableName } from '../../domain/tables.ts';
import type { Files, OpenFile } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blockMayHold, blockOf } from './bloom.ts';
import { asCorrupt, cutShort, nearRanges, openedNear, readNow } from './file-ranges.ts';
import { beginsWith, filtersByFooter } from './filter-places.ts';
import type { FilterPlace } from './filter-places.ts';
import { leadingFilters } from './leading-filters.ts';
import type { LeadingFilter } from './leading-filters.ts';
import type { Hash64 } from './xxhash64.ts';

/** Of a file: of a row group without a filter, undefined. */
type Places = readonly (FilterPlace | undefined)[];

/** More than the header of a filter, or a block of it. */
const PIECE_BYTES = 64;

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
  /** Files that begin with their filter. */
  const leaders = new WeakSet<LiveFile>();
  const kept = new WeakMap<LiveFile, Places>();
  const leadingOf = leadingFilters(table, column);
  const piece = new Uint8Array(PIECE_BYTES);

  const readPiece = (opened: OpenFile, file: LiveFile, at: number, length: number): void => {
    if (opened.readInto(piece, at, length) !== length) throw cutShort(files, file);
  };
  const isLeader = (opened: OpenFile, file: LiveFile, { header, headerAt }: LeadingFilter): boolean => {
    if (leaders.has(file)) return true;
    readPiece(opened, file, headerAt, header.length);
    if (!beginsWith(piece, header)) return false;
    leaders.add(file);
    return true;
  };
  /** By the filters that the footer tells of. */
  const mayHoldByFooter = (file: LiveFile, hash: Hash64): boolean => {
    using ranges = nearRanges(files, file, openNear);
    const places = kept.get(file) ?? readNow(ranges, filtersByFooter(file, column));
    kept.set(file, places);
    for (const place of places) {
      if (place === undefined) return true;
      const at = place.at + BLOCK_BYTES * blockOf(hash, place.blocks);
      if (blockMayHold(ranges.read(at, BLOCK_BYTES), hash)) return true;
    }
    return places.length === 0;
  };

  /** False when the value of this hash is surely in no row of the file. */
  return (file, hash) => {
    try {
      const leading = leadingOf(file);
      if (leading === undefined) return mayHoldByFooter(file, hash);
      const opened = openedNear(files, file, openNear);
      try {
        if (!isLeader(opened, file, leading)) return mayHoldByFooter(file, hash);
        const { at, blocks } = leading.filter;
        readPiece(opened, file, at + BLOCK_BYTES * blockOf(hash, blocks), BLOCK_BYTES);
        return blockMayHold(piece, hash);
      } finally {
        opened[Symbol.dispose]();
      }
    } catch (cause) {
      throw asCorrupt(files, file, cause);
    }
  };
}
