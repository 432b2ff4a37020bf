import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileToKql } from '../../../src/sigma/kql.ts';
import type { CompiledKql } from '../../../src/sigma/kql.ts';
import { parseRule } from '../../../src/sigma/parse.ts';
import { corpusFolder } from '../../support/corpus.ts';
import { kustoAnalyser } from '../../support/kusto.ts';
import { mergedTables, publicTables } from '../../support/workspace-tables.ts';

const folder = corpusFolder('sigmahq-rules') ?? '';

const filesOf = (place: string): readonly string[] =>
  folder === ''
    ? []
    : readdirSync(join(folder, place), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.yml'))
        .map((file) => join(place, file))
        .toSorted();

const compiledOf = (file: string, lists: Readonly<Record<string, readonly string[]>> = {}): CompiledKql => {
  const { rule, problems } = parseRule(readFileSync(join(folder, file), 'utf8'), file, { lists });
  if (rule === undefined) throw new Error(JSON.stringify(problems));
  const result = compileToKql(rule);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  return result;
};

describe.skipIf(folder === '')('the rules of SigmaHQ for Azure and Microsoft 365', () => {
  const analyse = kustoAnalyser(mergedTables(publicTables() ?? {}));
  const files = filesOf('rules');

  test('there are 142 of them', () => {
    expect(files).toHaveLength(142);
  });

  test.each(files)("%s: Microsoft's binder has nothing to say, and each predicate reads a column", (file) => {
    const { query, tables } = compiledOf(file);
    const { diagnostics, constantPredicates, referencedColumns, columns } = analyse(query);
    expect({ diagnostics, constantPredicates }).toEqual({ diagnostics: [], constantPredicates: [] });
    expect(referencedColumns.length).toBeGreaterThan(0);
    expect(columns['TimeGenerated']).toBe('datetime');
    expect(query).not.toMatch(/\bwhere (?:false|true)\b/);
    expect(tables.length).toBeGreaterThan(0);
  });

  test('each log source is read where its records are', () => {
    const tablesOf = new Map<string, Set<string>>();
    for (const file of files) {
      const { source, tables } = compiledOf(file);
      const name = `${source.logSource.product}/${source.logSource.service}`;
      tablesOf.set(name, new Set([...(tablesOf.get(name) ?? []), ...tables]));
    }
    expect(Object.fromEntries([...tablesOf].map(([name, tables]) => [name, [...tables].toSorted()]))).toEqual(
      {
        'azure/activitylogs': ['AzureActivity'],
        'azure/auditlogs': ['AuditLogs'],
        'azure/pim': ['AuditLogs'],
        'azure/riskdetection': ['AADServicePrincipalRiskEvents', 'AADUserRiskEvents'],
        'azure/signinlogs': [
          'AADManagedIdentitySignInLogs',
          'AADNonInteractiveUserSignInLogs',
          'AADServicePrincipalSignInLogs',
          'SigninLogs',
        ],
        'm365/audit': ['CloudAppEvents', 'EmailEvents', 'OfficeActivity'],
        'm365/exchange': ['OfficeActivity'],
        'm365/threat_detection': ['CloudAppEvents', 'SecurityAlert'],
        'm365/threat_management': ['CloudAppEvents', 'SecurityAlert'],
      },
    );
  });

  test('those with placeholders compile once their lists are there, and those for hunting do', () => {
    const placeholders = filesOf('rules-placeholder');
    const hunting = filesOf('rules-threat-hunting').filter((file) => !file.includes('okta'));
    expect(placeholders).toHaveLength(7);
    for (const file of [...placeholders, ...hunting]) {
      const names = [...readFileSync(join(folder, file), 'utf8').matchAll(/%(?<name>[\w.-]+)%/g)];
      const lists = Object.fromEntries(names.map(({ groups }) => [groups?.['name'] ?? '', ['one', 'two*']]));
      const { diagnostics, constantPredicates } = analyse(compiledOf(file, lists).query);
      expect([file, ...diagnostics, ...constantPredicates]).toEqual([file]);
    }
  });

  test('the alerts of PIM are found by their titles, and a rule says that they are', () => {
    const { query, caveats } = compiledOf(
      files.find((file) => file.endsWith('azure_pim_account_stale.yml')) ?? '',
    );
    expect(query).toContain('| where OperationName =~ "Triggered PIM alert"');
    expect(query).toContain('"Potential stale accounts in a privileged role"');
    expect(caveats.join()).toContain('by its English title');
  });
});
