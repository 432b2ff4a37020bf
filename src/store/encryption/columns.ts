import { tableNames } from '../../domain/tables.ts';
import type { TableName } from '../../domain/tables.ts';

/**
 * Columns that hold text of records as it came, and the columns that name their rows: those are no text that maintenance
 * may change. Everything else is what queries, status and rollups are made from, and stays readable.
 */
export const payloadColumns: Readonly<
  Partial<Record<TableName, { readonly columns: readonly string[]; readonly row: readonly string[] }>>
> = {
  captures: { columns: ['body'], row: ['leaf', 'stream', 'sequence'] },
  findings: { columns: ['matched'], row: ['leaf', 'record', 'id'] },
  dead_letters: { columns: ['detail', 'bytes'], row: ['leaf', 'record', 'sequence'] },
};

/** What may be pseudonymised, and the columns that hold it. */
export const pseudonymChoices = ['actor', 'target'] as const;
export type PseudonymChoice = (typeof pseudonymChoices)[number];

const columnsOf: Readonly<Record<PseudonymChoice, readonly string[]>> = {
  actor: ['actor_id', 'actor_name', 'actor_ip'],
  target: ['target'],
};
const peopled: readonly TableName[] = ['events', 'findings'];

/** Names of the columns of a table in which pseudonyms stand. */
export const pseudonymColumns = (table: TableName, choices: readonly PseudonymChoice[]): readonly string[] =>
  peopled.includes(table) ? choices.flatMap((choice) => columnsOf[choice]) : [];

/** Tables with anything that is not stored as it is. */
export const coveredTables = (choices: readonly PseudonymChoice[]): readonly TableName[] =>
  tableNames.filter(
    (table) => payloadColumns[table] !== undefined || pseudonymColumns(table, choices).length > 0,
  );
