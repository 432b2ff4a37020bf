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

/** What may stand under a pseudonym in events and findings: who did something, and what it was done to. */
export const pseudonymChoices = ['actor', 'target'] as const;
export type PseudonymChoice = (typeof pseudonymChoices)[number];
