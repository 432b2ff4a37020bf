import { PipelineError } from '../../lib/errors.ts';
import type { Files } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blockMayHold, blockOf } from './bloom.ts';
import { openRanges, readTail } from './file-ranges.ts';
import type { FileRanges } from './file-ranges.ts';
import { readBloomPlaces } from './footer.ts';
import { cursorAt, readNumber, readStruct, skip } from './thrift-cursor.ts';
import type { Hash64 } from './xxhash64.ts';

/** What files say, without their rows, of the values in a column. */
export interface KeyFilters {
  /** False when the value of this hash is surely in no row of the file. */
  mayHold(file: LiveFile, column: string, hash: Hash64): Promise<boolean>;
}

/** The bloom filter of a row group. */
interface Filter {
  /** Where its bits begin in the file. */
  readonly at: number;
  readonly blocks: number;
  /** All of them, where they are kept. */
  readonly bits: Uint8Array | undefined;
}
/** One a row group; undefined for a group without one, which may hold anything. */
type Filters = readonly (Filter | undefined)[];

/** Of filters, over all files. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Of a place, with its share of the map, about. */
const PLACE_BYTES = 256;
/** A filter's header takes less. */
const HEADER_BYTES = 32;

/** BloomFilterHeader of parquet.thrift. */
async function readFilter(ranges: FileRanges, at: number, end: number): Promise<Omit<Filter, 'bits'>> {
  const cursor = cursorAt(await ranges.read(at, Math.min(HEADER_BYTES, end - at)));
  let bytes = 0;
  readStruct(cursor, () => {
    if (cursor.id === 1) bytes = readNumber(cursor);
    else skip(cursor);
  });
  if (bytes < BLOCK_BYTES || bytes % BLOCK_BYTES !== 0) throw new Error(`a bloom filter of ${bytes} bytes`);
  return { at: at + cursor.at, blocks: bytes / BLOCK_BYTES };
}

/**
 * The filters of a lake's files. Of a file near by, only where its filters lie is kept, and of each question one block of 32
 * bytes is read; of one in a container the bits are kept, as far as there is room.
 */
export function keyFilters(files: Files): KeyFilters {
  const kept = new Map<string, Filters>();
  let keptBytes = 0;
  const sizeOf = (filters: Filters): number =>
    filters.reduce((sum, filter) => sum + PLACE_BYTES + (filter?.bits?.length ?? 0), 0);

  const load = async (ranges: FileRanges, file: LiveFile, column: string): Promise<Filters> => {
    const filters: (Filter | undefined)[] = [];
    for (const place of readBloomPlaces(await readTail(ranges, file), column)) {
      const filter = place === undefined ? undefined : await readFilter(ranges, place, file.size);
      const bits =
        files.openNear === undefined && filter !== undefined
          ? Uint8Array.from(await ranges.read(filter.at, filter.blocks * BLOCK_BYTES))
          : undefined;
      filters.push(filter && { ...filter, bits });
    }
    return filters;
  };
  const keep = (name: string, filters: Filters): void => {
    if (!kept.has(name)) keptBytes += sizeOf(filters);
    kept.set(name, filters);
    for (const [oldest, its] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(oldest);
      keptBytes -= sizeOf(its);
    }
  };

  return {
    async mayHold(file, column, hash) {
      const name = `${file.path} ${column}`;
      let filters = kept.get(name);
      try {
        using ranges = openRanges(files, file);
        if (filters === undefined) keep(name, (filters = await load(ranges, file, column)));
        for (const filter of filters) {
          if (filter === undefined) return true;
          const at = BLOCK_BYTES * blockOf(hash, filter.blocks);
          const block =
            filter.bits?.subarray(at, at + BLOCK_BYTES) ?? (await ranges.read(filter.at + at, BLOCK_BYTES));
          if (blockMayHold(block, hash)) return true;
        }
        return filters.length === 0;
      } catch (cause) {
        if (cause instanceof PipelineError) throw cause;
        const what = `${file.path} is no file that this product writes; run verify`;
        throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what, { cause });
      }
    },
  };
}
