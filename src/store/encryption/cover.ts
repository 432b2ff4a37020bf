import { tables } from '../../domain/tables.ts';
import type { ColumnValue, TableName } from '../../domain/tables.ts';
import type { ValuePlace } from '../../proof/encrypted-value.ts';
import { payloadColumns } from './columns.ts';
import type { ValueSealer } from './seal-value.ts';

/** Changes the cells of a row, in the order of its table's columns, to what is stored. */
export type CoverRow = (cells: ColumnValue[]) => void;

/** What stands in place of the cells of some tables; undefined for a table whose cells are stored as they are. */
export type Cover = (table: TableName) => CoverRow | undefined;

const indexIn = (table: TableName, column: string): number =>
  tables[table].columns.findIndex(({ name }) => name === column);

/** Where a cell stands, out of the cells of its row. */
export function placeReader(table: TableName, column: string): (cells: readonly ColumnValue[]) => ValuePlace {
  const row = (payloadColumns[table]?.row ?? []).map((name) => indexIn(table, name));
  return (cells) => ({ table, column, row: row.map((at) => cells[at] as string | number) });
}

/** Encrypts one cell: bytes as bytes, a text as a text. Nothing is nothing, and stays so. */
export function sealCell(sealer: ValueSealer, place: ValuePlace, cell: ColumnValue): ColumnValue {
  if (cell instanceof Uint8Array) return cell.length === 0 ? cell : sealer.bytes(place, cell);
  return typeof cell === 'string' ? sealer.text(place, cell) : cell;
}

/** @param current the key that new values are encrypted under. */
export function createCover(current: () => ValueSealer): Cover {
  const covers = new Map<TableName, CoverRow>();
  for (const [name, { columns }] of Object.entries(payloadColumns)) {
    const table = name as TableName;
    const cells = columns.map((column) => [indexIn(table, column), placeReader(table, column)] as const);
    covers.set(table, (row) => {
      for (const [at, placeOf] of cells) row[at] = sealCell(current(), placeOf(row), row[at]);
    });
  }
  return (table) => covers.get(table);
}
