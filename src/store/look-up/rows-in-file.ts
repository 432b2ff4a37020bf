import type { ColumnType, TableName } from '../../domain/tables.ts';
import type { Files } from '../files.ts';
import { columnsOf } from '../schema.ts';
import type { LiveFile } from '../snapshot.ts';
import type { QueryRow } from '../statement.ts';
import { xxhash64 } from './xxhash64.ts';
import { cellsOf } from './column-cells.ts';
import type { Column } from './column-cells.ts';
import { asCorrupt, openRanges, readSoon, tailOf } from './file-ranges.ts';
import type { FileRanges } from './file-ranges.ts';
import { readFooter, REPETITION } from './footer.ts';
import type { GroupPlaces, SchemaElement } from './footer.ts';
import { beginsWith } from './filter-places.ts';
import { leadingFilters, PRINT_BYTES, rowsWithPrint } from './leading-filters.ts';
import type { LeadingFilter } from './leading-filters.ts';
import { pagesIn } from './pages.ts';
import { rowsHolding } from './page-values.ts';
import type { Cell } from './page-values.ts';

/** Microseconds in a millisecond: the lake's times are of microseconds. */
const MICROS = 1000;

/** A cell as a query answers it. */
function valueOf(type: ColumnType, cell: Cell): unknown {
  if (cell === undefined) return null;
  if (typeof cell !== 'number') return type === 'bytes' ? cell : cell.toString();
  switch (type) {
    case 'long':
      return BigInt(cell);
    case 'timestamp':
      return new Date(cell / MICROS);
    case 'int':
    case 'string':
    case 'bytes':
      return cell;
  }
}

const hasFilterAt = ({ columns }: GroupPlaces, column: string, { headerAt }: LeadingFilter): boolean =>
  columns.some(({ name, bloomAt }) => name === column && bloomAt === headerAt);

/** Rows, ascending, among which are all that have a value in a key's column, as the beginning of their file tells. */
const rowsThatMayHold = async (
  ranges: FileRanges,
  { printsAt }: LeadingFilter,
  { rows }: LiveFile,
  value: Buffer,
): Promise<readonly number[]> =>
  rowsWithPrint(await ranges.read(printsAt, rows * PRINT_BYTES), xxhash64(value));

/**
 * Rows of a group, ascending, in which a text stands.
 *
 * @param some no others have it. (Default: nothing is known)
 */
async function rowsWithText(
  ranges: FileRanges,
  column: Column,
  text: Buffer,
  some: readonly number[] | undefined,
): Promise<readonly number[]> {
  if (some?.length === 0) return [];
  if (some !== undefined) {
    const cells = await cellsOf(ranges, column, some);
    return some.filter((_, i) => {
      const cell = cells[i];
      return cell instanceof Buffer && cell.equals(text);
    });
  }
  const { place, isNullable, rows: most } = column;
  const rows: number[] = [];
  let dictionary: Buffer | undefined;
  let first = 0;
  for (const page of pagesIn(
    await ranges.read(place.pages.at, place.pages.length),
    place,
    isNullable,
    most,
  )) {
    if (page.kind === 'dictionary') {
      dictionary = page.values;
      continue;
    }
    for (const row of rowsHolding(page, dictionary, text)) rows.push(first + row);
    first += page.rows;
  }
  return rows;
}

/** Whether rows may be without a value in a column. */
const isNullable = (elements: readonly SchemaElement[], column: string): boolean =>
  elements.some(({ name, repetition }) => name === column && repetition === REPETITION.optional);

/** The day that a file is of: it stands in its path alone. */
const dayOf = (path: string): string => /\/day=([^/]*)\//.exec(path)?.[1] ?? '';

/** A row, and which of its file it is, from 0 on. */
export interface FoundRow {
  readonly row: number;
  readonly values: QueryRow;
}

/**
 * Rows of a sealed file that have a value in a column of texts, in their order: everything of them, as a query answers it. Only
 * pages that hold something of them are read, besides those of the column.
 *
 * @param isWanted leaves out columns. (Default: all are read)
 * @throws PipelineError LAKE_CORRUPT when the file is missing, or is none that this product writes.
 */
export async function findRows(
  files: Files,
  table: TableName,
  file: LiveFile,
  column: string,
  value: string,
  isWanted: (column: { readonly type: ColumnType }) => boolean = () => true,
): Promise<readonly FoundRow[]> {
  try {
    using ranges = openRanges(files, file);
    const text = Buffer.from(value);
    const leading = leadingFilters(table, column)(file);
    let some: readonly number[] | undefined;
    if (leading !== undefined && files.openNear !== undefined) {
      // One file in a hundred seems to hold what it does not: then half the time no row has the print, and no footer is read.
      if (beginsWith(await ranges.read(leading.headerAt, leading.header.length), leading.header))
        some = await rowsThatMayHold(ranges, leading, file, text);
      if (some?.length === 0) return [];
    }
    const { groups, elements } = readFooter(await readSoon(ranges, tailOf(file)));
    // Far away the footer has come along with the end of the file. Files that were written before have no prints.
    if (
      leading !== undefined &&
      some === undefined &&
      groups.every((group) => hasFilterAt(group, column, leading))
    )
      some = await rowsThatMayHold(ranges, leading, file, text);
    const found: FoundRow[] = [];
    let first = 0;
    for (const { columns, rows: inGroup } of groups) {
      if (!(inGroup <= file.rows)) throw new Error(`a group of ${inGroup} rows`);
      const columnOf = (name: string): Column | undefined => {
        const place = columns.find((one) => one.name === name);
        return place && { place, isNullable: isNullable(elements, name), rows: inGroup };
      };
      const key = columnOf(column);
      const from = first;
      const mayHold = some?.filter((row) => row >= from && row < from + inGroup).map((row) => row - from);
      const rows = key === undefined ? [] : await rowsWithText(ranges, key, text, mayHold);
      first += inGroup;
      if (rows.length === 0) continue;
      const made = rows.map((): Record<string, unknown> => ({}));
      await Promise.all(
        columnsOf(table)
          .filter(isWanted)
          .map(async ({ name, type }) => {
            const one = name === column ? undefined : columnOf(name);
            const cells = one && (await cellsOf(ranges, one, rows));
            for (const [i, row] of made.entries())
              row[name] = valueOf(type, name === column ? text : cells?.[i]);
          }),
      );
      for (const [i, row] of rows.entries())
        found.push({ row: from + row, values: { ...made[i], day: dayOf(file.path) } });
    }
    return found;
  } catch (cause) {
    throw asCorrupt(files, file, cause);
  }
}

/** The same rows, without columns of bytes. */
export async function readRowsWith(
  files: Files,
  table: TableName,
  file: LiveFile,
  column: string,
  value: string,
): Promise<readonly QueryRow[]> {
  const found = await findRows(files, table, file, column, value, ({ type }) => type !== 'bytes');
  return found.map(({ values }) => values);
}
