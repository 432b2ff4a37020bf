import type { LiveFile } from '../snapshot.ts';
import { BLOCK_BYTES } from './bloom.ts';
import { tailOf } from './file-ranges.ts';
import type { Reading } from './file-ranges.ts';
import { readBloomPlaces } from './footer.ts';
import { begin, cursorAt, nextField, readNumber, skip } from './thrift-cursor.ts';

/** The bloom filter of a row group, or of all of a file. */
export interface FilterPlace {
  /** Where its bits begin in the file. */
  readonly at: number;
  readonly blocks: number;
}

/** A filter's header takes less. */
const HEADER_BYTES = 32;

/** BloomFilterHeader of parquet.thrift. */
function* filterAt(at: number, end: number): Reading<FilterPlace> {
  const cursor = cursorAt(yield { at, length: Math.min(HEADER_BYTES, end - at) });
  let bytes = 0;
  for (const outer = begin(cursor); nextField(cursor, outer);)
    if (cursor.id === 1) bytes = readNumber(cursor);
    else skip(cursor);
  if (bytes < BLOCK_BYTES || bytes % BLOCK_BYTES !== 0) throw new Error(`a bloom filter of ${bytes} bytes`);
  return { at: at + cursor.at, blocks: bytes / BLOCK_BYTES };
}

export function beginsWith(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[i] !== wanted[i]) return false;
  return true;
}

/** The filters of a column that a file's footer points to, one a row group; undefined for a group without one. */
export function* filtersByFooter(
  file: LiveFile,
  column: string,
): Reading<readonly (FilterPlace | undefined)[]> {
  const filters: (FilterPlace | undefined)[] = [];
  for (const place of readBloomPlaces(yield* tailOf(file), column))
    filters.push(place === undefined ? undefined : yield* filterAt(place, file.size));
  return filters;
}
