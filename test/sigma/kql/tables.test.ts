import { describe, expect, test } from 'vitest';
import { kqlSourceOf, kqlSources } from '../../../src/sigma/kql/sources.ts';
import { tables } from '../../../src/sigma/kql/tables.ts';
import type { Table } from '../../../src/sigma/kql/tables.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import { ownTables, publicTables } from '../../support/workspace-tables.ts';

const listedTables = publicTables();
const analyse = kustoAnalyser(ownTables);
const named: readonly (readonly [string, Table])[] = Object.entries(tables);

describe('table facts', () => {
  test('each log source of Azure finds its table', () => {
    const activity = kqlSourceOf({ product: 'azure', service: 'activitylogs' });
    expect(activity?.branches.map(({ table }) => table)).toEqual(['AzureActivity']);
    expect(kqlSourceOf({ product: 'azure', service: 'resource' })).toBeUndefined();
  });

  test.each(named)('%s names the page that its columns are from', (name, { source }) => {
    expect(source).toBe(
      `https://learn.microsoft.com/azure/azure-monitor/reference/tables/${name.toLowerCase()}`,
    );
  });

  test.each(named)("%s has Microsoft's columns and types", (name, { columns }) => {
    const listed = listedTables?.[name];
    if (listed === undefined) return;
    // The list leaves out the two columns that every table has for AzureDiagnostics alone.
    const everywhere = { TimeGenerated: 'datetime', Type: 'string' };
    const known = { ...everywhere, ...listed };
    const types = (of: Readonly<Record<string, string>>) =>
      Object.keys(columns).map(
        (column) => `${column}: ${(of[column] ?? 'not there').replace('bigint', 'long')}`,
      );
    expect(types(columns)).toEqual(types(known));
  });

  const branches = kqlSources.flatMap((source) =>
    source.branches.map((branch) => [`${source.logSource.service} in ${branch.table}`, branch] as const),
  );

  test.each(branches)('%s: fields, filter and output use columns that are there', (_, branch) => {
    const { columns }: Table = tables[branch.table];
    const read = Object.values(branch.fields).flatMap((field) =>
      field.kind === 'column' || (field.kind === 'json' && field.isGrown !== true) ? [field.column] : [],
    );
    expect(read.filter((name) => columns[name] === undefined)).toEqual([]);
    for (const array of branch.arrays) expect(array).toMatch(/^[\w.]+$/);
    const output = Object.entries(branch.output).map(([name, kql]) => `X${name} = ${kql}`);
    const query = `${branch.table}${branch.where === undefined ? '' : ` | where ${branch.where}`} | project ${output.join(', ')}`;
    const { diagnostics, columns: given } = analyse(query);
    expect(diagnostics).toEqual([]);
    expect(new Set(Object.values(given))).toEqual(new Set(['string']));
  });
});
