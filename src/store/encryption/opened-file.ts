import type { ColumnValue, TableName } from '../../domain/tables.ts';
import { tables } from '../../domain/tables.ts';
import { PipelineError } from '../../lib/errors.ts';
import { dataKeyPath } from '../../proof/data-key.ts';
import { payloadColumns } from './columns.ts';
import { placeReader, sealCell } from './cover.ts';
import { encryptedIn, openWith, whyUnread } from './payloads.ts';
import type { KeyRing } from './payloads.ts';
import { valueSealer } from './seal-value.ts';
import type { ValueSealer } from './seal-value.ts';

type Columns = readonly (readonly ColumnValue[])[];

/** A file's columns in plain, and the way back. */
export interface OpenedFile {
  readonly columns: ColumnValue[][];
  /** What is stored in place of a new plain value: encrypted under the key that the old one had. */
  readonly sealed: (column: number, row: number, plain: ColumnValue) => ColumnValue;
}

/**
 * Opens the values of a file for maintenance that looks into them. What was shredded stays as it is: nobody can look
 * into it any more.
 *
 * @throws PipelineError KEY_UNAVAILABLE when a value does not open.
 */
export function openFile(ring: KeyRing, table: TableName, stored: Columns): OpenedFile {
  const sealers = new Map<number, ValueSealer>();
  const names = tables[table].columns.map(({ name }) => name);
  const payload = payloadColumns[table]?.columns ?? [];
  const cellsOf = (row: number): ColumnValue[] => stored.map((values) => values[row]);

  const open = (column: string, cell: ColumnValue, row: number): ColumnValue => {
    const value = encryptedIn(cell);
    if (value === undefined) return cell;
    const opened = openWith(ring, value, placeReader(table, column)(cellsOf(row)));
    switch (opened.kind) {
      case 'plain':
        return typeof cell === 'string' ? Buffer.from(opened.bytes).toString() : opened.bytes;
      case 'shredded':
        return cell;
      case 'locked':
      case 'damaged':
        throw new PipelineError(
          'KEY_UNAVAILABLE',
          dataKeyPath('data', opened.key),
          `${column} of ${table} is ${whyUnread(opened)}; nothing was written`,
        );
    }
  };
  return {
    columns: stored.map((values, i) => {
      const column = names[i] ?? '';
      return payload.includes(column) ? values.map((cell, row) => open(column, cell, row)) : [...values];
    }),
    sealed(column, row, plain) {
      const number = encryptedIn(stored[column]?.[row])?.key;
      const key = number === undefined ? undefined : ring.keys.get(number);
      if (number === undefined || key === undefined) return plain;
      const sealer = sealers.get(number) ?? valueSealer(number, key);
      sealers.set(number, sealer);
      return sealCell(sealer, placeReader(table, names[column] ?? '')(cellsOf(row)), plain);
    },
  };
}
