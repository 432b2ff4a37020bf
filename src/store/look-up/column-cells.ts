import type { FileRanges } from './file-ranges.ts';
import { readOffsetIndex } from './footer.ts';
import type { ColumnPlace } from './footer.ts';
import { pagesIn } from './pages.ts';
import { cellsAt } from './page-values.ts';
import type { Cell } from './page-values.ts';

/** A column of one row group, and what is known of its rows. */
export interface Column {
  readonly place: ColumnPlace;
  readonly isNullable: boolean;
  /** In the group. */
  readonly rows: number;
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
export async function cellsOf(
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
