import type { TableName } from '../../domain/tables.ts';
import type { Files } from '../files.ts';
import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES, blockMayHold, blockOf } from './bloom.ts';
import { asCorrupt, farRanges, readSoon } from './file-ranges.ts';
import type { FileRanges } from './file-ranges.ts';
import { beginsWith, filtersByFooter } from './filter-places.ts';
import { leadingFilters } from './leading-filters.ts';
import type { LeadingFilter } from './leading-filters.ts';
import type { Hash64 } from './xxhash64.ts';

/** The bits of the filters of a column, one a row group; undefined for a group without one, which may hold anything. */
type Filters = readonly (Uint8Array | undefined)[];

/** Of filters, over all files. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Of an array, with its share of the map, about. */
const ARRAY_BYTES = 256;

const sizeOf = (filters: Filters): number =>
  filters.reduce((sum, bits) => sum + ARRAY_BYTES + (bits?.length ?? 0), 0);

/** The filter at the beginning of a file, which is one journey; undefined in files that were written before it stood there. */
async function leadingBits(
  ranges: FileRanges,
  leading: LeadingFilter | undefined,
): Promise<Uint8Array | undefined> {
  if (leading === undefined) return undefined;
  const { header, headerAt, filter } = leading;
  const length = header.length + filter.blocks * BLOCK_BYTES;
  const bytes = await ranges.read(headerAt, length);
  return beginsWith(bytes, header) ? bytes.subarray(header.length) : undefined;
}

/** The filters of files in a container: their bits are kept, as far as there is room. */
export function farFilters(files: Files) {
  const kept = new Map<string, Filters>();
  let keptBytes = 0;
  const keep = (name: string, filters: Filters): void => {
    if (!kept.has(name)) keptBytes += sizeOf(filters);
    kept.set(name, filters);
    for (const [oldest, its] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(oldest);
      keptBytes -= sizeOf(its);
    }
  };
  const load = async (table: TableName, file: LiveFile, column: string): Promise<Filters> => {
    using ranges = farRanges(files, file);
    const leading = await leadingBits(ranges, leadingFilters(table, column)(file));
    if (leading !== undefined) return [leading];
    const filters: (Uint8Array | undefined)[] = [];
    for (const place of await readSoon(ranges, filtersByFooter(file, column)))
      filters.push(place && Uint8Array.from(await ranges.read(place.at, place.blocks * BLOCK_BYTES)));
    return filters;
  };

  /** False when the value of this hash is surely in no row of the file. */
  return async (table: TableName, file: LiveFile, column: string, hash: Hash64): Promise<boolean> => {
    const name = `${file.path} ${column}`;
    try {
      let filters = kept.get(name);
      if (filters === undefined) keep(name, (filters = await load(table, file, column)));
      return (
        filters.length === 0 ||
        filters.some((bits) => {
          const at = bits && BLOCK_BYTES * blockOf(hash, bits.length / BLOCK_BYTES);
          return (
            at === undefined || blockMayHold(bits?.subarray(at, at + BLOCK_BYTES) ?? new Uint8Array(), hash)
          );
        })
      );
    } catch (cause) {
      throw asCorrupt(files, file, cause);
    }
  };
}
