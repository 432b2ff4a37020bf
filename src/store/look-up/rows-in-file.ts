import { PipelineError } from '../../lib/errors.ts';
import type { ColumnType, TableName } from '../../domain/tables.ts';
import type { Files } from '../files.ts';
import { columnsOf } from '../schema.ts';
import type { LiveFile } from '../snapshot.ts';
import type { QueryRow } from '../statement.ts';
import { openRanges, readTail } from './file-ranges.ts';
import type { FileRanges } from './file-ranges.ts';
import { readFooter, readOffsetIndex } from './footer.ts';
import type { ColumnPlace } from './footer.ts';
import { pagesIn } from './pages.ts';
import { cellsAt, rowsHolding } from './page-values.ts';
import type { Cell } from './page-values.ts';

/** Microseconds in a millisecond: the lake's times are of microseconds. */
const MICROS = 1000;

/** A cell as a query answers it. */
function valueOf(type: Exclude<ColumnType, 'bytes'>, cell: Cell): unknown {
  if (cell === undefined) return null;
  if (typeof cell !== 'number') return cell.toString();
  switch (type) {
    case 'long':
      return BigInt(cell);
    case 'timestamp':
      return new Date(cell / MICROS);
    case 'int':
    case 'string':
      return cell;
  }
}

/** A column of one row group, and what is known of its rows. */
interface Column {
  readonly place: ColumnPlace;
  readonly isNullable: boolean;
  /** In the group. */
  readonly rows: number;
}

/** Rows of a group, ascending, in which a text stands. */
async function rowsWithText(
  ranges: FileRanges,
  { place, isNullable, rows: most }: Column,
  text: Buffer,
): Promise<readonly number[]> {
  const rows: number[] = [];
  let dictionary: Buffer | undefined;
  let first = 0;
  const bytes = await ranges.read(place.pages.at, place.pages.length);
  for (const page of pagesIn(bytes, place, isNullable, most)) {
    if (page.kind === 'dictionary') {
      dictionary = page.values;
      continue;
    }
    for (const row of rowsHolding(page, dictionary, text)) rows.push(first + row);
    first += page.rows;
  }
  return rows;
}

/** Pages of a column, the first row of each in the group; of a long column those alone that hold some of these rows. */
async function pagesOf(
  ranges: FileRanges,
  { pages, hasDictionary, offsetIndex }: ColumnPlace,
  rows: readonly number[],
): Promise<readonly { readonly firstRow: number; readonly bytes: Uint8Array }[]> {
  const all = async () => [{ firstRow: 0, bytes: await ranges.read(pages.at, pages.length) }];
  if (offsetIndex === undefined) return all();
  const places = readOffsetIndex(await ranges.read(offsetIndex.at, offsetIndex.length));
  const [first] = places;
  if (first === undefined) return all();
  const holding = places.filter(({ firstRow }, i) => {
    const end = places[i + 1]?.firstRow ?? Infinity;
    return rows.some((row) => row >= firstRow && row < end);
  });
  const wanted = hasDictionary
    ? [{ firstRow: 0, at: pages.at, length: first.at - pages.at }, ...holding]
    : holding;
  return Promise.all(
    wanted.map(async ({ firstRow, at, length }) => ({ firstRow, bytes: await ranges.read(at, length) })),
  );
}

/** The cells of some rows of a group, ascending. */
async function cellsOf(
  ranges: FileRanges,
  { place, isNullable, rows: most }: Column,
  rows: readonly number[],
): Promise<readonly Cell[]> {
  const cells: Cell[] = [];
  let dictionary: Buffer | undefined;
  for (const { firstRow, bytes } of await pagesOf(ranges, place, rows)) {
    let first = firstRow;
    for (const page of pagesIn(bytes, place, isNullable, most)) {
      if (page.kind === 'dictionary') {
        dictionary = page.values;
        continue;
      }
      const end = first + page.rows;
      const inPage = rows.filter((row) => row >= first && row < end).map((row) => row - first);
      cells.push(...cellsAt(page, place.type, dictionary, inPage));
      first = end;
    }
  }
  if (cells.length !== rows.length) throw new Error(`column ${place.name} has too few rows`);
  return cells;
}

/** The day that a file is of: it stands in its path alone. */
const dayOf = (path: string): string => /\/day=([^/]*)\//.exec(path)?.[1] ?? '';

/**
 * Rows of a sealed file that have a value in a column of texts, in their order: everything of them but columns of bytes, as a
 * query answers it. Only pages that hold something of them are read, besides those of the column.
 *
 * @throws PipelineError LAKE_CORRUPT when the file is missing, or is none that this product writes.
 */
export async function readRowsWith(
  files: Files,
  table: TableName,
  file: LiveFile,
  column: string,
  value: string,
): Promise<readonly QueryRow[]> {
  try {
    using ranges = openRanges(files, file);
    const { groups, nullable } = readFooter(await readTail(ranges, file));
    const found: QueryRow[] = [];
    for (const { columns, rows: inGroup } of groups) {
      if (!(inGroup <= file.rows)) throw new Error(`a group of ${inGroup} rows`);
      const columnOf = (name: string): Column | undefined => {
        const place = columns.find((one) => one.name === name);
        return place && { place, isNullable: nullable.has(name), rows: inGroup };
      };
      const key = columnOf(column);
      const rows = key === undefined ? [] : await rowsWithText(ranges, key, Buffer.from(value));
      if (rows.length === 0) continue;
      const made = rows.map((): Record<string, unknown> => ({}));
      await Promise.all(
        columnsOf(table).map(async ({ name, type }) => {
          if (type === 'bytes') return;
          const one = columnOf(name);
          const cells = one && (await cellsOf(ranges, one, rows));
          for (const [i, row] of made.entries()) row[name] = valueOf(type, cells?.[i]);
        }),
      );
      found.push(...made.map((row) => ({ ...row, day: dayOf(file.path) })));
    }
    return found;
  } catch (cause) {
    if (cause instanceof PipelineError) throw cause;
    const what = `${file.path} is no file that this product writes; run verify`;
    throw new PipelineError('LAKE_CORRUPT', `lake ${files.place}`, what, { cause });
  }
}
