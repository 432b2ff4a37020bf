import { existsSync, readFileSync } from 'node:fs';
import { tables } from '../../src/sigma/kql/tables.ts';
import type { Tables } from './kusto.ts';

/** The tables as our own facts have them, nothing else. */
export const ownTables: Tables = Object.fromEntries(
  Object.entries(tables).map(([name, { columns }]) => [name, columns]),
);

const corpus = '../shared/corpus/loganalytics-tables.json';

/** Columns and types of Microsoft's table reference (2024-09); undefined, with a printed reason, when it is not here. */
export function publicTables(): Tables | undefined {
  if (existsSync(corpus)) return JSON.parse(readFileSync(corpus, 'utf8')) as Tables;
  if (process.env['CI'] === 'true') throw new Error(`${corpus} is missing`);
  console.log(`skipped: ${corpus} is not here, so nothing is compared with Microsoft's own list of columns`);
  return undefined;
}

/** Public columns first; what the public list lacks (it is of 2024-09) comes from ours. */
export const mergedTables = (listed: Tables): Tables =>
  Object.fromEntries(
    Object.entries(ownTables).map(([name, columns]) => [name, { ...columns, ...listed[name] }]),
  );
