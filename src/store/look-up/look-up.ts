import { parquetMetadata } from 'hyparquet';
import { readBloomFilter } from 'hyparquet/src/bloom.js';
import type { TableName } from '../../domain/tables.ts';
import type { Files } from '../files.ts';
import type { LiveFile, Snapshot } from '../snapshot.ts';
import { mayHold } from './bloom.ts';
import type { BloomBlocks } from './bloom.ts';
import { xxhash64 } from './xxhash64.ts';
import type { Hash64 } from './xxhash64.ts';

/** Finds the files in which a single row may stand, without reading rows. */
export interface LookUp {
  /** Files whose filters do not rule out that one of their rows has the value in a key's column. */
  filesWithKey(table: TableName, column: string, value: string): Promise<readonly LiveFile[]>;
  /** Files that may hold rows of a leaf, by the bounds in the log. */
  filesWithLeaf(table: TableName, leaf: number): Promise<readonly LiveFile[]>;
}

/** The filters of each group of a file, by column; undefined for a column where a group has none. */
type Filters = ReadonlyMap<string, readonly (BloomBlocks | undefined)[]>;

/** What the end of a file most often holds whole: its footer, and the filters before it. */
const TAIL_BYTES = 160 * 1024;
/** Of a filter's bits, over all files: enough for some thirty million keys. */
const KEPT_BYTES = 64 * 1024 * 1024;
const AT_ONCE = 16;

/** What hyparquet reads; without a copy where the bytes have a buffer of their own. */
const arrayBuffer = (bytes: Uint8Array): ArrayBuffer =>
  bytes.byteOffset === 0 &&
  bytes.byteLength === bytes.buffer.byteLength &&
  bytes.buffer instanceof ArrayBuffer
    ? bytes.buffer
    : new Uint8Array(bytes).buffer;

export function createLookUp(files: Files, snapshot: () => Promise<Snapshot>): LookUp {
  const kept = new Map<string, { readonly filters: Filters; readonly bytes: number }>();
  let keptBytes = 0;

  const read = async ({ path, size }: LiveFile): Promise<Filters> => {
    const start = Math.max(0, size - TAIL_BYTES);
    const tail = (await files.readRange(path, start, size - start)) ?? new Uint8Array();
    let [bytes, from] = [tail, start];
    if (footerLength(tail) > tail.length) {
      bytes = (await files.read(path)) ?? new Uint8Array();
      from = 0;
    }
    const buffer = arrayBuffer(bytes);
    const found = new Map<string, (BloomBlocks | undefined)[]>();
    const groupsHere = parquetMetadata(buffer).row_groups;
    for (const [group, { columns }] of groupsHere.entries()) {
      for (const { meta_data: chunk } of columns) {
        const name = chunk?.path_in_schema[0];
        if (name === undefined || chunk?.bloom_filter_offset === undefined) continue;
        const offset = Number(chunk.bloom_filter_offset);
        const length = chunk.bloom_filter_length ?? size - offset;
        const isHere = offset >= from;
        const elsewhere = isHere ? undefined : await files.readRange(path, offset, length);
        const view = isHere
          ? new DataView(buffer, offset - from)
          : new DataView(arrayBuffer(elsewhere ?? new Uint8Array()));
        const groups = found.get(name) ?? groupsHere.map(() => undefined);
        groups[group] = view.byteLength === 0 ? undefined : readBloomFilter({ view, offset: 0 })?.blocks;
        found.set(name, groups);
      }
    }
    return found;
  };

  const filtersOf = async (file: LiveFile): Promise<Filters> => {
    const known = kept.get(file.path);
    if (known !== undefined) return known.filters;
    const filters = await read(file);
    const bytes = [...filters.values()].flat().reduce((sum, blocks) => sum + (blocks?.byteLength ?? 0), 0);
    if (!kept.has(file.path)) keptBytes += bytes;
    kept.set(file.path, { filters, bytes });
    for (const [path, oldest] of kept) {
      if (keptBytes <= KEPT_BYTES) break;
      kept.delete(path);
      keptBytes -= oldest.bytes;
    }
    return filters;
  };

  const isPossible = (filters: Filters, column: string, hash: Hash64): boolean => {
    const groups = filters.get(column);
    return groups === undefined || groups.some((blocks) => blocks === undefined || mayHold(blocks, hash));
  };

  return {
    async filesWithKey(table, column, value) {
      const live = (await snapshot()).files[table];
      const hash = xxhash64(Buffer.from(value));
      const found: LiveFile[] = [];
      for (let i = 0; i < live.length; i += AT_ONCE) {
        const some = live.slice(i, i + AT_ONCE);
        const filters = await Promise.all(some.map(filtersOf));
        found.push(...some.filter((_, n) => isPossible(filters[n] ?? new Map(), column, hash)));
      }
      return found;
    },
    async filesWithLeaf(table, leaf) {
      return (await snapshot()).files[table].filter(({ stats: { minValues, maxValues } }) => {
        const [min, max] = [minValues['leaf'], maxValues['leaf']];
        return min === undefined || max === undefined || (Number(min) <= leaf && leaf <= Number(max));
      });
    },
  };
}

/** Bytes of the footer, its length and the magic behind it. */
function footerLength(tail: Uint8Array): number {
  if (tail.length < 8) return Infinity;
  return new DataView(tail.buffer, tail.byteOffset).getUint32(tail.length - 8, true) + 8;
}
